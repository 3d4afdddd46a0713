using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Files;

internal sealed class FileStore(PlatformDb db, FileFolder folder, IServiceScopeFactory scopes, ICurrentUser user, IEnumerable<IFileOwner> owners) : IFileStore
{
    public Task<StoredFile> SaveAsync(string owner, Guid ownerId, string permission, string name, Stream content, CancellationToken ct) => SaveBigAsync(owner, ownerId, permission, name, content, null, ct);

    /// <summary>The same with a limit of its own, for what long work makes or reads. Without a permission the owner alone says who fetches it.</summary>
    [BypassesSave("Called from other modules' commands, whose one save is of another context: the record of the file is saved in a scope of its own.")]
    public async Task<StoredFile> SaveBigAsync(string owner, Guid ownerId, string permission, string name, Stream content, long? maxSize, CancellationToken ct)
    {
        var (sha256, size, kind) = await folder.StoreAsync(content, name, ct, maxSize);
        var record = new FileRecord(owner, ownerId, permission, FileNames.Clean(name, kind), kind.ContentType, size, sha256);
        await using var scope = scopes.CreateAsyncScope();
        var inner = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (user.Access is { } access) inner.Become(access, user.Through);
        else inner.BecomeSystem(user.Name.Length > 0 ? user.Name : "files");
        var own = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        own.Files.Add(record);
        await own.SaveChangesAsync(ct);
        return new(record.Id, record.Name, record.ContentType, record.Size);
    }

    public async Task<ILookup<Guid, StoredFile>> OfAsync(string owner, IReadOnlyCollection<Guid> ownerIds, CancellationToken ct)
    {
        var ids = ownerIds.ToArray();
        // Who was shown the record is shown its files: the owner asked before, by its own filters.
        var rows = await db.Files.IgnoreQueryFilters([Filters.Branch]).Where(f => f.Owner == owner && ids.Contains(f.OwnerId)).OrderBy(f => f.Id)
            .Select(f => new { f.OwnerId, File = new StoredFile(f.Id, f.Name, f.ContentType, f.Size), f.Permission }).ToListAsync(ct);
        return rows.Where(r => user.Can(r.Permission)).ToLookup(r => r.OwnerId, r => r.File);
    }

    public async Task<(StoredFile File, Stream Content)> OpenAsync(Guid id, CancellationToken ct)
    {
        var record = await db.Files.IgnoreQueryFilters([Filters.Branch]).AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, ct);
        if (record is null || !await MaySeeAsync(record, ct)) throw new NotFound("file", id);
        var path = folder.PathOf(record.Sha256);
        if (!File.Exists(path)) throw new NotFound("bytes of file", id);
        return (new(record.Id, record.Name, record.ContentType, record.Size), new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan));
    }

    /// <summary>Opens a file whose owner was asked already.</summary>
    public async Task<(StoredFile File, Stream Content)> OpenGrantedAsync(Guid id, CancellationToken ct)
    {
        var record = await db.Files.IgnoreQueryFilters([Filters.Branch]).AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, ct) ?? throw new NotFound("file", id);
        var path = folder.PathOf(record.Sha256);
        if (!File.Exists(path)) throw new NotFound("bytes of file", id);
        return (new(record.Id, record.Name, record.ContentType, record.Size), new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan));
    }

    [BypassesSave("Called from other modules' reactors, whose one save is of another context; the same call again finds nothing to move.")]
    public async Task MoveAsync(string owner, Guid fromId, Guid toId, IReadOnlyCollection<Guid>? only, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var inner = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        inner.BecomeSystem(user.Name.Length > 0 ? user.Name : "files");
        var own = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var ids = only?.ToArray();
        foreach (var file in await own.Files.IgnoreQueryFilters().Where(f => f.Owner == owner && f.OwnerId == fromId && (ids == null || ids.Contains(f.Id))).ToListAsync(ct)) file.MoveTo(toId);
        await own.SaveChangesAsync(ct);
    }

    private async Task<bool> MaySeeAsync(FileRecord record, CancellationToken ct)
    {
        if (record.Permission.Length > 0 && !user.Can(record.Permission)) return false;
        // The module that owns the record knows who sees it; without its word, the branch it was stored in decides.
        return owners.FirstOrDefault(o => o.Owner == record.Owner) is { } owner
            ? await owner.MaySeeAsync(record.OwnerId, ct)
            : user.SeesAllBranches || user.VisibleBranches.Contains(record.BranchId) || record.CreatedBy == user.Id;
    }
}
