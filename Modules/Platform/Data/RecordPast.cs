using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data;

/// <summary>A record, or a part of one, as it was at a moment.</summary>
/// <param name="Entity">Schema and class: <c>contacts.Contact</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Deleted">It was in the recycle bin then.</param>
/// <param name="Fields">Every field that had a value, as it stands in the audit.</param>
/// <param name="Since">What changed from then until now: the value of now; null where nothing stands any more.</param>
/// <param name="Gone">It has been deleted since.</param>
internal sealed record PastRecord(string Entity, Guid Id, bool Deleted, IReadOnlyDictionary<string, JsonNode> Fields, IReadOnlyDictionary<string, JsonNode?> Since, bool Gone);

/// <summary>The whole record at a moment.</summary>
/// <param name="Root">The record; null when it was not there then.</param>
/// <param name="Parts">Phones, addresses, positions … that it had then.</param>
/// <param name="Known">False when the history does not reach back to the moment the record was made: then fields that never changed are those of today.</param>
internal sealed record Past(PastRecord? Root, IReadOnlyList<PastRecord> Parts, bool Known);

/// <summary>
/// Rebuilds a record at a moment from the history of its changes: forwards from where it was made; what the history does not tell (records that were imported or seeded without
/// one) is the old value of the first later change, or what stands today.
/// </summary>
internal sealed class RecordPast(PlatformDb db, IEnumerable<ModuleDbRegistration> contexts, IServiceProvider services, ClosedInPast closed)
{
    /// <summary>The record of an entity (<c>contacts.Contact</c>) at the end of the instant.</summary>
    public async Task<Past> AtAsync(string entity, Guid id, DateTimeOffset at, CancellationToken ct)
    {
        await closed.ReadyAsync(ct);
        var rows = await db.Audit.AsNoTracking().Where(a => a.EntityId == id).Concat(db.Audit.AsNoTracking().Where(a => a.RootId == id && a.EntityId != id)).ToListAsync(ct);
        // Ids are in order of time, also within one save.
        rows.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : CompareIds(a.Id, b.Id));
        var own = rows.Where(r => r.EntityId == id && r.Entity == entity).ToList();
        var (root, known) = await OfAsync(entity, id, own, at, isRoot: true, ct);
        if (root is null) return new(null, [], known);
        var parts = new List<PastRecord>();
        foreach (var part in rows.Where(r => r.EntityId != id && IsPart(r.Entity) && !closed.HidesRow(r.Entity)).GroupBy(r => (r.Entity, r.EntityId)))
        {
            if ((await OfAsync(part.Key.Entity, part.Key.EntityId, [.. part], at, isRoot: false, ct)).Record is { Deleted: false } there) parts.Add(there);
        }

        return new(root, [.. parts.OrderBy(p => p.Entity, StringComparer.Ordinal).ThenBy(p => p.Id)], known);
    }

    // Communications and the like belong to a record's history, yet are records of their own: they are deleted and restored by themselves.
    private bool IsPart(string entity) => TypeOf(entity) is { } type && !typeof(Core.ISoftDeletable).IsAssignableFrom(type) && !typeof(Core.IStamped).IsAssignableFrom(type);

    private async Task<(PastRecord? Record, bool Known)> OfAsync(string entity, Guid id, List<AuditRow> rows, DateTimeOffset at, bool isRoot, CancellationToken ct)
    {
        var made = rows.FindIndex(r => r.Action == "A");
        if (made >= 0 && rows[made].At > at) return (null, true);
        var fields = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        var since = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        // What is not told before the moment is told by the first change after it, or not at all.
        var guessed = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        var (deleted, gone, there) = (false, false, made >= 0);
        foreach (var row in rows)
        {
            var past = row.At <= at;
            if (past && row.Action is "D" or "R") deleted = row.Action == "D";
            if (row.Action is "D" or "R") gone = row.Action == "D";
            if (past && row.Action == "M") there = true;
            if (row.Changes is null || JsonNode.Parse(row.Changes) is not JsonObject changes) continue;
            // A part that is removed for good tells its last values with it; a record in the bin keeps its own.
            var removed = row.Action == "D" && !isRoot;
            foreach (var (field, pair) in changes)
            {
                if (pair is not JsonArray { Count: 2 } values) continue;
                var (old, now) = (values[0]?.DeepClone(), removed ? null : values[1]?.DeepClone());
                if (past)
                {
                    if (now is null) fields.Remove(field);
                    else fields[field] = now;
                    guessed[field] = null;
                }
                else
                {
                    if (!guessed.ContainsKey(field)) guessed[field] = old;
                    since[field] = now;
                }
            }
        }

        var whole = made >= 0;
        if (!whole)
        {
            foreach (var (field, old) in guessed)
            {
                if (old is not null && !fields.ContainsKey(field)) fields[field] = old;
            }

            if (isRoot && await TodayAsync(entity, id, ct) is { } today)
            {
                there = true;
                foreach (var (field, value) in today)
                {
                    if (!guessed.ContainsKey(field)) fields[field] = value;
                }
            }
            else if (!isRoot)
            {
                there = guessed.Count > 0;
            }
        }

        if (!there) return (null, whole);
        foreach (var hidden in fields.Keys.Concat(since.Keys).Where(f => closed.Hides(entity, f)).Distinct().ToList())
        {
            fields.Remove(hidden);
            since.Remove(hidden);
        }

        foreach (var same in since.Where(s => JsonNode.DeepEquals(s.Value, fields.GetValueOrDefault(s.Key))).Select(s => s.Key).ToList()) since.Remove(same);
        return (new(entity, id, deleted, fields, gone && !isRoot ? new Dictionary<string, JsonNode?>() : since, gone && !deleted), whole);
    }

    private Type? TypeOf(string entity)
    {
        var dot = entity.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || contexts.FirstOrDefault(c => c.Schema == entity[..dot]) is not { } context ? null
            : AuditedTypes.Of(context.Context.Assembly).FirstOrDefault(t => t.Name == entity[(dot + 1)..]);
    }

    /// <summary>What is told of a record as it is now; null when it is not there.</summary>
    private async Task<IReadOnlyDictionary<string, JsonNode>?> TodayAsync(string entity, Guid id, CancellationToken ct)
    {
        if (TypeOf(entity) is not { } type) return null;
        var context = contexts.First(c => c.Schema == entity[..entity.IndexOf('.', StringComparison.Ordinal)]).Context;
        return await ((ModuleDb)services.GetService(context)!).ToldAsync(type, id, ct);
    }

    private static int CompareIds(Guid a, Guid b) => string.CompareOrdinal(a.ToString(), b.ToString());
}
