using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Reactions;

/// <summary>Messages to a contact that became part of another are that one's. Who wanted no messages on a channel wants none under the other name either.</summary>
internal sealed class WhenContactsMerged(MessagingDb db) : IReactTo<ContactsMerged>
{
    public async Task ReactAsync(ContactsMerged e, EventInfo info, CancellationToken ct)
    {
        // Done already, or undone before its turn came.
        if (await db.Set<MergedRecord>().AnyAsync(r => r.MergeId == e.MergeId, ct)) return;
        foreach (var message in await db.Set<OutgoingMessage>().IgnoreQueryFilters().Where(m => m.ContactId == e.FromId).ToListAsync(ct))
        {
            message.ContactId = e.IntoId;
            db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = message.Id });
        }

        var refused = await db.Set<OptOut>().Where(o => o.ContactId == e.FromId || o.ContactId == e.IntoId).ToListAsync(ct);
        foreach (var o in refused.Where(o => o.ContactId == e.FromId && !refused.Exists(i => i.ContactId == e.IntoId && i.Channel == o.Channel)))
        {
            var taken = new OptOut { ContactId = e.IntoId, Channel = o.Channel };
            db.Add(taken);
            db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = taken.Id });
        }
    }
}

/// <summary>The merge was undone: what moved with it goes back.</summary>
internal sealed class WhenContactsUnmerged(MessagingDb db) : IReactTo<ContactsUnmerged>
{
    public async Task ReactAsync(ContactsUnmerged e, EventInfo info, CancellationToken ct)
    {
        var moved = await db.Set<MergedRecord>().Where(r => r.MergeId == e.MergeId).ToListAsync(ct);
        var ids = moved.Select(r => r.RecordId).ToArray();
        foreach (var message in await db.Set<OutgoingMessage>().IgnoreQueryFilters().Where(m => m.ContactId == e.IntoId && ids.Contains(m.Id)).ToListAsync(ct)) message.ContactId = e.FromId;
        db.RemoveRange(await db.Set<OptOut>().Where(o => o.ContactId == e.IntoId && ids.Contains(o.Id)).ToListAsync(ct));
        // Nothing moved: perhaps the merge itself was not heard of yet, and must not be taken for one that holds.
        if (moved.Count == 0) db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = Guid.Empty });
        db.RemoveRange(moved);
    }
}
