using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;

namespace Crm.Routines.Reactions;

/// <summary>Somebody came into a post or a role, or left: stages without hands find theirs, and those whose people are gone stand open for all in charge to see.</summary>
internal sealed class WhenOrganisationChanged(StageSeeker seeker, TimeProvider time) : IReactTo<OrganisationChanged>
{
    public async Task ReactAsync(OrganisationChanged e, EventInfo info, CancellationToken ct)
    {
        await seeker.FollowPostsAsync(time.GetUtcNow(), ct);
        await seeker.LoseAsync(time.GetUtcNow(), ct);
        await seeker.SeekAsync(time.GetUtcNow(), ct);
    }
}
