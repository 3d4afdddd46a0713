using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using FluentValidation;
using MediatR;

namespace Crm.Contacts.Features.ManagePositions;

/// <summary>Takes away a post that was written by mistake; one that came to its end is given its last day instead.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record RemovePositionCommand(Guid PersonId, Guid Id) : ICommand;

internal sealed class RemovePositionValidator : AbstractValidator<RemovePositionCommand>
{
    public RemovePositionValidator()
    {
        RuleFor(c => c.PersonId).NotEmpty();
        RuleFor(c => c.Id).NotEmpty();
    }
}

internal sealed class RemovePositionHandler(ContactsDb db) : IRequestHandler<RemovePositionCommand, Unit>
{
    public async Task<Unit> Handle(RemovePositionCommand command, CancellationToken cancellationToken)
    {
        var person = await db.LoadContactAsync(command.PersonId, cancellationToken) ?? throw new NotFound(nameof(Contact), command.PersonId);
        if (!person.RemovePosition(command.Id)) throw new NotFound(nameof(ContactPosition), command.Id);
        await PresentPosts.AgreeAsync(db, person, cancellationToken);
        db.Touch(person);
        return Unit.Value;
    }
}
