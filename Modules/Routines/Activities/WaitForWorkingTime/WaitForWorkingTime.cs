using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Deadlines;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Activities;

/// <summary>What working time is waited for.</summary>
internal enum WorkingWaitFor
{
    /// <summary>Until so many working hours have passed.</summary>
    WorkingHours,

    /// <summary>So many working days, at the same time of day.</summary>
    WorkingDays,

    /// <summary>Until the next working moment; not at all when there is work now.</summary>
    NextWorkingMoment,
}

internal sealed record WaitForWorkingTimeInput
{
    [Input("Wait for", Default = "WorkingHours")]
    public WorkingWaitFor For { get; set; }

    [Input("How many", Description = "Working hours or days. Evenings, weekends, holidays and closures of the job's branch do not count.", Default = "1")]
    public decimal? Amount { get; set; } = 1;

    /// <exception cref="RuleBroken">There is nothing to wait for, or too much.</exception>
    public void Check()
    {
        if (For != WorkingWaitFor.NextWorkingMoment && Amount is not (> 0 and <= 20_000)) throw new RuleBroken("wait.amount", "Say how many working hours or days to wait: more than 0, at most 20,000.");
    }

    /// <summary>Minutes or days to wait, of what was checked.</summary>
    public (int? Minutes, int? Days) Amounts() => (
        For == WorkingWaitFor.WorkingHours ? (int)Math.Ceiling(Amount!.Value * 60) : null,
        For switch { WorkingWaitFor.WorkingDays => (int)Math.Ceiling(Amount!.Value), WorkingWaitFor.NextWorkingMoment => 0, _ => null });
}

/// <summary>Waits for working time of the job's branch. The moment lies in a row of its own, so that it moves when the calendar changes.</summary>
[Activity(TypeName, Title = "Wait for working time", Description = "Goes on after so many working hours or days, or when work begins next.", Category = "Routine", Icon = "calendar-time", Order = 3)]
internal sealed class WaitForWorkingTime(RoutinesDb db, IWorkingTime workingTime) : Activity<WaitForWorkingTimeInput>
{
    public const string TypeName = "Crm.WaitForWorkingTime";

    public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done];

    protected override async Task<ActivityResult> RunAsync(WaitForWorkingTimeInput input, ActivityContext context, CancellationToken ct)
    {
        input.Check();
        var (minutes, days) = input.Amounts();
        var due = await DeadlineMover.DueAsync(workingTime, context.Now, minutes, days, context.BranchId, ct);
        if (due <= context.Now) return ActivityResult.Go(Outcome.Done);
        db.Add(new WorkingWait { Id = context.ExecutionId, JobId = context.JobId, BranchId = context.BranchId, Since = context.Now, Minutes = minutes, Days = days, DueAt = due });
        return ActivityResult.Wait("Waits for working time");
    }

    public override async Task CancelAsync(ActivityContext context, CancellationToken ct)
    {
        if (await db.Set<WorkingWait>().FirstOrDefaultAsync(w => w.Id == context.ExecutionId, ct) is { } wait) db.Remove(wait);
    }
}
