using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageRelations;

/// <summary>Takes a relation away, from whichever side; that it was there stays in the history.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record RemoveRelationCommand(Guid ContactId, Guid Id) : ICommand;

internal sealed class RemoveRelationValidator : AbstractValidator<RemoveRelationCommand>
{
    public RemoveRelationValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.Id).NotEmpty();
    }
}

internal sealed class RemoveRelationHandler(ContactsDb db) : IRequestHandler<RemoveRelationCommand, Unit>
{
    public async Task<Unit> Handle(RemoveRelationCommand command, CancellationToken cancellationToken)
    {
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.ContactId, cancellationToken) ?? throw new NotFound(nameof(Contact), command.ContactId);
        var relation = await db.Relations.SingleOrDefaultAsync(r => r.Id == command.Id && (r.ContactId == command.ContactId || r.OtherId == command.ContactId), cancellationToken)
            ?? throw new NotFound(nameof(ContactRelation), command.Id);
        db.Remove(relation);
        db.Touch(contact);
        return Unit.Value;
    }
}
