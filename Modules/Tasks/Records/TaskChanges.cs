using Crm.Core;
using Crm.Tasks.Features.ChangeTasks;
using MediatR;

namespace Crm.Tasks.Records;

internal sealed class TaskChanges(IMediator mediator) : IRecordChanges
{
    public string Record => TaskRecords.RecordKey;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => mediator.Send(new ChangeTasksCommand(ids, field, values), ct);

    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => mediator.Send(new DeleteTasksCommand(ids), ct);
}
