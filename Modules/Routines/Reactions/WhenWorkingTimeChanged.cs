using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Deadlines;

namespace Crm.Routines.Reactions;

/// <summary>Hours, a holiday or a closure changed: everything that was reckoned by the working time is reckoned again, in the background.</summary>
internal sealed class WhenWorkingTimeChanged(IBackgroundWork work) : IReactTo<WorkingTimeChanged>
{
    public Task ReactAsync(WorkingTimeChanged e, EventInfo info, CancellationToken ct)
    {
        // The day begins earlier in zones east of ours; a day too early only looks at more.
        var from = e.From.DayNumber < 2 ? DateTimeOffset.MinValue : new DateTimeOffset(e.From.AddDays(-1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return work.StartAsync(MoveDeadlinesJob.JobKey, new MoveDeadlinesArguments(from, e.Cause, e.Title), e.Title.Length > 0 ? e.Title : null, ct);
    }
}
