using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Reactions;

internal sealed class WhenContactStatusRequested(ContactsDb db, BaseDataCache baseData) : IReactTo<ContactStatusRequested>
{
    public async Task ReactAsync(ContactStatusRequested e, EventInfo info, CancellationToken ct)
    {
        if (!(await baseData.GetAsync(ct)).Has(BaseLists.Status, e.StatusId)) return;
        if (!await Inbox.NoteAsync(db, "contacts.status", e.Key, ct)) return;
        var contact = await db.Contacts.SingleOrDefaultAsync(c => c.Id == e.ContactId, ct);
        contact?.SetStatus(e.StatusId);
    }
}
