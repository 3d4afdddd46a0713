using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Contacts.Reactions;

internal sealed class WhenContactStatusRequested(ContactsDb db, BaseDataCache baseData) : IReactTo<ContactStatusRequested>
{
    [BypassesSave("Notes the caller's key beside the change, in the pump's transaction: another event with the same key changes nothing.")]
    public async Task ReactAsync(ContactStatusRequested e, EventInfo info, CancellationToken ct)
    {
        if (!(await baseData.GetAsync(ct)).Has(BaseLists.Status, e.StatusId)) return;
        var fresh = await db.Database.GetDbConnection().ExecuteAsync(new CommandDefinition(
            "insert into platform.inbox (consumer, message_id) values ('contacts.status', @Key) on conflict do nothing", new { e.Key }, db.Database.CurrentTransaction!.GetDbTransaction(), cancellationToken: ct));
        if (fresh == 0) return;
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == e.ContactId, ct);
        contact?.SetStatus(e.StatusId);
    }
}
