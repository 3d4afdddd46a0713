using Crm.Core;
using Crm.Messaging.Features.ChangeMessages;
using MediatR;

namespace Crm.Messaging.Records;

internal sealed class MessageChanges(IMediator mediator) : IRecordChanges
{
    public string Record => MessageRecords.RecordKey;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => mediator.Send(new ChangeMessagesCommand(ids, field), ct);

    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => throw new NotFound("deletion", Record);
}
