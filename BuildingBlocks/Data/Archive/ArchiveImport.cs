using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Crm.Core;
using Crm.Data.Postgres;
using Dapper;
using Npgsql;

namespace Crm.Data;

/// <summary>What is made again after an archive came in because it is no data: indexes that people asked for, for example. Runs in a scope of its own, as the system, and may be repeated.</summary>
[Contribution]
public interface IAfterImport
{
    /// <summary>Makes it.</summary>
    Task RunAsync(CancellationToken ct);
}

/// <summary>
/// Brings an archive into a new installation, in one transaction: whatever is wrong with the archive or happens on the way, either everything is there or nothing. Every count and checksum of the manifest is compared with what
/// was read before anything is kept.
/// </summary>
public sealed class ArchiveImport(ConnectionSettings settings, IEnumerable<ModuleDbRegistration> contexts, IEnumerable<IArchivedFolder> folders, IRecordTypes records)
{
    private const int Buffer = 128 * 1024;
    private const string Staging = ".importing";

    /// <summary>Brings it in.</summary>
    /// <exception cref="StartupProblem">It is refused; one line says why, and nothing was changed.</exception>
    public async Task<ArchiveManifest> ReadAsync(string path, Func<CancellationToken, Task<string?>> passphrase, CancellationToken ct)
    {
        await using var archive = await OpenedArchive.OpenAsync(path, passphrase, ct);
        var content = archive.Manifest.Content;
        var schemas = ArchiveCatalog.Schemas(contexts);
        await using var connection = await settings.OpenPatientAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(ArchiveCatalog.PlainValues, cancellationToken: ct));
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var tables = await TakeOverAsync(connection, content, archive, schemas, ct);
            var (aside, back) = await ArchiveCatalog.BurdensAsync(connection, schemas, ct);
            foreach (var statement in aside) await RunAsync(connection, statement, ct);
            await RunAsync(connection, $"truncate {string.Join(", ", tables.Values.Select(t => t.Sql))}", ct);
            foreach (var table in content.Tables) await LoadAsync(connection, tables[table.Name], table, archive, ct);
            // Indexes over everything are made faster with more room for it; the setting ends with the transaction.
            await RunAsync(connection, "set local maintenance_work_mem = '256MB'", ct);
            try
            {
                foreach (var statement in back) await RunAsync(connection, statement, ct);
            }
            catch (PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal))
            {
                throw archive.Damaged($"its rows contradict each other: {e.MessageText}", e);
            }

            var sequences = (await ArchiveCatalog.SequencesAsync(connection, schemas, ct)).ToDictionary(s => s.Name, s => s.Sql);
            foreach (var sequence in content.Sequences) await RunAsync(connection, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"alter sequence {sequences[sequence.Name]} restart with {sequence.Next}"), ct);
            await FilesAsync(archive, ct);
            // Files first: bytes that no record names do no harm and are cleaned away, a record without its bytes would.
            foreach (var folder in folders) Settle(folder);
            await transaction.CommitAsync(ct);
            await RunAsync(connection, $"analyze {string.Join(", ", tables.Values.Select(t => t.Sql))}", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new StartupProblem("Another program is at work in this database: stop it, then import.", e);
        }
        finally
        {
            foreach (var folder in folders.Where(f => Directory.Exists(f.Root + Staging))) Directory.Delete(folder.Root + Staging, recursive: true);
        }

        return archive.Manifest;
    }

    /// <summary>Reads all of it and compares it with its manifest; changes nothing.</summary>
    /// <exception cref="StartupProblem">It is damaged.</exception>
    public static async Task<ArchiveManifest> VerifyAsync(string path, Func<CancellationToken, Task<string?>> passphrase, CancellationToken ct)
    {
        await using var archive = await OpenedArchive.OpenAsync(path, passphrase, ct);
        foreach (var table in archive.Manifest.Content.Tables)
            await archive.PassAsync(ArchiveExport.TableName(table.Name), table.Rows, table.Bytes, table.Sha256, (_, _) => Task.CompletedTask, ct);
        foreach (var folder in archive.Manifest.Content.Folders)
            await archive.PassAsync(ArchiveExport.FolderName(folder.Name), null, folder.Bytes, folder.Sha256, (_, _) => Task.CompletedTask, ct);
        return archive.Manifest;
    }

    // Nobody else comes in any more, and there is nothing yet that could be lost.
    private async Task<Dictionary<string, CatalogTable>> TakeOverAsync(NpgsqlConnection connection, ArchiveContent content, OpenedArchive archive, string[] schemas, CancellationToken ct)
    {
        await RunAsync(connection, "set local lock_timeout = '10s'", ct);
        // Hosts that start now wait until everything is there, and then find it.
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(@Lock)", new { DatabaseStartup.Lock }, cancellationToken: ct));
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(@Lock)", new { FirstStart.Lock }, cancellationToken: ct));
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query = @Listen)", new { ClusterBus.Listen }, cancellationToken: ct)))
            throw new StartupProblem("The program is running on this database: stop it, then import.");
        var tables = (await ArchiveCatalog.TablesAsync(connection, schemas, ct)).ToDictionary(t => t.Name);
        await RunAsync(connection, $"lock table {string.Join(", ", tables.Values.Select(t => t.Sql))} in access exclusive mode", ct);
        if (await WorkedInAsync(connection, ct))
            throw new StartupProblem("This installation has data already, and an archive goes into a new one: name an empty database (ConnectionStrings__Crm) or an empty data directory (Crm__DataDirectory), and import there before the program is started for the first time.");
        var steps = await DatabaseStartup.DoneAsync(connection, contexts.Select(c => c.Schema), ct);
        if (content.Steps.FirstOrDefault(s => !steps.Contains(s)) is { } newer)
            throw new StartupProblem($"{archive.Name} was made by a newer program ({archive.Manifest.Made.Program}; this one lacks {newer}): import it with that version.");
        if (steps.Except(content.Steps).Order(StringComparer.Ordinal).FirstOrDefault() is { } older)
            throw new StartupProblem($"{archive.Name} was made by an older program ({archive.Manifest.Made.Program}; it lacks {older}): import it with that version into a new installation, then start this one on it, which upgrades it.");
        var fits = content.Tables.Count == tables.Count && content.Tables.All(t => tables.TryGetValue(t.Name, out var own) && own.Columns.SequenceEqual(t.Columns, StringComparer.Ordinal));
        var numbered = (await ArchiveCatalog.SequencesAsync(connection, schemas, ct)).Select(s => s.Name);
        if (!fits || !numbered.Order(StringComparer.Ordinal).SequenceEqual(content.Sequences.Select(s => s.Name).Order(StringComparer.Ordinal)) || !folders.Select(f => f.Name).Order(StringComparer.Ordinal).SequenceEqual(content.Folders.Select(f => f.Name).Order(StringComparer.Ordinal)))
            throw new StartupProblem($"{archive.Name} does not fit this program although it has the same migrations (made by {archive.Manifest.Made.Program}): import it with that version.");
        return tables;
    }

    // What migrations and the first start put there by themselves is not worked in.
    private async Task<bool> WorkedInAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from platform.plumbing_steps where name = 'demo') or exists (select from platform.audit where through <> @Actor)", new { FirstStart.Actor }, cancellationToken: ct))) return true;
        foreach (var type in records.All)
        {
            if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"select exists (select from {type.Table})", cancellationToken: ct))) return true;
        }

        return false;
    }

    private static async Task LoadAsync(NpgsqlConnection connection, CatalogTable table, ArchivedTable archived, OpenedArchive archive, CancellationToken ct)
    {
        try
        {
            await archive.PassAsync(ArchiveExport.TableName(table.Name), archived.Rows, archived.Bytes, archived.Sha256, async (rows, c) =>
            {
                await using var copy = await connection.BeginTextImportAsync($"copy {table.Sql} ({table.ColumnsSql}) from stdin", c);
                try
                {
                    // The bytes as they are: nobody needs them as text.
                    await rows.CopyToAsync(copy.BaseStream, Buffer, c);
                }
                catch
                {
                    // Otherwise its end would be taken for the end of the rows.
                    await copy.CancelAsync();
                    throw;
                }
            }, ct);
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal) || e.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            throw archive.Damaged($"{table.Name} holds what the database refuses: {e.MessageText}", e);
        }
    }

    private async Task FilesAsync(OpenedArchive archive, CancellationToken ct)
    {
        foreach (var (folder, archived) in folders.Join(archive.Manifest.Content.Folders, f => f.Name, f => f.Name, (f, a) => (f, a)))
        {
            var staging = folder.Root + Staging;
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
            Directory.CreateDirectory(staging);
            await archive.PassAsync(ArchiveExport.FolderName(folder.Name), null, archived.Bytes, archived.Sha256, async (bytes, c) =>
            {
                // A tar without files has no bytes at all.
                if (archived.Files == 0) return;
                await using var tar = new TarReader(bytes, leaveOpen: true);
                while (await tar.GetNextEntryAsync(copyData: false, c) is { } entry)
                {
                    if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !folder.Takes(entry.Name)) throw archive.Damaged($"{entry.Name} has no place in {folder.Name}");
                    var path = Path.Combine(staging, entry.Name);
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, Buffer, FileOptions.Asynchronous);
                    if (entry.DataStream is { } data) await data.CopyToAsync(file, c);
                    file.Flush(flushToDisk: true);
                }
            }, ct);
        }
    }

    private static void Settle(IArchivedFolder folder)
    {
        var staging = folder.Root + Staging;
        foreach (var path in Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(folder.Root, Path.GetRelativePath(staging, path));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(path, place, overwrite: true);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>An archive that can be read: it is one, its lock is open, its manifest is whole.</summary>
internal sealed class OpenedArchive : IAsyncDisposable
{
    private const int Buffer = 128 * 1024;
    private readonly ZipArchive _zip;

    private OpenedArchive(ZipArchive zip, string name, ArchiveManifest manifest) => (_zip, Name, Manifest) = (zip, name, manifest);

    public string Name { get; }

    public ArchiveManifest Manifest { get; }

    public static async Task<OpenedArchive> OpenAsync(string path, Func<CancellationToken, Task<string?>> passphrase, CancellationToken ct)
    {
        var name = Path.GetFileName(path);
        Stream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Buffer);
            var header = new byte[LockedArchive.HeaderLength];
            var read = await file.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, ct);
            var locked = LockedArchive.IsLocked(header.AsSpan(0, read));
            if (!locked && !header.AsSpan(0, read).StartsWith("PK\x3\x4"u8)) throw new StartupProblem($"{name} is no archive of this program.");
            if (locked)
            {
                if (read < header.Length) throw new InvalidDataException("The archive is cut off.");
                if (await passphrase(ct) is not { Length: > 0 } phrase) throw new StartupProblem($"{name} is locked: give its passphrase on the standard input or as Crm__Archive__Passphrase.");
                file = new UnlockingStream(file, header, LockedArchive.Open(phrase, header) ?? throw new StartupProblem($"The passphrase does not open {name}."));
            }

            file.Position = 0;
            var zip = new ZipArchive(file, ZipArchiveMode.Read);
            file = null;
            ArchiveManifest? manifest = null;
            try
            {
                if (zip.GetEntry(ArchiveExport.ManifestName) is { } entry)
                {
                    await using var json = entry.Open();
                    manifest = ArchiveManifest.Read(json) ?? throw Broken(name, "its manifest can't be read");
                    if (manifest.FormatVersion > ArchiveManifest.Newest) throw new StartupProblem($"{name} was made by a newer program ({manifest.Made.Program}): import it with that version.");
                }

                return new(zip, name, manifest ?? throw new StartupProblem($"{name} is no archive of this program: a ZIP without a manifest."));
            }
            catch
            {
                zip.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StartupProblem($"There is no file {path}.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupProblem($"{path} may not be read by this user.", e);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Broken(name, "it is cut off or was changed", e);
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }
    }

    /// <summary>Lets one part of the archive go through and compares it with what the manifest says of it.</summary>
    public async Task PassAsync(string entryName, long? lines, long bytes, string sha256, Func<Stream, CancellationToken, Task> take, CancellationToken ct)
    {
        try
        {
            var entry = _zip.GetEntry(entryName) ?? throw Damaged($"{entryName} is missing");
            await using var through = new HashedStream(entry.Open());
            await take(through, ct);
            // A reader of its own kind stops where it has enough.
            var rest = new byte[Buffer];
            while (await through.ReadAsync(rest, ct) > 0)
            {
            }

            if (through.Count != bytes || (lines is { } l && through.Lines != l) || through.Sha256 != sha256) throw Damaged($"{entryName} is not what its manifest says");
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged($"{entryName} can't be read", e);
        }
    }

    public StartupProblem Damaged(string how, Exception? inner = null) => Broken(Name, how, inner);

    public ValueTask DisposeAsync()
    {
        _zip.Dispose();
        return default;
    }

    private static StartupProblem Broken(string name, string how, Exception? inner = null) => new($"{name} is damaged ({how.TrimEnd('.')}): nothing was taken from it. Use another copy.", inner);

    private static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or AuthenticationTagMismatchException or FormatException;
}
