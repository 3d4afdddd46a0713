using System.Data;
using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Crm.Data.Postgres;
using Dapper;
using Npgsql;

namespace Crm.Data;

/// <summary>What came of taking everything out.</summary>
/// <param name="Manifest">Says what is in the archive.</param>
/// <param name="Lost">Stored files whose bytes are gone or are not what they were: one line each.</param>
public sealed record ArchiveResult(ArchiveManifest Manifest, IReadOnlyList<string> Lost);

/// <summary>
/// Takes everything out into one archive while people work: tables and sequences of all modules as one moment saw them, and the stored files that their rows name. A ZIP, written in one go: what is in memory does not grow
/// with what there is.
/// </summary>
public sealed class ArchiveExport(ConnectionSettings settings, IEnumerable<ModuleDbRegistration> contexts, IEnumerable<IArchivedFolder> folders, DiskRoom room, TimeProvider time)
{
    internal const string ManifestName = "manifest.json";
    private const int Buffer = 128 * 1024;
    private const int MostLost = 1000;

    private const string About = """
        Everything of one installation of Crm, taken out by «export». «import FILE» brings it into a new one.

        manifest.json   what is in here: migrations, tables with their rows and checksums, sequences, files
        tables/         one file a table: PostgreSQL's COPY in text form, rows in the order of the primary key
        *.tar           stored files

        It holds personal data, password hashes, and the keys that sign sessions and open stored passwords of gateways:
        keep it as carefully as the database itself.
        """;

