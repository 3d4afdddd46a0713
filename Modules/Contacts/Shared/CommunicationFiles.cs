using Crm.Contacts.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>Files of communications are seen by whoever sees the communication.</summary>
internal sealed class CommunicationFiles(ContactsDb db) : IFileOwner
{
    public const string OwnerName = "contacts.communication";

    public string Owner => OwnerName;

    public string Permission => ContactsPermissions.SeeCommunications;

    public string ChangePermission => ContactsPermissions.ChangeCommunications;

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        return (await db.Communications.IgnoreQueryFilters().Where(c => all.Contains(c.Id)).Select(c => c.Id).ToListAsync(ct)).ToHashSet();
    }

    public Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) => db.Communications.AnyAsync(c => c.Id == ownerId && c.Contact!.DeletedAt == null, ct);
}
