using System.Reflection;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;

namespace Crm.Platform.Data;

/// <summary>Which properties of the past are hidden from who asks: fields that his roles hide, rows of parts that are such a field (a contact's telephones), and custom fields that are not for him.</summary>
internal sealed class ClosedInPast(RecordTypes records, AuditedTypes audited, IRecordTypes types, ICustomFields custom, ICurrentUser me)
{
    private HashSet<(string Entity, string Property)>? _custom;
    private readonly Dictionary<(string Entity, string Property), CustomField> _known = [];

    /// <summary>Reads what custom fields there are; once before the others are asked.</summary>
    public async ValueTask ReadyAsync(CancellationToken ct)
    {
        if (_custom is not null) return;
        _custom = [];
        foreach (var type in types.All.Where(t => t.HasCustomFields))
        {
            var entity = $"{type.Table[..type.Table.IndexOf('.', StringComparison.Ordinal)]}.{type.Entity.Name}";
            foreach (var field in await custom.OfAsync(type.Key, ct))
            {
                _known[(entity, "custom." + field.Key)] = field;
                if (!field.IsSeenBy(me)) _custom.Add((entity, "custom." + field.Key));
            }
        }
    }

    /// <summary>The field of the company's own that a property is; null for all others, and for one that was put away.</summary>
    public CustomField? Own(string entity, string property) => _known.GetValueOrDefault((entity, property));

    /// <summary>One property of an entity, both as the audit calls them.</summary>
    public bool Hides(string entity, string property) => (records.FieldOf(entity, property) is var (record, field) && me.Hides(record, field)) || _custom?.Contains((entity, property)) == true
        || (me.Access is { HiddenFields.Count: > 0 } access && audited.Find(entity, property)?.GetCustomAttribute<TellsRecordAttribute>() is { Key: var key } && access.HiddenFields.Any(f => f.StartsWith(key + ".", StringComparison.Ordinal)));

    /// <summary>The changes of a row of the audit without what is hidden, and with a mask over what the user may not read.</summary>
    public JsonNode? Seen(string entity, string? changes)
    {
        if (changes is null || JsonNode.Parse(changes) is not JsonObject told) return null;
        foreach (var (property, pair) in told.ToList())
        {
            if (Hides(entity, property)) told.Remove(property);
            else if (!audited.MaySee(entity, property, me) && pair is JsonArray values)
            {
                for (var i = 0; i < values.Count; i++) if (values[i] is not null) values[i] = AuditedTypes.Masked;
            }
        }

        return told;
    }

    /// <summary>A whole row: a part that is a hidden field.</summary>
    public bool HidesRow(string entity) => records.PartField(entity) is var (record, field) && me.Hides(record, field);
}
