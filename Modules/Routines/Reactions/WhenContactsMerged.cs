using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Reactions;

/// <summary>Jobs and stages of a contact that became part of another are that one's; jobs that wait for something of their customer wait for that one.</summary>
internal sealed class WhenContactsMerged(RoutinesDb db) : IReactTo<ContactsMerged>
{
    public async Task ReactAsync(ContactsMerged e, EventInfo info, CancellationToken ct)
    {
        // Done already, or undone before its turn came.
        if (await db.Set<MergedRecord>().AnyAsync(r => r.MergeId == e.MergeId, ct)) return;
        foreach (var id in await JobMove.MoveAsync(db, e.FromId, e.IntoId, null, ct)) db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = id });
    }
}

/// <summary>The merge was undone: jobs that moved with it go back, with all their stages.</summary>
internal sealed class WhenContactsUnmerged(RoutinesDb db) : IReactTo<ContactsUnmerged>
{
    public async Task ReactAsync(ContactsUnmerged e, EventInfo info, CancellationToken ct)
    {
        var moved = await db.Set<MergedRecord>().Where(r => r.MergeId == e.MergeId).ToListAsync(ct);
        await JobMove.MoveAsync(db, e.IntoId, e.FromId, [.. moved.Select(r => r.RecordId)], ct);
        // Nothing moved: perhaps the merge itself was not heard of yet, and must not be taken for one that holds.
        if (moved.Count == 0) db.Add(new MergedRecord { MergeId = e.MergeId, RecordId = Guid.Empty });
        db.RemoveRange(moved);
    }
}

internal static class JobMove
{
    public static async Task<Guid[]> MoveAsync(RoutinesDb db, Guid from, Guid to, Guid[]? only, CancellationToken ct)
    {
        var jobs = await db.Set<Job>().IgnoreQueryFilters().Where(j => j.ContactId == from && (only == null || only.Contains(j.Id))).ToListAsync(ct);
        Guid[] ids = [.. jobs.Select(j => j.Id)];
        foreach (var job in jobs) job.MoveTo(to);
        // A stage that opened meanwhile belongs to the job, so it goes with it.
        foreach (var stage in await db.Set<StageItem>().IgnoreQueryFilters().Where(s => s.ContactId == from && ids.Contains(s.JobId)).ToListAsync(ct)) stage.MoveTo(to);
        foreach (var state in await db.Set<JobState>().Where(s => s.ContactId == from && ids.Contains(s.JobId)).ToListAsync(ct)) state.ContactId = to;
        // Forms that were filled for the contact go with it; they are known by their own ids among what moved.
        var filled = await db.FilledForms.IgnoreQueryFilters().Where(f => f.ContactId == from && (only == null || only.Contains(f.Id))).ToListAsync(ct);
        foreach (var form in filled) form.MoveTo(to);
        return [.. ids, .. filled.Select(f => f.Id)];
    }
}
