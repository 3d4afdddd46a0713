using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.ShowMessage;

/// <summary>Tries a failed message again, with the same key at the gateway.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed record RetryMessageCommand(Guid Id) : ICommand;

internal sealed class RetryMessageValidator : AbstractValidator<RetryMessageCommand>
{
    public RetryMessageValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class RetryMessageHandler(MessagingDb db, MessageWriter writer, TimeProvider clock) : IRequestHandler<RetryMessageCommand, Unit>
{
    public async Task<Unit> Handle(RetryMessageCommand request, CancellationToken cancellationToken)
    {
        var message = await db.Messages.FirstOrDefaultAsync(m => m.Id == request.Id, cancellationToken) ?? throw new NotFound("message", request.Id);
        // The contact may have got an address since.
        if (message.Address.Length == 0 && message.State == MessageState.Failed) await writer.AddressAsync(message, cancellationToken);
        message.Retry(clock.GetUtcNow(), await writer.HasGatewayAsync(message.Channel, cancellationToken));
        return Unit.Value;
    }
}
