using System.Data.Common;
using System.Text;
using Crm.Core;
using Crm.Data;
using Crm.Data.Import;
using Crm.Platform.Data;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Platform.Importing;

internal sealed record ImportArgs(Guid Id);

/// <summary>How far a file was read, and what came of it.</summary>
internal sealed record ImportCheckpoint(long Row, long Added, long Changed, long Same, long Refused);

/// <summary>
/// Reads a file into records, batch by batch. A batch, its refused rows, its notes for the undo and the checkpoint are one transaction: whatever dies, each row takes effect once. Memory holds two batches: the one that is written and the one that is read meanwhile.
/// </summary>
internal sealed class ImportJob(ImportFolder folder, TimeProvider time) : IBackgroundJob
{
    public const string Name = "platform.import";
    private const int Batch = 5_000;

    public string Key => Name;

    public string Title => "Import";

    public bool EndsItself => true;

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var import = await ImportTables.LoadAsync(run, run.Args<ImportArgs>().Id, ct);
        var at = run.Checkpoint<ImportCheckpoint>() ?? new(0, 0, 0, 0, 0);
        using (var reader = TableFile.Open(folder.Open(import.Id), import.How))
        {
            // What another host read before it died is read over.
            while (reader.Row < at.Row && reader.Read() is not null)
            {
            }

            // The next piece is read while one is written: the file is the host's work, the rows are the database's.
            var reading = Task.Run(() => ReadPiece(reader), CancellationToken.None);
            try
            {
                while (!run.IsCancelRequested && await reading is { Rows.Count: > 0 } piece)
                {
                    reading = Task.Run(() => ReadPiece(reader), CancellationToken.None);
                    at = await ApplyAsync(run, import, piece.Rows, at, ct);
                    await run.ReportAsync(at.Row, piece.Share is > 0 and < 1 and var share ? (long)Math.Max(at.Row, piece.LastRow / share) : at.Row);
                }
            }
            finally
            {
                // The file is closed after whoever reads it is done.
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await EndAsync(run, import, at, ct);
    }

    private static Piece ReadPiece(TableReader reader)
    {
        var rows = new List<ImportRow>(Batch);
        while (rows.Count < Batch && reader.Read() is { } cells) rows.Add(new(reader.Row, cells));
        return new(rows, reader.Row, reader.Share);
    }

    private sealed record Piece(List<ImportRow> Rows, long LastRow, double? Share);

    /// <summary>Applies rows; where the database refuses a batch that the checks let pass, the row that it means is found by halves and refused alone.</summary>
    private async Task<ImportCheckpoint> ApplyAsync(BackgroundRun run, ImportFile import, List<ImportRow> rows, ImportCheckpoint at, CancellationToken ct)
    {
        var next = at;
        try
        {
            await run.InScopeAsync(async services =>
            {
                var target = ImportTables.Target(services, import.Target);
                services.GetRequiredService<ModuleScope>().Command = "Import";
                await target.ApplyAsync(import.Plan, rows, async (verdicts, connection, transaction) => next = await SaveAsync(run, import, rows[^1].Number, verdicts, at, connection, transaction, ct), ct);
                return 0;
            });
            return next;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            var why = e is CrmException refused ? refused.Localized : Texts.Get("The database refused this row.");
            if (rows.Count > 1)
            {
                var half = rows.Count / 2;
                return await ApplyAsync(run, import, rows[half..], await ApplyAsync(run, import, rows[..half], at, ct), ct);
            }

            return await run.InScopeAsync(async services =>
            {
                var verdict = new ImportVerdict(rows[0], ImportOutcome.Refused, null, [new(null, why)]);
                return await ImportTables.InTransactionAsync(services, (connection, transaction) => SaveAsync(run, import, rows[0].Number, [verdict], at, connection, transaction, ct), ct);
            });
        }
    }

    // A value the checks let pass, a record that another user saved at this moment, or one that the user sees but may not change.
    private static bool IsRefusal(Exception e) =>
        e is Forbidden { Permission: { } permission } ? permission.Contains(':', StringComparison.Ordinal) : e is PostgresException or DbUpdateException && !DatabaseFailures.IsTransient(e) && !DiskRoom.IsFull(e);

    private async Task<ImportCheckpoint> SaveAsync(BackgroundRun run, ImportFile import, long row, IReadOnlyList<ImportVerdict> verdicts, ImportCheckpoint at, DbConnection connection, DbTransaction transaction, CancellationToken ct)
    {
        var next = new ImportCheckpoint(row, at.Added + Count(ImportOutcome.Added), at.Changed + Count(ImportOutcome.Changed), at.Same + Count(ImportOutcome.Same), at.Refused + Count(ImportOutcome.Refused));
        await ImportTables.NoteAsync(import, verdicts, next, time.GetUtcNow(), connection, transaction, ct);
        await run.SaveCheckpointAsync(next, connection, transaction, ct);
        return next;

        int Count(ImportOutcome outcome) => verdicts.Count(v => v.Outcome == outcome);
    }

    private static async Task EndAsync(BackgroundRun run, ImportFile import, ImportCheckpoint at, CancellationToken ct)
    {
        if (at.Refused > 0)
        {
            var path = Path.GetTempFileName();
            try
            {
                await using (var file = File.Create(path))
                await using (var sheet = SheetWriter.Csv(file, import.Kind == TableKind.Csv ? import.Delimiter[0] : ','))
                {
                    await sheet.RowAsync([.. import.Heads.Where(h => !ReasonsColumn.Is(h)).Append(ReasonsColumn.Head)]);
                    await run.InScopeAsync(async services =>
                    {
                        await foreach (var (cells, reasons) in ImportTables.RefusedAsync(services, import.Id, ct))
                            await sheet.RowAsync([.. cells.Where((_, i) => i >= import.Heads.Length || !ReasonsColumn.Is(import.Heads[i])).Append(reasons)]);
                        return 0;
                    });
                }

                await using var content = File.OpenRead(path);
                await run.ResultFileAsync(Path.GetFileNameWithoutExtension(import.FileName) + "-" + Texts.Get("refused") + ".csv", content, ct);
            }
            finally
            {
                File.Delete(path);
            }
        }

        run.Result("{0} added, {1} changed, {2} refused, {3} as they were.", PersianText.Number(at.Added), PersianText.Number(at.Changed), PersianText.Number(at.Refused), PersianText.Number(at.Same));
        run.ResultUrl($"/import/{import.Target}/{import.Id}");
    }
}

internal sealed record UndoCheckpoint(Guid After, long Undone, long Kept);

/// <summary>Takes back what an import did: what it added goes to the recycle bin, what it changed gets its old values. What was changed since stays and is told.</summary>
internal sealed class UndoImportJob : IBackgroundJob
{
    public const string Name = "platform.undo-import";
    private const int Batch = 500;

