using Crm.Core;
using Crm.Routines.Activities;
using MediatR;

namespace Crm.Routines.Features.SeekPeople;

/// <summary>Gives stages without hands to whoever is there by now. Answers how many were looked at.</summary>
[Requires(RoutinesPermissions.Steer)]
internal sealed record SeekPeopleCommand : ICommand<int>;

internal sealed class SeekPeopleHandler(StageSeeker seeker, TimeProvider time) : IRequestHandler<SeekPeopleCommand, int>
{
    public async Task<int> Handle(SeekPeopleCommand command, CancellationToken cancellationToken)
    {
        await seeker.FollowPostsAsync(time.GetUtcNow(), cancellationToken);
        await seeker.LoseAsync(time.GetUtcNow(), cancellationToken);
        return await seeker.SeekAsync(time.GetUtcNow(), cancellationToken);
    }
}
