using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Deadlines;

/// <summary>Which deadlines of stages and waits of jobs would move if the working time changed: reckoned as <see cref="DeadlineMover"/> does it, and nothing written.</summary>
internal sealed class DeadlinePreview(RoutinesDb db) : IReckonedMoments
{
    private const int Shown = 5;

    // Of so many that move first a user who sees few jobs finds his own named; the count is of all.
    private const int Looked = 500;

    public async Task<WouldMove> WouldMoveAsync(DateOnly from, IWorkingTime then, CancellationToken ct)
    {
        var since = DeadlineMover.Since(from);
        // How many there are is no secret of a branch: whoever closes an office moves all of them.
        var stages = await MovedAsync(db.Stages.IgnoreQueryFilters([Filters.Scope]).AsNoTracking().Where(s => s.Status == StageStatus.Open && s.PlannedMinutes != null && s.DueAt > since).OrderBy(s => s.DueAt).ThenBy(s => s.Id)
            .Select(s => new Kept(s.Id, s.JobId, s.BranchId, s.OpenedAt, s.PlannedMinutes, null, s.DueAt!.Value)), then, ct);
        var waits = await MovedAsync(db.Set<WorkingWait>().AsNoTracking().Where(w => w.DueAt > since).OrderBy(w => w.DueAt).ThenBy(w => w.Id)
            .Select(w => new Kept(w.Id, w.JobId, w.BranchId, w.Since, w.Minutes, w.Days, w.DueAt)), then, ct);
        var counts = new List<(string, int)>();
        if (stages.Count > 0) counts.Add(("{0} deadlines of open stages", stages.Count));
        if (waits.Count > 0) counts.Add(("{0} waits for working time", waits.Count));
        return new(counts, counts.Count == 0 ? [] : await FirstAsync(stages.Moved, waits.Moved, ct));
    }

    private static async Task<(int Count, List<(Kept Kept, DateTimeOffset Then)> Moved)> MovedAsync(IQueryable<Kept> kept, IWorkingTime then, CancellationToken ct)
    {
        var count = 0;
        var moved = new List<(Kept, DateTimeOffset)>();
        await foreach (var k in kept.AsAsyncEnumerable().WithCancellation(ct))
        {
            var due = await DeadlineMover.DueAsync(then, k.Since, k.Minutes, k.Days, k.BranchId, ct);
            if (due == k.DueAt) continue;
            count++;
            if (moved.Count < Looked) moved.Add((k, due));
        }

        return (count, moved);
    }

    private async Task<List<MovedMoment>> FirstAsync(List<(Kept Kept, DateTimeOffset Then)> stages, List<(Kept Kept, DateTimeOffset Then)> waits, CancellationToken ct)
    {
        Guid[] ids = [.. stages.Select(s => s.Kept.Id)];
        // Within what the user may see: these are named.
        var titles = await db.Stages.AsNoTracking().Where(s => ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => s.Title, ct);
        Guid[] jobIds = [.. stages.Concat(waits).Select(m => m.Kept.JobId).Distinct()];
        var jobs = await db.Jobs.AsNoTracking().Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, j => j.Title, ct);
        return [.. stages.Where(s => titles.ContainsKey(s.Kept.Id)).Select(s => (s.Kept, s.Then, Title: titles[s.Kept.Id], Url: $"/jobs/stages/{s.Kept.Id}"))
            .Concat(waits.Select(w => (w.Kept, w.Then, Title: Crm.Core.Texts.Get("Wait for working time"), Url: $"/jobs/{w.Kept.JobId}")))
            .Where(m => jobs.ContainsKey(m.Kept.JobId)).OrderBy(m => m.Kept.DueAt).Take(Shown)
            .Select(m => new MovedMoment(m.Title, jobs[m.Kept.JobId], m.Url, m.Kept.DueAt, m.Then))];
    }

    private sealed record Kept(Guid Id, Guid JobId, Guid BranchId, DateTimeOffset Since, int? Minutes, int? Days, DateTimeOffset DueAt);
}
