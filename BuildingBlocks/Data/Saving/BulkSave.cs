using System.Buffers;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Crm.Data;

/// <summary>
/// The save for many new records at once: the same rows, stamps, numbers, audit and search entries as <c>SaveChanges</c> writes for them, by binary COPY and in the caller's transaction. Columns come from the model,
/// so a new field of an entity needs nothing here. Events the entities raised are written to the outbox where the caller wants them told, else forgotten.
/// </summary>
public static class BulkSave
{
    /// <summary>Writes new entities of one type.</summary>
    /// <param name="db">The module's context, with an open transaction.</param>
    /// <param name="entities">None of them tracked.</param>
    /// <param name="scope">Who acts, when, by what.</param>
    /// <param name="tells">Whether events go to the outbox (saved with the context's next save).</param>
    /// <param name="ct">Cancels.</param>
    [BypassesSave("COPY of what the save would write.")]
    public static async Task InsertAsync<T>(ModuleDb db, IReadOnlyList<T> entities, ModuleScope scope, bool tells, CancellationToken ct) where T : Entity
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(scope);
        if (entities.Count == 0) return;
        var type = db.Model.FindEntityType(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T).Name} is no entity of {db.GetType().Name}.");
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() ?? throw new InvalidOperationException("Needs an open transaction.");
        var now = scope.Time.GetUtcNow();
        var user = scope.User;
        var numbers = typeof(INumbered).IsAssignableFrom(typeof(T)) ? await NumbersAsync(connection, transaction, $"{db.SchemaName}.{type.GetTableName()}_number", entities.Count, ct) : null;
        var given = new Dictionary<string, Func<int, object?>>(StringComparer.Ordinal);
        if (numbers is not null) given[nameof(INumbered.Number)] = i => numbers[i];
        if (typeof(IBranchScoped).IsAssignableFrom(typeof(T))) given[nameof(IBranchScoped.BranchId)] = i => ((IBranchScoped)entities[i]).BranchId is var b && b != Guid.Empty ? b : user.HomeBranch;
        if (typeof(IStamped).IsAssignableFrom(typeof(T)))
        {
            given[nameof(IStamped.CreatedAt)] = given[nameof(IStamped.UpdatedAt)] = _ => now;
            given[nameof(IStamped.CreatedBy)] = given[nameof(IStamped.UpdatedBy)] = _ => user.Id;
        }

        await SaveInSets.CopyAsync(connection, type, entities, ct, given);
        await AuditAsync(db, connection, type, entities, given, now, scope, ct);
        if (typeof(ISearchable).IsAssignableFrom(typeof(T))) await SearchAsync(connection, type, entities, given, numbers, now, ct);
        for (var i = 0; i < entities.Count; i++)
        {
            if (tells)
            {
                foreach (var e in entities[i].PendingEvents) db.AddToOutbox(e, given.TryGetValue(nameof(IBranchScoped.BranchId), out var branch) ? (Guid?)branch(i) : null, now);
            }

            entities[i].ClearEvents();
        }
    }

    private static async Task<long[]> NumbersAsync(NpgsqlConnection connection, DbTransaction transaction, string sequence, int count, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select nextval($1::regclass) from generate_series(1, $2)", connection, (NpgsqlTransaction)transaction) { Parameters = { new() { Value = sequence }, new() { Value = count } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var numbers = new long[count];
        for (var i = 0; await reader.ReadAsync(ct); i++) numbers[i] = reader.GetInt64(0);
        return numbers;
    }

    private static async Task AuditAsync<T>(ModuleDb db, NpgsqlConnection connection, IEntityType type, IReadOnlyList<T> entities, Dictionary<string, Func<int, object?>> given, DateTimeOffset now, ModuleScope scope, CancellationToken ct) where T : Entity
    {
        if (AuditShape.Of(type) is not { } shape) return;
        var name = $"{db.SchemaName}.{type.ClrType.Name}";
        await using var copy = await connection.BeginBinaryImportAsync("copy platform.audit (id, at, user_id, user_name, through, command, entity, entity_id, root_id, action, changes) from stdin (format binary)", ct);
        for (var i = 0; i < entities.Count; i++)
        {
            var at = i;
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(now.UtcDateTime, NpgsqlTypes.NpgsqlDbType.TimestampTz, ct);
            if (scope.User.Id is { } user) await copy.WriteAsync(user, NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            else await copy.WriteNullAsync(ct);
            await copy.WriteAsync(scope.User.Name, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(scope.User.Through, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(scope.Command, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(name, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(entities[i].Id, NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            if (entities[i] is IPartOf part) await copy.WriteAsync(part.RootId, NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            else await copy.WriteNullAsync(ct);
            await copy.WriteAsync("A", NpgsqlTypes.NpgsqlDbType.Char, ct);
            await copy.WriteAsync(shape.Added(type, entities[i], p => given.TryGetValue(p, out var f) ? (true, f(at)) : (false, null)), NpgsqlTypes.NpgsqlDbType.Jsonb, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task SearchAsync<T>(NpgsqlConnection connection, IEntityType type, IReadOnlyList<T> entities, Dictionary<string, Func<int, object?>> given, long[]? numbers, DateTimeOffset now, CancellationToken ct) where T : Entity
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy platform.search (id, type, title, subtitle, text, sound, url, permission, branch_id, updated_at, record, owner_id, province_id, parent_id) from stdin (format binary)", ct);
        var record = RecordScope.Of(type.ClrType);
        for (var i = 0; i < entities.Count; i++)
        {
            if (((ISearchable)entities[i]).ToSearchEntry() is not { } found) continue;
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(entities[i].Id, NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(found.Type, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(found.Title, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(found.Subtitle, NpgsqlTypes.NpgsqlDbType.Text, ct);
            // The number is drawn here, after the entity worked its words out.
            var (text, sound) = SearchTexts.Of(numbers is null ? found : found with { Text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{found.Text} {numbers[i]}") });
            await copy.WriteAsync(text, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(sound, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(found.Url, NpgsqlTypes.NpgsqlDbType.Text, ct);
            await copy.WriteAsync(found.Permission, NpgsqlTypes.NpgsqlDbType.Text, ct);
            if (given.TryGetValue(nameof(IBranchScoped.BranchId), out var branch)) await copy.WriteAsync((Guid)branch(i)!, NpgsqlTypes.NpgsqlDbType.Uuid, ct);
            else await copy.WriteNullAsync(ct);
            await copy.WriteAsync(now.UtcDateTime, NpgsqlTypes.NpgsqlDbType.TimestampTz, ct);
            await MaybeAsync(record?.Key, NpgsqlTypes.NpgsqlDbType.Text);
            await MaybeAsync(record?.Owners.Select(o => Read(o, i)).FirstOrDefault(o => o is not null), NpgsqlTypes.NpgsqlDbType.Uuid);
            await MaybeAsync(record?.Province is { } province ? Read(province, i) : null, NpgsqlTypes.NpgsqlDbType.Integer);
            await MaybeAsync(record?.ParentId is { } parent ? Read(parent, i) : null, NpgsqlTypes.NpgsqlDbType.Uuid);
        }

        await copy.CompleteAsync(ct);

        object? Read(string property, int i) => given.TryGetValue(property, out var f) ? f(i) : type.FindProperty(property)!.GetGetter().GetClrValue(entities[i]);

        Task MaybeAsync(object? value, NpgsqlTypes.NpgsqlDbType kind) => value is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(value, kind, ct);
    }
}
