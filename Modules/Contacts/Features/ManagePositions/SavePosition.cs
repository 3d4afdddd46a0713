using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManagePositions;

/// <summary>Adds a post of a person, or changes one: which, from when, until when. Several may be held at once.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed record SavePositionCommand : ICommand<Guid>
{
    /// <summary>The post; null for a new one.</summary>
    public Guid? Id { get; init; }

    public Guid? PersonId { get; init; }

    /// <summary>Stays what it is when a post is changed: another company is another post.</summary>
    public Guid? CompanyId { get; init; }

    public Guid? PositionId { get; init; }

    public Guid? DepartmentId { get; init; }

    public DateOnly? From { get; init; }

    /// <summary>Last day; null while it is held.</summary>
    public DateOnly? To { get; init; }
}

internal sealed class SavePositionValidator : AbstractValidator<SavePositionCommand>
{
    public SavePositionValidator(TimeProvider time)
    {
        RuleFor(c => c.PersonId).NotEmpty();
        RuleFor(c => c.CompanyId).NotEmpty().When(c => c.Id is null);
        RuleFor(c => c.From).Must(d => d!.Value.Year is > 1800 and < 2200).When(c => c.From is not null).WithMessage("This is not a date.");
        RuleFor(c => c.To).Must((c, to) => c.From is null || to >= c.From).When(c => c.To is not null).WithMessage("A post ends on or after the day it began.");
        RuleFor(c => c.To).Must(to => to <= DateView.Of(null).DayOf(time.GetUtcNow())).When(c => c.To is not null).WithMessage("Leave the end empty as long as the post is held.");
    }
}

internal sealed class SavePositionHandler(ContactsDb db, BaseDataCache baseData, TimeProvider time, DateView dates) : IRequestHandler<SavePositionCommand, Guid>
{
    public async Task<Guid> Handle(SavePositionCommand command, CancellationToken cancellationToken)
    {
        var person = await db.LoadContactAsync(command.PersonId!.Value, cancellationToken) is { Kind: ContactKind.Person } p ? p : throw new InvalidInput(nameof(command.PersonId), "Choose one of the list.");
        var lists = await baseData.GetAsync(cancellationToken);
        if (!lists.Has(BaseLists.Position, command.PositionId)) throw new InvalidInput(nameof(command.PositionId), "Choose one of the list.");
        if (!lists.Has(BaseLists.Department, command.DepartmentId)) throw new InvalidInput(nameof(command.DepartmentId), "Choose one of the list.");
        Guid id;
        if (command.Id is { } known)
        {
            id = person.ChangePosition(known, command.PositionId, command.DepartmentId, command.From, command.To) ?? throw new NotFound(nameof(ContactPosition), known);
        }
        else
        {
            var company = await db.Contacts.Where(c => c.Id == command.CompanyId && c.Kind == ContactKind.Company).Select(c => (Guid?)c.Id).SingleOrDefaultAsync(cancellationToken)
                ?? throw new InvalidInput(nameof(command.CompanyId), "Choose one of the list.");
            id = person.AddPosition(company, command.PositionId, command.DepartmentId, command.From ?? dates.DayOf(time.GetUtcNow()), command.To);
        }

        await PresentPosts.AgreeAsync(db, person, cancellationToken);
        db.Touch(person);
        return id;
    }
}
