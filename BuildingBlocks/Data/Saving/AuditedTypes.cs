using System.Collections;
using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using Crm.Core;

namespace Crm.Data;

/// <summary>The types whose changes stand in the audit, by the name they have there (<c>contacts.Contact</c>), and what their fields are called.</summary>
public sealed class AuditedTypes(IEnumerable<ModuleDbRegistration> contexts)
{
    private readonly FrozenDictionary<string, Type> _types = contexts.SelectMany(c => Of(c.Context.Assembly).Select(t => (Name: $"{c.Schema}.{t.Name}", Type: t)))
        .DistinctBy(t => t.Name).ToFrozenDictionary(t => t.Name, t => t.Type, StringComparer.Ordinal);

    /// <summary>The property of an entity by its name in the audit; null for one that is not there any more.</summary>
    public PropertyInfo? Find(string entity, string field) => _types.TryGetValue(entity, out var type) ? Fields(type).FirstOrDefault(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name) == field) : null;

    /// <summary>What stands in place of a value that the user may not read.</summary>
    public const string Masked = "•••";

    /// <summary>Whether the user may read a field's values in the history.</summary>
    public bool MaySee(string entity, string field, ICurrentUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return Find(entity, field)?.GetCustomAttribute<SensitiveAttribute>() is not { } sensitive || user.Can(sensitive.Permission);
    }

    /// <summary>The audited entities of an assembly.</summary>
    public static IEnumerable<Type> Of(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && typeof(Entity).IsAssignableFrom(t) && t.GetCustomAttribute<NotAuditedAttribute>() is null);
    }

    /// <summary>What is told of a type: what it stores, without ids, stamps and parts.</summary>
    public static IEnumerable<PropertyInfo> Fields(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.GetProperties().Where(p => p.CanWrite && !AuditShape.IsBookkeeping(p.Name) && p.GetCustomAttribute<NotAuditedAttribute>() is null && !IsPart(p.PropertyType));
    }

    /// <summary>The translation key of a field: what <see cref="DisplayAttribute"/> says, else its name as words. «Owner id» is the owner to people.</summary>
    public static string Title(PropertyInfo field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.GetCustomAttribute<DisplayAttribute>()?.Name ?? Words(field.Name);
    }

    /// <summary>contactPhoneId → Contact phone.</summary>
    public static string Words(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var words = string.Concat(name.Select((c, i) => i == 0 ? char.ToUpperInvariant(c).ToString() : char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : c.ToString()));
        return words.EndsWith(" ids", StringComparison.Ordinal) ? words[..^4] + "s" : words.EndsWith(" id", StringComparison.Ordinal) ? words[..^3] : words;
    }

    private static bool IsPart(Type type) => typeof(Entity).IsAssignableFrom(type)
        || (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments()[0] is var of && of.IsClass && of != typeof(string));
}
