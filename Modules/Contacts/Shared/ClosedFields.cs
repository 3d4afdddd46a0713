using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Shared;

/// <summary>What a user's roles do to the fields of a contact, on forms, in commands, on pages and in the API.</summary>
internal static class ClosedFields
{
    private static readonly Dictionary<string, string> s_byProperty = FieldTitles.All.SelectMany(f => Inputs(f.Name).Select(p => (Property: p, f.Name))).DistinctBy(p => p.Property).ToDictionary(p => p.Property, p => p.Name, StringComparer.OrdinalIgnoreCase);

    // The first look at a contact needs a name, whatever is closed.
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal) { "firstName", "lastName", "companyName" };

    /// <summary>By the name of an input: <c>Command.Phones[0].Number</c> belongs to the telephones.</summary>
    public static Func<string, FieldRule> Of(ICurrentUser me, bool adding) => input =>
    {
        var name = input.StartsWith("Command.", StringComparison.Ordinal) ? input["Command.".Length..] : input;
        var end = name.IndexOfAny(['.', '[']);
        if (!s_byProperty.TryGetValue(end < 0 ? name : name[..end], out var field)) return FieldRule.Open;
        return me.Hides(ContactsRights.Contacts, field) ? FieldRule.Hidden : me.ReadOnly(ContactsRights.Contacts, field) && !(adding && Names.Contains(field)) ? FieldRule.ReadOnly : FieldRule.Open;
    };

    /// <summary>What was asked for, with closed fields as they were: whatever a form sent in them changes nothing.</summary>
    public static T Keep<T>(T asked, ContactFields was, ICurrentUser me, bool adding = false) where T : ContactFields
    {
        if (me.Access is not { ReadOnlyFields.Count: > 0 }) return asked;
        ContactFields kept = asked with { };
        foreach (var field in FieldTitles.All.Select(f => f.Name).Where(f => me.ReadOnly(ContactsRights.Contacts, f) && !(adding && Names.Contains(f))))
        {
            foreach (var property in Inputs(field).Select(p => typeof(ContactFields).GetProperty(p)).OfType<PropertyInfo>()) property.SetValue(kept, property.GetValue(was));
        }

        return (T)kept;
    }

    /// <summary>Refuses a body of the API that names a closed field.</summary>
    /// <exception cref="InvalidInput">It does.</exception>
    public static void Refuse(Func<string, bool> names, ICurrentUser me, bool adding)
    {
        if (me.Access is not { ReadOnlyFields.Count: > 0 }) return;
        var wrong = s_byProperty.Where(p => me.ReadOnly(ContactsRights.Contacts, p.Value) && !(adding && Names.Contains(p.Value))).SelectMany(p => new[] { p.Value, JsonNamingPolicy.CamelCase.ConvertName(p.Key) }).Distinct()
            .Where(names).Select(n => (n, "You do not have the right to change this field.", Array.Empty<object?>())).ToList();
        if (wrong.Count > 0) throw new InvalidInput(wrong);
    }

    /// <summary>Whether something of this name (a filter, a column) shows a hidden field.</summary>
    public static bool IsHidden(string name, ICurrentUser me) => s_byProperty.TryGetValue(name, out var field) && me.Hides(ContactsRights.Contacts, field);

    /// <summary>A record for a page, with hidden fields empty.</summary>
    public static T Blank<T>(T record, ICurrentUser me) where T : class
    {
        if (me.Access is not { HiddenFields.Count: > 0 }) return record;
        var copy = (T)typeof(T).GetMethod("<Clone>$")!.Invoke(record, null)!;
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite && s_byProperty.TryGetValue(p.Name, out var field) && me.Hides(ContactsRights.Contacts, field)))
        {
            var type = property.PropertyType;
            property.SetValue(copy, type.IsArray ? Array.CreateInstance(type.GetElementType()!, 0) : typeof(IList).IsAssignableFrom(type) ? Activator.CreateInstance(type) : null);
        }

        return copy;
    }

    /// <summary>A record for the API: hidden fields are not in it.</summary>
    public static object Without(object record, ICurrentUser me, JsonSerializerOptions json)
    {
        if (me.Access is not { HiddenFields.Count: > 0 }) return record;
        var node = JsonSerializer.SerializeToNode(record, record.GetType(), json)!.AsObject();
        Remove(node, me);
        return node;
    }

    /// <summary>Takes hidden fields out of an object that calls them as the API or a template does.</summary>
    public static void Remove(JsonObject node, ICurrentUser me)
    {
        if (me.Access is not { HiddenFields.Count: > 0 }) return;
        foreach (var name in node.Select(p => p.Key).Where(n => s_byProperty.TryGetValue(n, out var field) && me.Hides(ContactsRights.Contacts, field)).ToList()) node.Remove(name);
    }

    /// <summary>Properties, in commands, pages, API and templates, that hold a field.</summary>
    private static string[] Inputs(string field) => field switch
    {
        "roles" => ["RoleIds", "Roles", "Role"],
        "groups" => ["GroupIds", "Groups", "GroupId", "Group"],
        "positions" => ["Positions", "CompanyId", "PositionId", "DepartmentId", "Posts", "People"],
        "phones" => ["Phones", "Phone", "Mobile", "MainPhone"],
        "emails" => ["Emails", "Email"],
        "addresses" => ["Addresses", "Address", "Province", "County", "City", "CityId", "CountyId", "ProvinceId"],
        "typeId" or "rankId" or "statusId" or "sourceId" or "fieldOfActivityId" or "importanceId" or "salutationId" => [Pascal(field), Pascal(field[..^2])],
        "ownerId" => ["OwnerId", "OwnerName", "Owner"],
        _ => [Pascal(field)],
    };

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
