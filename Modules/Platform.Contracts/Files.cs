namespace Crm.Platform.Contracts;

/// <summary>A stored file.</summary>
/// <param name="Id">Id; <c>/files/{id}</c> serves it after asking for the permission (as a download; <c>?show</c> shows a picture within a page).</param>
/// <param name="Name">Name as the user gave it, cleaned.</param>
/// <param name="ContentType">By content, not by name.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoredFile(Guid Id, string Name, string ContentType, long Size);

/// <summary>Keeps attachments of any record outside the web root, deduplicated by hash.</summary>
public interface IFileStore
{
    /// <summary>Stores a file for a record. Saved at once, not with the caller's command: a command that then fails leaves a file that nobody refers to.</summary>
    /// <param name="owner">Kind of record, for example <c>routines.stage</c>.</param>
    /// <param name="ownerId">Its id.</param>
    /// <param name="permission">Who may fetch it.</param>
    /// <param name="name">Name as uploaded.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="Crm.Core.InvalidInput">Too big, or a kind that is not taken.</exception>
    Task<StoredFile> SaveAsync(string owner, Guid ownerId, string permission, string name, Stream content, CancellationToken ct);

    /// <summary>Files of records that the caller may see, by record; those whose permission the user lacks are left out.</summary>
    Task<ILookup<Guid, StoredFile>> OfAsync(string owner, IReadOnlyCollection<Guid> ownerIds, CancellationToken ct);

    /// <summary>Opens a file that the current user may fetch; dispose the stream.</summary>
    /// <exception cref="Crm.Core.NotFound">There is none, or not for this user.</exception>
    Task<(StoredFile File, Stream Content)> OpenAsync(Guid id, CancellationToken ct);

    /// <summary>Hangs files on another record of the same kind, once two became one or became two again. Saved at once; a repeat changes nothing.</summary>
    /// <param name="owner">Kind of record.</param>
    /// <param name="fromId">Where they hang now.</param>
    /// <param name="toId">Where they are to hang.</param>
    /// <param name="only">Only these; null for all.</param>
    /// <param name="ct">Cancels.</param>
    Task MoveAsync(string owner, Guid fromId, Guid toId, IReadOnlyCollection<Guid>? only, CancellationToken ct);
}

/// <summary>Says who sees the record that files hang on. Without one, files are seen in the branch they were stored in.</summary>
[Crm.Core.Contribution]
public interface IFileOwner
{
    /// <summary>Kind of record, as given to <see cref="IFileStore.SaveAsync"/>.</summary>
    string Owner { get; }

    /// <summary>Who may attach files to such a record by the API, and fetch them.</summary>
    string Permission { get; }

    /// <summary>Who may add and remove files on the record's page.</summary>
    string ChangePermission => Permission;

    /// <summary>Whether the current user sees the record.</summary>
    Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct);

    /// <summary>Which of the records are there at all, over every branch and the recycle bin; null when the module does not say. Files of records that were never made are cleaned up.</summary>
    Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => Task.FromResult<IReadOnlySet<Guid>?>(null);
}

/// <summary>Looks for harm in what is uploaded, before it is kept. All that there are must be content.</summary>
[Crm.Core.Contribution(Microsoft.Extensions.DependencyInjection.ServiceLifetime.Singleton)]
public interface IFileScanner
{
    /// <summary>The name of what was found; null when the file is clean, or this scanner is not switched on.</summary>
    /// <exception cref="Crm.Core.RuleBroken">It can't say now: the file is not taken.</exception>
    Task<string?> FindAsync(Stream content, CancellationToken ct);
}
