using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Data;

/// <summary>
/// What a save of many records would write row by row, in sets: one UPDATE for all rows of a table in which the same columns changed, one COPY for their history and events. Rules, stamps, versions and
/// conflicts are those of any save; a handler notices nothing but its speed. See docs/performance.md, row 9.
/// </summary>
[BypassesSave("It is a part of the save.")]
internal static class SaveInSets
{
    // Below that, EF's own batches are as quick.
    private const int Many = 40;

    /// <summary>What of the tracked changes can be written in sets; empty for the usual save of a form.</summary>
    public static IReadOnlyList<IReadOnlyList<EntityEntry>> Of(ChangeTracker tracker)
    {
        List<EntityEntry> changed = [.. tracker.Entries().Where(e => e.State is EntityState.Modified || (e.State is EntityState.Added && IsLog(e.Metadata.ClrType)))];
        if (changed.Count < Many) return [];
        List<IReadOnlyList<EntityEntry>> sets = [];
        foreach (var kind in changed.GroupBy(e => (e.Metadata, e.State)).Where(g => g.Count() >= Many))
        {
            if (kind.Key.State == EntityState.Added) sets.Add([.. kind]);
            else sets.AddRange(kind.GroupBy(Columns, StringComparer.Ordinal).Where(g => g.Count() >= Many && Suits(g)).Select(g => (IReadOnlyList<EntityEntry>)[.. g]));
        }

        return sets;
    }

    /// <summary>Writes them, within the open transaction. The rest of the save is EF's.</summary>
    /// <exception cref="DbUpdateConcurrencyException">One of the rows is not the one that was read.</exception>
    public static async Task<int> WriteAsync(ModuleDb db, IReadOnlyList<IReadOnlyList<EntityEntry>> sets, CancellationToken ct)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var transaction = (NpgsqlTransaction)db.Database.CurrentTransaction!.GetDbTransaction();
        foreach (var set in sets)
        {
            if (set[0].State == EntityState.Added)
            {
                await CopyAsync(connection, set[0].Metadata, [.. set.Select(e => e.Entity)], ct);
                foreach (var entry in set) entry.State = EntityState.Detached;
            }
            else
            {
                await UpdateAsync(connection, transaction, set, ct);
            }
        }

