using Crm.Data;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Files;

/// <summary>Which files have a small picture.</summary>
internal sealed class FileThumbnails(PlatformDb db, FileFolder folder)
{
    /// <summary>Of files that the caller may show.</summary>
    public async Task<IReadOnlySet<Guid>> HavingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        var hashes = await db.Files.IgnoreQueryFilters([Filters.Branch]).Where(f => all.Contains(f.Id)).Select(f => new { f.Id, f.Sha256 }).ToListAsync(ct);
        return hashes.Where(f => File.Exists(folder.ThumbnailOf(f.Sha256))).Select(f => f.Id).ToHashSet();
    }

    /// <summary>Path of the small picture of a file that the caller may show; null for none.</summary>
    public async Task<string?> PathAsync(Guid id, CancellationToken ct)
    {
        var hash = await db.Files.IgnoreQueryFilters([Filters.Branch]).Where(f => f.Id == id).Select(f => f.Sha256).FirstOrDefaultAsync(ct);
        return hash is not null && folder.ThumbnailOf(hash) is var path && File.Exists(path) ? path : null;
    }
}
