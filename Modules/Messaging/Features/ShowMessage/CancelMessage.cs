using Crm.Core;
using Crm.Messaging.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.ShowMessage;

/// <summary>Keeps a message that has not left from leaving.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed record CancelMessageCommand(Guid Id) : ICommand;

internal sealed class CancelMessageValidator : AbstractValidator<CancelMessageCommand>
{
    public CancelMessageValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class CancelMessageHandler(MessagingDb db) : IRequestHandler<CancelMessageCommand, Unit>
{
    public async Task<Unit> Handle(CancelMessageCommand request, CancellationToken cancellationToken)
    {
        var message = await db.Messages.FirstOrDefaultAsync(m => m.Id == request.Id, cancellationToken) ?? throw new NotFound("message", request.Id);
        message.Cancel();
        return Unit.Value;
    }
}
