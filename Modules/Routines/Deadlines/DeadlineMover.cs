using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Deadlines;

/// <summary>
/// Reckons moments again that were reckoned by the working time, after it changed: what open stages are due, their alarms, and waits for working time. The new moment follows from the beginning and the
/// planned time alone, so doing it twice changes nothing the second time.
/// </summary>
[BypassesSave("A batch of stages moves in the transaction that also saves how far the run came; rows are locked so that nobody finishes a stage meanwhile.")]
internal sealed class DeadlineMover(RoutinesDb db, IWorkingTime workingTime, AlarmPlan plan)
{
    public const int Batch = 200;

    /// <summary>What is due later than this may be different. The day begins earlier in zones east of ours; a day too early only looks at more.</summary>
    public static DateTimeOffset Since(DateOnly day) => day.DayNumber < 2 ? DateTimeOffset.MinValue : new DateTimeOffset(day.AddDays(-1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>Moves the next stages after <paramref name="after"/> that are due later than <paramref name="from"/>; the caller holds a transaction.</summary>
    /// <returns>The last stage looked at, null when there was none; how many those were, and how many moved.</returns>
    public async Task<(Guid? Last, int Looked, int Moved)> StagesAsync(Guid after, DateTimeOffset from, string cause, string why, DateTimeOffset now, CancellationToken ct)
    {
        var stages = await db.Stages.FromSql($"""
            select *, xmin from routines.stage_items where status = 'Open' and planned_minutes is not null and due_at > {from} and id > {after} order by id limit {Batch} for update
            """).IgnoreQueryFilters([Filters.Scope]).ToListAsync(ct);
        if (stages.Count == 0) return (null, 0, 0);
        Guid[] ids = [.. stages.Select(s => s.Id)];
        var alarms = (await db.Set<StageAlarm>().Where(a => ids.Contains(a.StageItemId)).ToListAsync(ct)).ToLookup(a => a.StageItemId);
        var moved = 0;
        foreach (var stage in stages)
        {
            var due = await workingTime.AddAsync(stage.OpenedAt, TimeSpan.FromMinutes(stage.PlannedMinutes!.Value), stage.BranchId, ct);
            if (due == stage.DueAt) continue;
            var old = stage.DueAt!.Value;
            stage.PlanFor(due);
            await MoveAlarmsAsync(stage, old, [.. alarms[stage.Id]], now, ct);
            db.Add(new StageEvent { StageItemId = stage.Id, At = now, Kind = StageEventKind.DueMoved, OldDueAt = old, NewDueAt = due, Cause = cause, Why = why });
            moved++;
        }

        return (stages[^1].Id, stages.Count, moved);
    }

    /// <summary>The same for jobs that wait for working time.</summary>
    public async Task<(Guid? Last, int Looked, int Moved)> WaitsAsync(Guid after, DateTimeOffset from, string cause, string why, DateTimeOffset now, CancellationToken ct)
    {
        var waits = await db.Set<WorkingWait>().FromSql($"select * from routines.working_waits where due_at > {from} and id > {after} order by id limit {Batch} for update").ToListAsync(ct);
        if (waits.Count == 0) return (null, 0, 0);
        var moved = 0;
        foreach (var wait in waits)
        {
            var due = await DueAsync(workingTime, wait.Since, wait.Minutes, wait.Days, wait.BranchId, ct);
            if (due == wait.DueAt) continue;
            db.Add(new StageEvent { StageItemId = wait.Id, At = now, Kind = StageEventKind.DueMoved, OldDueAt = wait.DueAt, NewDueAt = due, Cause = cause, Why = why });
            wait.DueAt = due;
            moved++;
        }

        return (waits[^1].Id, waits.Count, moved);
    }

    /// <summary>When a wait for working time is over.</summary>
    public static Task<DateTimeOffset> DueAsync(IWorkingTime workingTime, DateTimeOffset since, int? minutes, int? days, Guid branchId, CancellationToken ct) =>
        minutes is { } m ? workingTime.AddAsync(since, TimeSpan.FromMinutes(m), branchId, ct)
            : days is > 0 and var d ? workingTime.AddDaysAsync(since, d, branchId, ct) : workingTime.NextAsync(since, branchId, ct);

    // What was not told yet is told at its new moment, even at once. What was told already is told again only where its moment lies ahead once more.
    private async Task MoveAlarmsAsync(StageItem stage, DateTimeOffset old, List<StageAlarm> waiting, DateTimeOffset now, CancellationToken ct)
    {
        var atDue = stage.IsApproval ? AlarmKind.Timeout : AlarmKind.Due;
        var planned = (await plan.OfAsync(stage, atDue, ct)).ToDictionary(a => a.Kind, a => a.At);
        // Stages of an earlier release do not say how long before and after: those alarms keep their distance.
        foreach (var alarm in waiting.Where(a => !planned.ContainsKey(a.Kind))) planned[alarm.Kind] = stage.DueAt!.Value + (alarm.DueAt - old);
        foreach (var (kind, at) in planned)
        {
            var stands = waiting.Find(a => a.Kind == kind);
            if (stands is null && at <= now) continue;
            if (stands is not null) db.Remove(stands);
            // A new row of its own id: the tracker holds the old one under the derived id until the save.
            db.Add(new StageAlarm { Id = Guid.CreateVersion7(), StageItemId = stage.Id, Kind = kind, DueAt = at });
        }
    }
}
