using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierCriteria;

/// <summary>Adds a criterion that suppliers are scored by, or changes one. Scores given before keep the weight of their day.</summary>
[Requires(ContactsPermissions.ManageCriteria)]
[Unique("ux_supplier_criteria_folded", nameof(Title), "There is a criterion of this name already.")]
internal sealed record SaveCriterionCommand : ICommand<Guid>
{
    /// <summary>Null for a new one.</summary>
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    public string? Title { get; init; }

    public string? EnglishTitle { get; init; }

    public string? Description { get; init; }

    public int? Weight { get; init; }

    public bool Active { get; init; } = true;
}

internal sealed class SaveCriterionValidator : AbstractValidator<SaveCriterionCommand>
{
    public SaveCriterionValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(120);
        RuleFor(c => c.EnglishTitle).MaximumLength(120);
        RuleFor(c => c.Description).MaximumLength(500);
        RuleFor(c => c.Weight).NotNull();
        RuleFor(c => c.Weight).InclusiveBetween(1, SupplierCriterion.MostWeight);
    }
}

internal sealed class SaveCriterionHandler(ContactsDb db) : IRequestHandler<SaveCriterionCommand, Guid>
{
    public async Task<Guid> Handle(SaveCriterionCommand command, CancellationToken cancellationToken)
    {
        if (command.Id is not { } id)
        {
            var last = await db.Criteria.MaxAsync(c => (int?)c.Order, cancellationToken) ?? 0;
            var added = new SupplierCriterion(command.Title!, command.EnglishTitle, command.Description, command.Weight!.Value, last + 10);
            db.Add(added);
            return added.Id;
        }

        var criterion = await db.Criteria.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) ?? throw new NotFound(nameof(SupplierCriterion), id);
        db.ExpectVersion(criterion, command.Version);
        criterion.Change(command.Title!, command.EnglishTitle, command.Description, command.Weight!.Value, command.Active);
        return criterion.Id;
    }
}
