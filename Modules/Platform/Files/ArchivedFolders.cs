using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Importing;
using Npgsql;

namespace Crm.Platform.Files;

/// <summary>Attached files, with their small pictures, go into archives.</summary>
internal sealed partial class ArchivedAttachments(FileFolder folder) : IArchivedFolder
{
    public string Name => "files";

    public string Root => folder.Root;

    [BypassesSave("Read in the snapshot of an archive; nothing is written.")]
    public async IAsyncEnumerable<ArchivedFile> ListAsync(NpgsqlConnection snapshot, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select distinct sha256::text collate \"C\" from platform.files order by 1", snapshot);
        await using var hashes = await command.ExecuteReaderAsync(ct);
        while (await hashes.ReadAsync(ct))
        {
            var hash = hashes.GetString(0);
            yield return new(Relative(folder.PathOf(hash)), hash);
            yield return new(Relative(folder.ThumbnailOf(hash)), Optional: true);
        }
    }

    public bool Takes(string path) => Form().IsMatch(path);

    private string Relative(string path) => Path.GetRelativePath(folder.Root, path).Replace('\\', '/');

    [GeneratedRegex(@"\A([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}(\.small)?\z")]
    private static partial Regex Form();
}

/// <summary>Files that are being imported go into archives: the import goes on where the archive goes.</summary>
internal sealed partial class ArchivedUploads(ImportFolder folder) : IArchivedFolder
{
    public string Name => "imports";

    public string Root => folder.Root;

    [BypassesSave("Read in the snapshot of an archive; nothing is written.")]
    public async IAsyncEnumerable<ArchivedFile> ListAsync(NpgsqlConnection snapshot, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select id from platform.imports order by id", snapshot);
        await using var ids = await command.ExecuteReaderAsync(ct);
        // Kept for a month only.
        while (await ids.ReadAsync(ct)) yield return new(ids.GetGuid(0).ToString("N"), Optional: true);
    }

    public bool Takes(string path) => Form().IsMatch(path);

    [GeneratedRegex(@"\A[0-9a-f]{32}\z")]
    private static partial Regex Form();
}
