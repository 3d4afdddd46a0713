using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierCriteria;

/// <summary>Moves a criterion one place up or down.</summary>
[Requires(ContactsPermissions.ManageCriteria)]
internal sealed record MoveCriterionCommand(Guid Id, bool Down) : ICommand;

internal sealed class MoveCriterionValidator : AbstractValidator<MoveCriterionCommand>
{
    public MoveCriterionValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class MoveCriterionHandler(ContactsDb db) : IRequestHandler<MoveCriterionCommand, Unit>
{
    public async Task<Unit> Handle(MoveCriterionCommand command, CancellationToken cancellationToken)
    {
        var all = await db.Criteria.OrderBy(c => c.Order).ThenBy(c => c.Id).ToListAsync(cancellationToken);
        var at = all.FindIndex(c => c.Id == command.Id);
        if (at < 0) throw new NotFound(nameof(SupplierCriterion), command.Id);
        var to = at + (command.Down ? 1 : -1);
        if (to < 0 || to >= all.Count) return Unit.Value;
        (all[at], all[to]) = (all[to], all[at]);
        for (var i = 0; i < all.Count; i++) all[i].Move((i + 1) * 10);
        return Unit.Value;
    }
}
