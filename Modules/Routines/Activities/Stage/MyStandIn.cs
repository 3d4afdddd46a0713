using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Routines.Activities;

/// <summary>Whose work the user of this request does besides his own, asked once.</summary>
internal sealed class MyStandIn(IOrganisation organisation, ICurrentUser me, TimeProvider time)
{
    private StandIn? _standIn;

    public async ValueTask<StandIn> GetAsync(CancellationToken ct) => _standIn ??= me.Id is { } id ? await organisation.StandInAsync(id, time.GetUtcNow(), ct) : StandIn.Nobody;
}
