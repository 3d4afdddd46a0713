using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ChangeContact;

/// <summary>Which one of a contact's lists is set.</summary>
internal enum ContactMark
{
    Status,
    Rank,
    Type,
    Role,
    RoleRemoved,
}

/// <summary>Gives a contact another status, rank, type or role; what routines and the header of the customer's page do.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record ChangeContactStatusCommand(Guid ContactId, ContactMark Mark, Guid? ValueId) : ICommand;

internal sealed class ChangeContactStatusValidator : AbstractValidator<ChangeContactStatusCommand>
{
    public ChangeContactStatusValidator()
    {
        RuleFor(c => c.ContactId).NotEmpty();
        RuleFor(c => c.Mark).IsInEnum();
        RuleFor(c => c.ValueId).NotEmpty().When(c => c.Mark is ContactMark.Role or ContactMark.RoleRemoved);
    }
}

internal sealed class ChangeContactStatusHandler(ContactsDb db, BaseDataCache baseData) : IRequestHandler<ChangeContactStatusCommand, Unit>
{
    public async Task<Unit> Handle(ChangeContactStatusCommand command, CancellationToken cancellationToken)
    {
        var list = command.Mark switch
        {
            ContactMark.Status => BaseLists.Status,
            ContactMark.Rank => BaseLists.Rank,
            ContactMark.Type => BaseLists.Type,
            _ => BaseLists.Role,
        };
        if (!(await baseData.GetAsync(cancellationToken)).Has(list, command.ValueId)) throw new InvalidInput(nameof(command.ValueId), "Choose one of the list.");
        // The search entry is written with the contact, and it tells the numbers too.
        var contact = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.ContactId, cancellationToken)
            ?? throw new NotFound(nameof(Contact), command.ContactId);
        switch (command.Mark)
        {
            case ContactMark.Status: contact.SetStatus(command.ValueId); break;
            case ContactMark.Rank: contact.SetRank(command.ValueId); break;
            case ContactMark.Type: contact.SetType(command.ValueId); break;
            case ContactMark.Role: contact.AddRole(command.ValueId!.Value); break;
            case ContactMark.RoleRemoved: contact.RemoveRole(command.ValueId!.Value); break;
        }

        return Unit.Value;
    }
}
