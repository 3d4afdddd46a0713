using Crm.Contacts.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>A photo is seen by whoever sees the contact.</summary>
internal sealed class ContactPhotos(ContactsDb db) : IFileOwner
{
    public const string OwnerName = "contacts.photo";

    public string Owner => OwnerName;

    public string Permission => ContactsPermissions.See;

    public string ChangePermission => ContactsPermissions.Change;

    public Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) => db.Contacts.AnyAsync(c => c.Id == ownerId, ct);
}
