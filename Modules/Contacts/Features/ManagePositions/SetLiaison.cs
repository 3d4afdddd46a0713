using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManagePositions;

/// <summary>Marks whom one talks to in a company: one of those who hold a post there now. Null takes the mark away.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record SetLiaisonCommand(Guid CompanyId, Guid? PersonId) : ICommand;

internal sealed class SetLiaisonValidator : AbstractValidator<SetLiaisonCommand>
{
    public SetLiaisonValidator() => RuleFor(c => c.CompanyId).NotEmpty();
}

internal sealed class SetLiaisonHandler(ContactsDb db) : IRequestHandler<SetLiaisonCommand, Unit>
{
    public async Task<Unit> Handle(SetLiaisonCommand command, CancellationToken cancellationToken)
    {
        var company = await db.Contacts.Include(c => c.Phones).SingleOrDefaultAsync(c => c.Id == command.CompanyId && c.Kind == ContactKind.Company, cancellationToken) ?? throw new NotFound(nameof(Contact), command.CompanyId);
        if (command.PersonId is { } person && !await db.Contacts.AnyAsync(c => c.Id == person && c.Positions.Any(p => p.CompanyId == company.Id && p.To == null), cancellationToken))
            throw new RuleBroken("contact.liaison-elsewhere", "Only somebody who works in the company now can be its liaison.");
        company.SetLiaison(command.PersonId);
        return Unit.Value;
    }
}
