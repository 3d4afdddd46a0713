using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.ShowMessage;

/// <summary>Makes a draft with the same text to the same recipient: what was sent stays as it was.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed record CopyMessageCommand(Guid Id) : ICommand<Guid>;

internal sealed class CopyMessageValidator : AbstractValidator<CopyMessageCommand>
{
    public CopyMessageValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class CopyMessageHandler(MessagingDb db) : IRequestHandler<CopyMessageCommand, Guid>
{
    public async Task<Guid> Handle(CopyMessageCommand request, CancellationToken cancellationToken)
    {
        var m = await db.Messages.AsNoTracking().FirstOrDefaultAsync(x => x.Id == request.Id, cancellationToken) ?? throw new NotFound("message", request.Id);
        if (m.IsSealed) throw new RuleBroken("message.not-kept", "The text of this message was not kept; it can't be sent again.");
        var copy = new OutgoingMessage
        {
            Channel = m.Channel, Address = m.Address, RecipientName = m.RecipientName, ContactId = m.ContactId, UserId = m.UserId, TemplateId = m.TemplateId, Category = m.Category,
            Subject = m.Subject, Body = m.Body, Format = m.Format, Language = m.Language, BranchId = m.BranchId,
        };
        db.Add(copy);
        return copy.Id;
    }
}
