using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Deadlines;

namespace Crm.Routines.Reactions;

/// <summary>Hours, a holiday or a closure changed: everything that was reckoned by the working time is reckoned again, in the background.</summary>
internal sealed class WhenWorkingTimeChanged(IBackgroundWork work) : IReactTo<WorkingTimeChanged>
{
    public Task ReactAsync(WorkingTimeChanged e, EventInfo info, CancellationToken ct) =>
        work.StartAsync(MoveDeadlinesJob.JobKey, new MoveDeadlinesArguments(DeadlineMover.Since(e.From), e.Cause, e.Title), e.Title.Length > 0 ? e.Title : null, ct);
}
