using Crm.Contacts.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Shared;

/// <summary>Files of a contact are seen by whoever sees the contact.</summary>
internal sealed class ContactFiles(ContactsDb db) : IFileOwner
{
    public string Owner => "contacts.contact";

    public string Permission => ContactsPermissions.See;

    public string ChangePermission => ContactsPermissions.Change;

    public Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) => db.Contacts.AnyAsync(c => c.Id == ownerId, ct);

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        return (await db.Contacts.IgnoreQueryFilters().Where(c => all.Contains(c.Id)).Select(c => c.Id).ToListAsync(ct)).ToHashSet();
    }
}
