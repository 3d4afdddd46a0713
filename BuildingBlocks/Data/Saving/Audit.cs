using System.Buffers;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Crm.Data;

/// <summary>Which properties of an entity the audit tells, worked out once per type.</summary>
internal sealed class AuditShape
{
    private static readonly ConcurrentDictionary<IReadOnlyEntityType, AuditShape?> s_shapes = new();
    private static readonly HashSet<string> s_bookkeeping =
    [
        nameof(Entity.Id), nameof(IVersioned.Version), nameof(IStamped.CreatedAt), nameof(IStamped.CreatedBy), nameof(IStamped.UpdatedAt), nameof(IStamped.UpdatedBy),
        nameof(ISoftDeletable.DeletedAt), nameof(ISoftDeletable.DeletedBy), nameof(ISoftDeletable.DeletionId),
    ];

    private readonly (string Name, string Json, bool Secret, bool Custom)[] _properties;

    private AuditShape((string, string, bool, bool)[] properties) => _properties = properties;

    /// <summary>Ids, versions and stamps, which are told by the row itself.</summary>
    public static bool IsBookkeeping(string property) => s_bookkeeping.Contains(property);

    /// <summary>Null when the type is not audited.</summary>
    public static AuditShape? Of(IReadOnlyEntityType type) => s_shapes.GetOrAdd(type, static t =>
    {
        if (t.ClrType.GetCustomAttribute<NotAuditedAttribute>() is not null) return null;
        return new([.. t.GetProperties()
            .Where(p => !s_bookkeeping.Contains(p.Name) && p.PropertyInfo?.GetCustomAttribute<NotAuditedAttribute>() is null)
            .Where(p => p.PropertyInfo is not null)
            .Select(p => (p.Name, JsonNamingPolicy.CamelCase.ConvertName(p.Name), p.PropertyInfo!.GetCustomAttribute<SecretAttribute>() is not null,
                p.PropertyInfo!.GetCustomAttribute<CustomValuesAttribute>() is not null))]);
    });

    /// <summary><c>{"name":["old","new"]}</c>, or null when nothing that is told changed.</summary>
    public string? Changes(EntityEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var any = false;
        json.WriteStartObject();
        foreach (var (name, jsonName, secret, custom) in _properties)
        {
            var property = entry.Property(name);
            var old = entry.State == EntityState.Added ? null : property.OriginalValue;
            var now = entry.State == EntityState.Deleted ? null : property.CurrentValue;
            if (entry.State == EntityState.Modified && (!property.IsModified || Equals(old, now))) continue;
            if (old is null && now is null) continue;
            if (custom)
            {
                any |= WriteCustom(json, CustomValues.Parse((string?)old), CustomValues.Parse((string?)now));
                continue;
            }

            any = true;
            json.WriteStartArray(jsonName);
            Write(json, old, secret);
            Write(json, now, secret);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.Flush();
        return any ? Encoding.UTF8.GetString(buffer.WrittenSpan) : null;
    }

    // Each custom field is told as a field of its own: «custom.size».
    private static bool WriteCustom(Utf8JsonWriter json, JsonObject old, JsonObject now)
    {
        var any = false;
        foreach (var key in old.Select(p => p.Key).Union(now.Select(p => p.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (JsonNode.DeepEquals(old[key], now[key])) continue;
            any = true;
            json.WriteStartArray("custom." + key);
            WriteNode(json, old[key]);
            WriteNode(json, now[key]);
            json.WriteEndArray();
        }

        return any;
    }

    private static void WriteNode(Utf8JsonWriter json, JsonNode? node)
    {
        if (node is null) json.WriteNullValue();
        else node.WriteTo(json);
    }

    /// <summary><c>{"name":"value"}</c> of all that is told and not empty.</summary>
    public string Whole(object entity, IReadOnlyEntityType type)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var (name, jsonName, secret, custom) in _properties)
        {
            if (type.FindProperty(name)!.PropertyInfo!.GetValue(entity) is not { } value) continue;
            if (custom)
            {
                foreach (var (key, held) in CustomValues.Parse((string?)value))
                {
                    if (held is null) continue;
                    json.WritePropertyName("custom." + key);
                    held.WriteTo(json);
                }

                continue;
            }

            json.WritePropertyName(jsonName);
            Write(json, value, secret);
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The same for a record that is being added without being tracked.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="entity">The record.</param>
    /// <param name="given">Values that are set on saving instead of on the record.</param>
    public string Added(IReadOnlyEntityType type, object entity, Func<string, (bool Is, object? Value)> given)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var (name, jsonName, secret, custom) in _properties)
        {
            var now = given(name) is (true, var value) ? value : ((IProperty)type.FindProperty(name)!).GetGetter().GetClrValue(entity);
            if (now is null) continue;
            if (custom)
            {
                WriteCustom(json, [], CustomValues.Parse((string)now));
                continue;
            }

            json.WriteStartArray(jsonName);
            json.WriteNullValue();
            Write(json, now, secret);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, object? value, bool secret)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case var _ when secret: json.WriteStringValue("•••"); break;
            case string s: json.WriteStringValue(s); break;
            case bool b: json.WriteBooleanValue(b); break;
            case int or long or uint or short or decimal or double: json.WriteRawValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!); break;
            case DateTimeOffset t: json.WriteStringValue(t.ToUniversalTime()); break;
            case DateOnly d: json.WriteStringValue(d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)); break;
            case Enum e: json.WriteStringValue(e.ToString()); break;
            case Guid g: json.WriteStringValue(g); break;
            default: JsonSerializer.Serialize(json, value, value.GetType()); break;
        }
    }
}
