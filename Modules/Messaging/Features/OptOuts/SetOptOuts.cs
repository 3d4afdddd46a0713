using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.OptOuts;

/// <summary>Which channels a contact does not want to be written to on.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed class SetOptOutsCommand : ICommand
{
    public Guid ContactId { get; set; }

    public bool NoSms { get; set; }

    public bool NoEmail { get; set; }
}

internal sealed class SetOptOutsValidator : AbstractValidator<SetOptOutsCommand>
{
    public SetOptOutsValidator() => RuleFor(c => c.ContactId).NotEmpty();
}

internal sealed class SetOptOutsHandler(MessagingDb db, IContactDirectory contacts) : IRequestHandler<SetOptOutsCommand, Unit>
{
    public async Task<Unit> Handle(SetOptOutsCommand request, CancellationToken cancellationToken)
    {
        if (!(await contacts.CardsAsync([request.ContactId], cancellationToken)).ContainsKey(request.ContactId)) throw new NotFound("contact", request.ContactId);
        var have = await db.OptOuts.Where(o => o.ContactId == request.ContactId).ToListAsync(cancellationToken);
        foreach (var (channel, off) in new[] { (MessageChannel.Sms, request.NoSms), (MessageChannel.Email, request.NoEmail) })
        {
            var row = have.Find(o => o.Channel == channel);
            if (off && row is null) db.Add(new OptOut { ContactId = request.ContactId, Channel = channel });
            else if (!off && row is not null) db.Remove(row);
        }

        return Unit.Value;
    }
}
