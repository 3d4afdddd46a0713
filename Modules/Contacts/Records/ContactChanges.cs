using Crm.Contacts.Features.ChangeContacts;
using Crm.Core;
using MediatR;

namespace Crm.Contacts.Records;

internal sealed class ContactChanges(IMediator mediator) : IRecordChanges
{
    public string Record => ContactRecords.RecordKey;

    public int Most => 2000;

    public Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct) => mediator.Send(new ChangeContactsCommand(ids, field, values), ct);

    public Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => mediator.Send(new DeleteContactsCommand(ids), ct);
}
