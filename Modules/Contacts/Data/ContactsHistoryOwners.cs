using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

/// <summary>Whoever sees the contact sees its past, also while it is in the recycle bin.</summary>
internal sealed class ContactHistory(ContactsDb db, ICurrentUser me) : IHistoryOwner
{
    public string Entity => "contacts.Contact";

    public async Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct)
    {
        if (!me.Can(ContactsPermissions.See)) return null;
        var found = await db.Contacts.IgnoreQueryFilters([Filters.SoftDelete]).Where(c => c.Id == id).Select(c => new { c.Name, c.DeletedAt }).SingleOrDefaultAsync(ct);
        return found is null || (found.DeletedAt is not null && !me.Can(ContactsPermissions.Delete)) ? null : new(found.Name, found.DeletedAt is null ? $"/contacts/{id}" : "/bin?kind=contacts");
    }
}

internal sealed class EvaluationHistory(ContactsDb db, ICurrentUser me) : IHistoryOwner
{
    public string Entity => "contacts.SupplierEvaluation";

    public async Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct) => !me.Can(ContactsPermissions.SeeSuppliers) ? null
        : await db.EvaluationsSeen().Where(e => e.Id == id).Select(e => new HistoryTitle(e.Contact!.Name, $"/contacts/{e.ContactId}/scores")).SingleOrDefaultAsync(ct);
}

internal sealed class CommunicationHistory(ContactsDb db, ICurrentUser me) : IHistoryOwner
{
    public string Entity => "contacts.Communication";

    public async Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct) => !me.Can(ContactsPermissions.SeeCommunications) ? null
        : await db.Communications.Where(c => c.Id == id && c.Contact!.DeletedAt == null).Select(c => new HistoryTitle(c.Contact!.Name, $"/communications/{c.Id}")).SingleOrDefaultAsync(ct);
}
