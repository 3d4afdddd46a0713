using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.StuckMessages;

/// <summary>Gives a stuck message up for good. The reason and the message stand in the history.</summary>
[Requires(PlatformPermissions.ManageOutbox)]
internal sealed record DiscardMessageCommand : ICommand
{
    public Guid Id { get; init; }

    [Display(Name = "Reason")]
    public string Reason { get; init; } = "";
}

internal sealed class DiscardMessageValidator : AbstractValidator<DiscardMessageCommand>
{
    public DiscardMessageValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Reason).NotEmpty().MaximumLength(300);
    }
}

internal sealed class DiscardMessageHandler(PlatformDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<DiscardMessageCommand, Unit>
{
    public async Task<Unit> Handle(DiscardMessageCommand request, CancellationToken cancellationToken)
    {
        // Only what nobody delivers at this moment: a stuck row is never claimed.
        var row = await db.Outbox.FirstOrDefaultAsync(o => o.Id == request.Id && o.Stuck, cancellationToken) ?? throw new NotFound("message", request.Id);
        db.Outbox.Remove(row);
        db.Audit.Add(new AuditRow
        {
            At = time.GetUtcNow(), UserId = me.Id, UserName = me.Name, Through = me.Through, Command = "DiscardMessage", Entity = "platform.Message", EntityId = row.Id, Action = "D",
            Changes = JsonSerializer.Serialize(new Dictionary<string, string?[]> { ["event"] = [row.Name, null], ["receiver"] = [row.Reactor, null], ["error"] = [row.Error, null], ["content"] = [row.Payload, null], ["reason"] = [null, request.Reason] }),
        });
        return Unit.Value;
    }
}