    /// <summary>Writes an archive.</summary>
    /// <param name="path">Where; must not exist yet. It stands there under this name only when it is whole.</param>
    /// <param name="passphrase">Locks it; null leaves it open.</param>
    /// <param name="ct">Cancels; what was written is taken away.</param>
    /// <exception cref="StartupProblem">It can't be written there.</exception>
    public async Task<ArchiveResult> WriteAsync(string path, string? passphrase, CancellationToken ct)
    {
        path = Path.GetFullPath(path);
        if (Path.Exists(path)) throw new StartupProblem($"{path} is there already: name a new file, or remove that one first.");
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new StartupProblem($"The folder {Path.GetDirectoryName(path)} does not exist: make it, or name another one.");
        var part = path + ".part";
        try
        {
            ArchiveResult result;
            await using (var file = OpenPart(part))
            {
                if (passphrase is null)
                {
                    result = await WriteAsync(file, ct);
                }
                else
                {
                    await using var locking = new LockingStream(file, passphrase);
                    result = await WriteAsync(locking, ct);
                    locking.Finish();
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(part, path);
            return result;
        }
        catch (IOException e) when (DiskRoom.IsFull(e))
        {
            throw new StartupProblem($"The disk of {path} is full: what was written of the archive was taken away again. Name a file on a disk with more room.", e);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static FileStream OpenPart(string part)
    {
        // Nobody but its owner reads what everything is in.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = Buffer };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(part, options);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupProblem($"{part} can't be written: name a folder that this user may write to.", e);
        }
    }

    private async Task<ArchiveResult> WriteAsync(Stream to, CancellationToken ct)
    {
        var at = time.GetUtcNow();
        var schemas = ArchiveCatalog.Schemas(contexts);
        var wasLow = room.IsLow;
        await using var connection = await settings.OpenPatientAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(ArchiveCatalog.PlainValues, cancellationToken: ct));
        // Stored files are not cleaned away while their names stand in what we see; it ends with the connection.
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock_shared(@Key)", new { ArchiveLock.Key }, commandTimeout: 0, cancellationToken: ct));
        var before = await ArchiveCatalog.TablesAsync(connection, schemas, ct);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        // Taken before the first look, which is what the snapshot is of: from here on no table changes its shape.
        await connection.ExecuteAsync(new CommandDefinition($"lock table {string.Join(", ", before.Select(t => t.Sql))} in access share mode", cancellationToken: ct));
        var tables = await ArchiveCatalog.TablesAsync(connection, schemas, ct);
        if (!tables.Select(t => t.Name).SequenceEqual(before.Select(t => t.Name))) throw new StartupProblem("The database was being upgraded just now: try again.");
        var steps = (await DatabaseStartup.DoneAsync(connection, contexts.Select(c => c.Schema), ct)).Order(StringComparer.Ordinal).ToList();
        List<ArchivedTable> archived = [];
        List<ArchivedFiles> stored = [];
        List<string> lost = [];
        ArchiveManifest manifest;
        await using (var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using (var about = Open(zip, "README.txt", at)) await about.WriteAsync(Encoding.UTF8.GetBytes(About), ct);
            foreach (var table in tables) archived.Add(await TableAsync(zip, connection, table, at, wasLow, ct));
            var sequences = (await ArchiveCatalog.SequencesAsync(connection, schemas, ct)).Select(s => new ArchivedSequence(s.Name, s.Next)).ToList();
            foreach (var folder in folders.OrderBy(f => f.Name, StringComparer.Ordinal)) stored.Add(await FolderAsync(zip, connection, folder, lost, at, wasLow, ct));
            await snapshot.RollbackAsync(ct);
            manifest = ArchiveManifest.Of(new(at, Program, connection.PostgreSqlVersion.ToString()), new(steps, archived, sequences, stored));
            await using var last = Open(zip, ManifestName, at);
            await last.WriteAsync(manifest.ToJson(), ct);
        }

        return new(manifest, lost);
    }

    private async Task<ArchivedTable> TableAsync(ZipArchive zip, NpgsqlConnection connection, CatalogTable table, DateTimeOffset at, bool wasLow, CancellationToken ct)
    {
        await using var entry = new HashedStream(Open(zip, TableName(table.Name), at));
        using (var copy = await connection.BeginTextExportAsync($"copy (select {table.ColumnsSql} from {table.Sql} t order by {table.OrderSql}) to stdout", ct))
        {
            // The bytes as they come: nobody needs them as text.
            var rows = copy.BaseStream;
            var buffer = new byte[Buffer];
            int n;
            while ((n = await rows.ReadAsync(buffer, ct)) > 0)
            {
                Demand(wasLow);
                await entry.WriteAsync(buffer.AsMemory(0, n), ct);
            }
        }

        return new(table.Name, table.Columns, entry.Lines, entry.Count, entry.Sha256);
    }

    private async Task<ArchivedFiles> FolderAsync(ZipArchive zip, NpgsqlConnection connection, IArchivedFolder folder, List<string> lost, DateTimeOffset at, bool wasLow, CancellationToken ct)
    {
        var (files, missing) = (0L, 0L);
        await using var entry = new HashedStream(Open(zip, FolderName(folder.Name), at));
        await using (var tar = new TarWriter(entry, TarEntryFormat.Gnu, leaveOpen: true))
        {
            await foreach (var file in folder.ListAsync(connection, ct))
            {
                Demand(wasLow);
                var path = Path.Combine(folder.Root, file.Path);
                if (!File.Exists(path))
                {
                    if (file.Optional) continue;
                    missing++;
                    Lose($"{folder.Name}/{file.Path} is gone.");
                    continue;
                }

                await using var bytes = new HashedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, Buffer, FileOptions.Asynchronous | FileOptions.SequentialScan));
                // Without times and owners: the same files are the same bytes, wherever they lie.
                await tar.WriteEntryAsync(new GnuTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = bytes, ModificationTime = DateTimeOffset.UnixEpoch, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite }, ct);
                files++;
                if (file.Sha256 is { } expected && bytes.Sha256 != expected) Lose($"{folder.Name}/{file.Path} is not what was stored.");
            }
        }

        return new(folder.Name, files, missing, entry.Count, entry.Sha256);

        void Lose(string line)
        {
            if (lost.Count < MostLost) lost.Add(line);
        }
    }

    // PostgreSQL stops when its disk is full, and an archive must not be what fills it. Where it was nearly full before, the archive may be what is made to leave: then it is let be.
    private void Demand(bool wasLow)
    {
        if (!wasLow && room.IsLow) throw new StartupProblem("The disk of the server became nearly full while the archive was written; what there was of it was taken away again. Name a file on another disk.");
    }

    private static Stream Open(ZipArchive zip, string name, DateTimeOffset at)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = at;
        return entry.Open();
    }

    internal static string TableName(string table) => $"tables/{table}.copy";

    internal static string FolderName(string folder) => folder + ".tar";

    internal static string Program => typeof(ArchiveExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
