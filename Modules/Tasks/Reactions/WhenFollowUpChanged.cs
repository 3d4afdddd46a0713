using Crm.Contacts.Contracts;
using Crm.Core;

namespace Crm.Tasks.Reactions;

/// <summary>A follow-up came or went: the worklist of its person changed.</summary>
[ReachesOut]
internal sealed class WhenFollowUpChanged(ILivePush live) : IReactTo<FollowUpChanged>
{
    public Task ReactAsync(FollowUpChanged e, EventInfo info, CancellationToken ct) => live.PushAsync([e.AssigneeId], "worklist", ct: ct);
}
