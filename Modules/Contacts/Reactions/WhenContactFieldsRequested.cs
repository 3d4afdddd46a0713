using System.Text.Json;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Features.ChangeContacts;
using Crm.Core;
using Crm.Data;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Crm.Contacts.Reactions;

internal sealed class WhenContactFieldsRequested(ContactsDb db, ContactFieldChange changes) : IReactTo<ContactFieldsRequested>
{
    [BypassesSave("Notes the caller's key beside the change, in the pump's transaction: another event with the same key changes nothing.")]
    public async Task ReactAsync(ContactFieldsRequested e, EventInfo info, CancellationToken ct)
    {
        var fresh = await db.Database.GetDbConnection().ExecuteAsync(new CommandDefinition(
            "insert into platform.inbox (consumer, message_id) values ('contacts.fields', @Key) on conflict do nothing", new { e.Key }, db.Database.CurrentTransaction!.GetDbTransaction(), cancellationToken: ct));
        if (fresh == 0) return;
        if (await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == e.ContactId, ct) is not { } contact) return;
        foreach (var (field, values) in JsonSerializer.Deserialize<Dictionary<string, string[]>>(e.Values)!) (await changes.ReadAsync(field, values, ct))(contact);
    }
}
