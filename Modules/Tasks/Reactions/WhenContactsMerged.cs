using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Reactions;

/// <summary>Tasks of a contact that became part of another are that one's, those in the bin too.</summary>
internal sealed class WhenContactsMerged(TasksDb db) : IReactTo<ContactsMerged>
{
    public async Task ReactAsync(ContactsMerged e, EventInfo info, CancellationToken ct)
    {
        // Done already, or undone before its turn came.
        if (await db.Set<MergedRecord>().AnyAsync(r => r.MergeId == e.MergeId, ct)) return;
        foreach (var task in await db.WorkTasks.IgnoreQueryFilters().Where(t => t.ContactId == e.FromId).ToListAsync(ct))
        {
            task.MoveTo(e.IntoId);
            db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = task.Id });
        }
    }
}

/// <summary>The merge was undone: tasks that moved with it go back, unless somebody gave them another customer since.</summary>
internal sealed class WhenContactsUnmerged(TasksDb db) : IReactTo<ContactsUnmerged>
{
    public async Task ReactAsync(ContactsUnmerged e, EventInfo info, CancellationToken ct)
    {
        var moved = await db.Set<MergedRecord>().Where(r => r.MergeId == e.MergeId).ToListAsync(ct);
        var ids = moved.Select(r => r.RecordId).ToArray();
        foreach (var task in await db.WorkTasks.IgnoreQueryFilters().Where(t => t.ContactId == e.IntoId && ids.Contains(t.Id)).ToListAsync(ct)) task.MoveTo(e.FromId);
        // Nothing moved: perhaps the merge itself was not heard of yet, and must not be taken for one that holds.
        if (moved.Count == 0) db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = Guid.Empty });
        db.RemoveRange(moved);
    }
}
