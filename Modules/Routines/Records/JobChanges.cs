using Crm.Core;
using Crm.Routines.Features.ChangeJobs;
using Crm.Routines.Features.Incidents;
using MediatR;

namespace Crm.Routines.Records;

internal sealed class JobChanges(IMediator mediator) : IRecordChanges
{
    public string Record => JobRecords.RecordKey;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => field switch
    {
        RecordVerb.Prefix + "retry" => mediator.Send(new RetryIncidentsCommand { JobIds = [.. ids] }, ct),
        RecordVerb.Prefix + "end" => mediator.Send(new EndJobsCommand(ids, values.FirstOrDefault()), ct),
        _ => mediator.Send(new SteerJobsCommand(ids, field, values), ct),
    };

    // Jobs are ended, not deleted: their history belongs to the customer.
    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => throw new NotFound("deletion", Record);
}
