using Crm.Contacts.Features.ChangeCommunications;
using Crm.Contacts.Features.ChangeFollowUps;
using Crm.Core;
using MediatR;

namespace Crm.Contacts.Records;

internal sealed class CommunicationChanges(IMediator mediator) : IRecordChanges
{
    public string Record => CommunicationRecords.RecordKey;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => mediator.Send(new ChangeCommunicationsCommand(ids, field, values), ct);

    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => mediator.Send(new DeleteCommunicationsCommand(ids), ct);
}

internal sealed class FollowUpChanges(IMediator mediator) : IRecordChanges
{
    public string Record => FollowUpRecords.RecordKey;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => mediator.Send(new ChangeFollowUpsCommand(ids, field, values), ct);

    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => throw new NotFound("deletion", Record);
}
