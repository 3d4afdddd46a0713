using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

internal enum FollowUpStep
{
    Done,
    Postpone,
    Cancel,
}

/// <summary>Brings a follow-up to its end without a communication, puts it off, or cancels it.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed record EndFollowUpCommand : ICommand
{
    public Guid Id { get; init; }

    public FollowUpStep Step { get; init; }

    /// <summary>The new moment, when it is put off.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Why it is cancelled.</summary>
    public string? Reason { get; init; }
}

internal sealed class EndFollowUpValidator : AbstractValidator<EndFollowUpCommand>
{
    public EndFollowUpValidator(TimeProvider time)
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Step).IsInEnum();
        RuleFor(c => c.Reason).MaximumLength(500);
        RuleFor(c => c.DueAt).Must(d => d > time.GetUtcNow()).When(c => c.Step == FollowUpStep.Postpone).WithMessage("A follow-up lies in the future.");
    }
}

internal sealed class EndFollowUpHandler(ContactsDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<EndFollowUpCommand, Unit>
{
    public async Task<Unit> Handle(EndFollowUpCommand command, CancellationToken cancellationToken)
    {
        var followUp = await db.FollowUps.SingleOrDefaultAsync(f => f.Id == command.Id, cancellationToken) ?? throw new NotFound(nameof(FollowUp), command.Id);
        switch (command.Step)
        {
            case FollowUpStep.Done: followUp.Done(me.Id, time.GetUtcNow(), null); break;
            case FollowUpStep.Postpone: followUp.Postpone(command.DueAt!.Value); break;
            case FollowUpStep.Cancel: followUp.Cancel(me.Id, time.GetUtcNow(), command.Reason); break;
        }

        return Unit.Value;
    }
}