    public string Key => Name;

    public string Title => "Undo of an import";

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var import = await ImportTables.LoadAsync(run, run.Args<ImportArgs>().Id, ct);
        var at = run.Checkpoint<UndoCheckpoint>() ?? new(Guid.Empty, 0, 0);
        var total = import.Added + import.Changed;
        while (true)
        {
            var records = await run.InScopeAsync(services => ImportTables.ChangesAsync(services, import.Id, at.After, Batch, ct));
            if (records.Count == 0) break;
            await run.InScopeAsync(async services =>
            {
                services.GetRequiredService<ModuleScope>().Command = "UndoImport";
                await ImportTables.Target(services, import.Target).UndoAsync(records, async (kept, connection, transaction) =>
                {
                    at = new(records[^1].RecordId, at.Undone + records.Count - kept.Count, at.Kept + kept.Count);
                    await ImportTables.KeptAsync(import.Id, kept, at, connection, transaction, ct);
                    await run.SaveCheckpointAsync(at, connection, transaction, ct);
                }, ct);
                return 0;
            });
            await run.ReportAsync(at.Undone + at.Kept, Math.Max(total, at.Undone + at.Kept));
        }

        run.Result("{0} taken back, {1} left as they are.", PersianText.Number(at.Undone), PersianText.Number(at.Kept));
        run.ResultUrl($"/import/{import.Target}/{import.Id}");
    }
}

/// <summary>The rows beside an import.</summary>
[BypassesSave("Written in the transaction of the records, whichever module's it is, in sets.")]
internal static class ImportTables
{
    public static IImportTarget Target(IServiceProvider services, string key)
    {
        var target = services.GetServices<IImportTarget>().FirstOrDefault(t => t.Key == key) ?? throw new NotFound("import target", key);
        return services.GetRequiredService<ICurrentUser>().Can(target.Permission) ? target : throw new Forbidden(target.Permission);
    }

