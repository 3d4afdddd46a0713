namespace Crm.Platform.Contracts;

/// <summary>A stored file.</summary>
/// <param name="Id">Id; <c>/files/{id}</c> serves it after asking for the permission.</param>
/// <param name="Name">Name as the user gave it, cleaned.</param>
/// <param name="ContentType">By content, not by name.</param>
/// <param name="Size">Bytes.</param>
public sealed record StoredFile(Guid Id, string Name, string ContentType, long Size);

/// <summary>Keeps attachments of any record outside the web root, deduplicated by hash.</summary>
public interface IFileStore
{
    /// <summary>Stores a file for a record.</summary>
    /// <param name="owner">Kind of record, for example <c>routines.stage</c>.</param>
    /// <param name="ownerId">Its id.</param>
    /// <param name="permission">Who may fetch it.</param>
    /// <param name="name">Name as uploaded.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="Crm.Core.InvalidInput">Too big, or a kind that is not taken.</exception>
    Task<StoredFile> SaveAsync(string owner, Guid ownerId, string permission, string name, Stream content, CancellationToken ct);

    /// <summary>Files of records, by record.</summary>
    Task<ILookup<Guid, StoredFile>> OfAsync(string owner, IReadOnlyCollection<Guid> ownerIds, CancellationToken ct);
}
