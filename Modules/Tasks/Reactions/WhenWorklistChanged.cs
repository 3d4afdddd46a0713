using Crm.Core;
using Crm.Tasks.Contracts;

namespace Crm.Tasks.Reactions;

/// <summary>Tells the open pages of those whose worklist changed.</summary>
[ReachesOut]
internal sealed class WhenWorklistChanged(ILivePush live) : IReactTo<WorklistChanged>
{
    public Task ReactAsync(WorklistChanged e, EventInfo info, CancellationToken ct) => live.PushAsync([.. e.UserIds.Distinct()], "worklist", ct: ct);
}