    public static Task<ImportFile> LoadAsync(BackgroundRun run, Guid id, CancellationToken ct) => run.InScopeAsync(async services =>
        await services.GetRequiredService<PlatformDb>().Imports.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, ct) ?? throw new NotFound("import", id));

    public static async Task<T> InTransactionAsync<T>(IServiceProvider services, Func<DbConnection, DbTransaction, Task<T>> act, CancellationToken ct)
    {
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var result = await act(connection, transaction);
        await transaction.CommitAsync(ct);
        return result;
    }

    public static async Task NoteAsync(ImportFile import, IReadOnlyList<ImportVerdict> verdicts, ImportCheckpoint at, DateTimeOffset now, DbConnection connection, DbTransaction transaction, CancellationToken ct)
    {
        var npgsql = (NpgsqlConnection)connection;
        var refused = verdicts.Where(v => v.Outcome == ImportOutcome.Refused).ToList();
        if (refused.Count > 0)
        {
            await using var copy = await npgsql.BeginBinaryImportAsync("copy platform.import_refused (import_id, row, cells, reasons) from stdin (format binary)", ct);
            foreach (var v in refused)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(import.Id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(v.Row.Number, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(v.Row.Cells.Select(c => c.Replace("\0", "", StringComparison.Ordinal)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
                await copy.WriteAsync(string.Join(" | ", v.Problems.Select(p => p.Column is { } c && c < import.Heads.Length ? $"{import.Heads[c]}: {p.Text}" : p.Text)), NpgsqlDbType.Text, ct);
            }

            await copy.CompleteAsync(ct);
        }

        var added = verdicts.Where(v => v.Outcome is ImportOutcome.Added or ImportOutcome.Companion).Select(v => v.RecordId!.Value).ToArray();
        if (added.Length > 0)
        {
            await using var copy = await npgsql.BeginBinaryImportAsync("copy platform.import_changes (import_id, record_id, at) from stdin (format binary)", ct);
            foreach (var id in added)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(import.Id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(now.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
            }

            await copy.CompleteAsync(ct);
        }

        // A record that several rows change keeps what stood there first; what the import added stays added.
        foreach (var v in verdicts.Where(v => v.Outcome == ImportOutcome.Changed))
        {
            await connection.ExecuteAsync(new CommandDefinition("""
                insert into platform.import_changes (import_id, record_id, before, after, at) values (@import, @record, @before::jsonb, @after::jsonb, @now)
                on conflict (import_id, record_id) do update set after = excluded.after, at = excluded.at
                """, new { import = import.Id, record = v.RecordId, before = v.Before, after = v.After, now }, transaction, cancellationToken: ct));
        }

        await connection.ExecuteAsync(new CommandDefinition("update platform.imports set added = @Added, changed = @Changed, same = @Same, refused = @Refused where id = @id",
            new { at.Added, at.Changed, at.Same, at.Refused, id = import.Id }, transaction, cancellationToken: ct));
    }

    public static async IAsyncEnumerable<(string[] Cells, string Reasons)> RefusedAsync(IServiceProvider services, Guid id, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await services.GetRequiredService<ConnectionSettings>().OpenAloneAsync(ct);
        await using var command = new NpgsqlCommand("select cells, reasons from platform.import_refused where import_id = $1 order by row", connection) { Parameters = { new() { Value = id } }, CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return (reader.GetFieldValue<string[]>(0), reader.GetString(1));
    }

    public static async Task<IReadOnlyList<ImportedRecord>> ChangesAsync(IServiceProvider services, Guid id, Guid after, int take, CancellationToken ct)
    {
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(ct);
        return [.. (await connection.QueryAsync<Change>(new CommandDefinition(
            "select record_id as id, before::text as before, after::text as after, at from platform.import_changes where import_id = @id and record_id > @after order by record_id limit @take",
            new { id, after, take }, cancellationToken: ct))).Select(c => new ImportedRecord(c.Id, c.Before, c.After, c.At))];
    }

    public static async Task KeptAsync(Guid import, IReadOnlyList<UndoRefusal> kept, UndoCheckpoint at, DbConnection connection, DbTransaction transaction, CancellationToken ct)
    {
        foreach (var k in kept)
        {
            await connection.ExecuteAsync(new CommandDefinition("insert into platform.import_kept (import_id, record_id, name, why) values (@import, @RecordId, @Name, @Why) on conflict do nothing",
                new { import, k.RecordId, k.Name, k.Why }, transaction, cancellationToken: ct));
        }

        await connection.ExecuteAsync(new CommandDefinition("update platform.imports set undone = @Undone, kept = @Kept where id = @import", new { at.Undone, at.Kept, import }, transaction, cancellationToken: ct));
    }

    public static async Task<IReadOnlyList<(Guid Id, string Name, string Why)>> KeptOfAsync(NpgsqlDataSource source, Guid import, int take, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return [.. await connection.QueryAsync<(Guid, string, string)>(new CommandDefinition("select record_id, name, why from platform.import_kept where import_id = @import order by record_id limit @take", new { import, take }, cancellationToken: ct))];
    }

    /// <summary>How a file of this shape was read the last time: by this user, else by whoever shared it.</summary>
    public static async Task<RememberedMap?> MapAsync(NpgsqlDataSource source, string target, string shape, Guid? user, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<RememberedMap>(new CommandDefinition(
            "select columns, key_field, mode, adds_values from platform.import_maps where target = @target and shape = @shape and (user_id = @user or user_id is null) order by user_id is null limit 1", new { target, shape, user }, cancellationToken: ct));
    }

    public static async Task RememberAsync(PlatformDb db, ImportFile import, bool shared, CancellationToken ct)
    {
        foreach (var user in shared ? new[] { import.UserId, null } : [import.UserId])
        {
            await db.Database.ExecuteSqlAsync($"""
                insert into platform.import_maps (target, shape, user_id, columns, key_field, mode, adds_values) values ({import.Target}, {import.Shape}, {user}, {import.Columns}, {import.KeyField}, {import.Mode.ToString()}, {import.AddsValues})
                on conflict (target, shape, user_id) do update set columns = excluded.columns, key_field = excluded.key_field, mode = excluded.mode, adds_values = excluded.adds_values, at = now()
                """, ct);
        }
    }

    private sealed class Change
    {
        public Guid Id { get; init; }

        public string? Before { get; init; }

        public string? After { get; init; }

        public DateTimeOffset At { get; init; }
    }
}

internal sealed class RememberedMap
{
    public string[] Columns { get; init; } = [];

    public string? Key_Field { get; init; }

    public string Mode { get; init; } = "";

    public bool Adds_Values { get; init; }
}