        return sets.Sum(s => s.Count);
    }

    /// <summary>Writes new rows by COPY.</summary>
    /// <param name="connection">Of the transaction.</param>
    /// <param name="type">What they are.</param>
    /// <param name="entities">The rows.</param>
    /// <param name="given">Values that are not the entity's own, by the name of the property and the place in the list.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task CopyAsync(NpgsqlConnection connection, IEntityType type, IReadOnlyList<object> entities, CancellationToken ct, IReadOnlyDictionary<string, Func<int, object?>>? given = null)
    {
        var columns = StoreColumn.Of(type);
        var values = columns.Select(c => given?.GetValueOrDefault(c.Property.Name)).ToArray();
        await using var copy = await connection.BeginBinaryImportAsync($"copy {type.GetSchema()}.{type.GetTableName()} ({string.Join(", ", columns.Select(c => $"\"{c.Name}\""))}) from stdin (format binary)", ct);
        for (var i = 0; i < entities.Count; i++)
        {
            await copy.StartRowAsync(ct);
            for (var c = 0; c < columns.Count; c++)
            {
                var value = values[c] is { } own ? columns[c].ToStore(own(i)) : columns[c].Of(entities[i]);
                if (value is null) await copy.WriteNullAsync(ct);
                else await copy.WriteAsync(value, columns[c].StoreType, ct);
            }
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<EntityEntry> set, CancellationToken ct)
    {
        var type = set[0].Metadata;
        var key = type.FindPrimaryKey()!.Properties[0].Name;
        var versioned = typeof(Crm.Core.IVersioned).IsAssignableFrom(type.ClrType);
        await using var command = new NpgsqlCommand { Connection = connection, Transaction = transaction, CommandTimeout = 300 };
        List<string> assigned = [], columns = ["id"], arrays = [];
        var where = "t.id = v.id";
        arrays.Add(Parameter([.. set.Select(e => (Guid)e.Property(key).CurrentValue!)], NpgsqlDbType.Array | NpgsqlDbType.Uuid));
        if (versioned)
        {
            columns.Add("version");
            arrays.Add(Parameter([.. set.Select(e => (uint)e.Property(nameof(Crm.Core.IVersioned.Version)).OriginalValue!)], NpgsqlDbType.Array | NpgsqlDbType.Xid));
            where += " and t.xmin = v.version";
        }

        foreach (var column in Changed(set[0]))
        {
            var values = set.Select(e => column.ToStore(e.Property(column.Property.Name).CurrentValue)).ToList();
            // What all rows get is sent once.
            if (values.TrueForAll(v => Same(v, values[0])))
            {
                command.Parameters.Add(new NpgsqlParameter { Value = values[0] ?? DBNull.Value, DataTypeName = column.StoreType });
                assigned.Add($"\"{column.Name}\" = ${command.Parameters.Count}");
            }
            else
            {
                command.Parameters.Add(new NpgsqlParameter { Value = ArrayOf(column, values), DataTypeName = column.StoreType + "[]" });
                arrays.Add("$" + command.Parameters.Count);
                columns.Add($"\"{column.Name}\"");
                assigned.Add($"\"{column.Name}\" = v.\"{column.Name}\"");
            }
        }

        command.CommandText = $"update {type.GetSchema()}.{type.GetTableName()} t set {string.Join(", ", assigned)} from unnest({string.Join(", ", arrays)}) as v({string.Join(", ", columns)}) where {where} returning t.id, {(versioned ? "t.xmin" : "null::xid")}";
        var written = new Dictionary<Guid, uint>(set.Count);
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) written[reader.GetGuid(0)] = versioned ? reader.GetFieldValue<uint>(1) : 0;
        }

        if (written.Count != set.Count)
            throw new DbUpdateConcurrencyException($"{set.Count - written.Count} of {set.Count} rows are not as they were read.");
        foreach (var entry in set)
        {
            if (versioned) entry.Property(nameof(Crm.Core.IVersioned.Version)).CurrentValue = written[(Guid)entry.Property(key).CurrentValue!];
            entry.State = EntityState.Unchanged;
        }

        string Parameter<T>(T[] values, NpgsqlDbType kind)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = kind });
            return "$" + command.Parameters.Count;
        }
    }

    private static bool IsLog(Type type) => type == typeof(AuditRow) || type == typeof(OutboxRow);

    private static string Columns(EntityEntry entry) => string.Join(',', entry.Properties.Where(p => p.IsModified).Select(p => p.Metadata.Name));

    private static IEnumerable<StoreColumn> Changed(EntityEntry entry) => StoreColumn.Of(entry.Metadata).Where(c => entry.Property(c.Property.Name).IsModified);

    /// <summary>
    /// A table of its own with an id; no reference and no part of a unique key among what changed, for these EF puts into an order with the other rows; no lists that differ from row to row, which can't be sent as one
    /// list of lists.
    /// </summary>
    private static bool Suits(IEnumerable<EntityEntry> set)
    {
        var first = set.First();
        var type = first.Metadata;
        if (type.IsOwned() || type.BaseType is not null || type.GetDirectlyDerivedTypes().Any() || type.FindPrimaryKey()?.Properties is not [{ ClrType: var id }] || id != typeof(Guid)) return false;
        foreach (var column in Changed(first))
        {
            if (column.Property.IsForeignKey() || column.Property.GetContainingIndexes().Any(i => i.IsUnique)) return false;
            if (column.StoreType.EndsWith("[]", StringComparison.Ordinal) && set.Select(e => column.ToStore(e.Property(column.Property.Name).CurrentValue)).ToList() is var all && !all.TrueForAll(v => Same(v, all[0]))) return false;
        }

        return true;
    }

    private static bool Same(object? a, object? b) => a is Array one && b is Array other ? one.Cast<object?>().SequenceEqual(other.Cast<object?>()) : Equals(a, b);

    private static Array ArrayOf(StoreColumn column, List<object?> values)
    {
        var of = column.StoreClrType;
        if (of.IsValueType && values.Contains(null)) of = typeof(Nullable<>).MakeGenericType(of);
        var array = Array.CreateInstance(of, values.Count);
        for (var i = 0; i < values.Count; i++) array.SetValue(values[i], i);
        return array;
    }
}
