using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.ChangeMessages;

/// <summary>Tries some failed messages again, or keeps some from being sent: what a list does to many. Answers how many.</summary>
[Requires(MessagingPermissions.Send)]
internal sealed record ChangeMessagesCommand(IReadOnlyCollection<Guid> Ids, string Verb) : ICommand<int>;

internal sealed class ChangeMessagesValidator : AbstractValidator<ChangeMessagesCommand>
{
    public ChangeMessagesValidator()
    {
        RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
        RuleFor(c => c.Verb).NotEmpty();
    }
}

internal sealed class ChangeMessagesHandler(MessagingDb db, MessageWriter writer, TimeProvider clock) : IRequestHandler<ChangeMessagesCommand, int>
{
    public async Task<int> Handle(ChangeMessagesCommand request, CancellationToken cancellationToken)
    {
        var retry = request.Verb switch { RecordVerb.Prefix + "retry" => true, RecordVerb.Prefix + "cancel" => false, _ => throw new NotFound("field", request.Verb) };
        var messages = await db.Messages.Where(m => request.Ids.Contains(m.Id)).ToListAsync(cancellationToken);
        if (messages.Count == 0) throw new NotFound("message", request.Ids.First());
        foreach (var message in messages)
        {
            if (!retry)
            {
                message.Cancel();
                continue;
            }

            // The contact may have got an address since.
            if (message.Address.Length == 0 && message.State == MessageState.Failed) await writer.AddressAsync(message, cancellationToken);
            message.Retry(clock.GetUtcNow(), await writer.HasGatewayAsync(message.Channel, cancellationToken));
        }

        return messages.Count;
    }
}
