using System.Text.Json;
using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Features.ChangeContacts;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Reactions;

internal sealed class WhenContactFieldsRequested(ContactsDb db, ContactFieldChange changes) : IReactTo<ContactFieldsRequested>
{
    public async Task ReactAsync(ContactFieldsRequested e, EventInfo info, CancellationToken ct)
    {
        if (!await Inbox.NoteAsync(db, "contacts.fields", e.Key, ct)) return;
        if (await db.Contacts.SingleOrDefaultAsync(c => c.Id == e.ContactId, ct) is not { } contact) return;
        foreach (var (field, values) in JsonSerializer.Deserialize<Dictionary<string, string[]>>(e.Values)!) (await changes.ReadAsync(field, values, ct))(contact);
    }
}
