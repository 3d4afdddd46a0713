using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeContact;

/// <summary>Puts a member of staff in charge of a customer.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record AssignExpertCommand(Guid ContactId, Guid? UserId) : ICommand;

internal sealed class AssignExpertValidator : AbstractValidator<AssignExpertCommand>
{
    public AssignExpertValidator() => RuleFor(c => c.ContactId).NotEmpty();
}

internal sealed class AssignExpertHandler(ContactsDb db, IUserDirectory users) : IRequestHandler<AssignExpertCommand, Unit>
{
    public async Task<Unit> Handle(AssignExpertCommand command, CancellationToken cancellationToken)
    {
        if (command.UserId is { } id && (await users.CardsAsync([id], cancellationToken)).GetValueOrDefault(id) is not { Active: true })
            throw new InvalidInput(nameof(command.UserId), "Choose one of the list.");
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.ContactId, cancellationToken)
            ?? throw new NotFound(nameof(Contact), command.ContactId);
        contact.SetOwner(command.UserId);
        return Unit.Value;
    }
}
