using Crm.Core;
using Crm.Routines.Features.SeekPeople;
using MediatR;

namespace Crm.Routines.Jobs;

/// <summary>Every minute: a holder whose first day has come, a customer who got an expert, a role that got somebody.</summary>
internal sealed class SeekPeopleJob(IMediator mediator) : IScheduledJob
{
    public string Key => "routines.seek-people";

    public string Cron => "20 * * * * ?";

    public Task RunAsync(CancellationToken ct) => mediator.Send(new SeekPeopleCommand(), ct);
}
