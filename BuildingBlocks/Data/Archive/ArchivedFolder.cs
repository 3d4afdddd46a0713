using Crm.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Data;

/// <summary>A folder of the data directory whose files belong to the records of a module: they go with the database into an archive and come back with it.</summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IArchivedFolder
{
    /// <summary>Stable name: that of the folder.</summary>
    string Name { get; }

    /// <summary>Where it is.</summary>
    string Root { get; }

    /// <summary>The files that the records name, in an order that is always the same.</summary>
    /// <param name="snapshot">Sees the database of one moment; nothing else is asked of it meanwhile.</param>
    /// <param name="ct">Cancels.</param>
    IAsyncEnumerable<ArchivedFile> ListAsync(NpgsqlConnection snapshot, CancellationToken ct);

    /// <summary>Whether a path may be a file of this folder; what an archive brings is not believed.</summary>
    bool Takes(string path);
}

/// <summary>A file of an archived folder.</summary>
/// <param name="Path">Below the folder, with slashes.</param>
/// <param name="Sha256">What its bytes must be, if that is known.</param>
/// <param name="Optional">May be gone: a small picture that can be made again, a file that is kept for a while only.</param>
public sealed record ArchivedFile(string Path, string? Sha256 = null, bool Optional = false);

/// <summary>Held (shared) while an archive is written: who takes files away for good waits for another time.</summary>
public static class ArchiveLock
{
    /// <summary>Key of the advisory lock.</summary>
    public const long Key = 0x43524D32;
}
