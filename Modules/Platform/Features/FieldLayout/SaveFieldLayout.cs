using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.FieldLayout;

/// <summary>Arranges the custom fields of a record: for everybody, or for one role.</summary>
[Requires(PlatformPermissions.ManageFields)]
internal sealed record SaveFieldLayoutCommand : ICommand
{
    public string Record { get; init; } = "";

    /// <summary>The role; null for everybody.</summary>
    public Guid? RoleId { get; init; }

    /// <summary>The role has no arrangement of its own any more.</summary>
    public bool Reset { get; init; }

    public List<FieldRow> Rows { get; init; } = [];
}

internal sealed record FieldRow
{
    public Guid Id { get; init; }

    /// <summary>Place on the form, from 1.</summary>
    public int Place { get; init; }

    public string? Section { get; init; }

    public FieldRule Rule { get; init; }

    public bool Required { get; init; }
}

internal sealed class SaveFieldLayoutValidator : AbstractValidator<SaveFieldLayoutCommand>
{
    public SaveFieldLayoutValidator()
    {
        RuleFor(c => c.Rows).Must(r => r.Count <= 500).WithMessage("Too many values.");
        RuleForEach(c => c.Rows).ChildRules(row =>
        {
            row.RuleFor(r => r.Section).MaximumLength(100);
            row.RuleFor(r => r.Place).InclusiveBetween(1, 1000);
            row.RuleFor(r => r.Rule).IsInEnum();
            row.RuleFor(r => r.Rule).Must((r, rule) => rule == FieldRule.Open || !r.Required).WithMessage("Who can't change a field can't be made to fill it.");
        });
    }
}

internal sealed class SaveFieldLayoutHandler(PlatformDb db, IRecordTypes types, IUserDirectory users) : IRequestHandler<SaveFieldLayoutCommand, Unit>
{
    public async Task<Unit> Handle(SaveFieldLayoutCommand request, CancellationToken cancellationToken)
    {
        if (types.Find(request.Record) is not { HasCustomFields: true }) throw new NotFound("record", request.Record);
        if (request.RoleId is { } known && (await users.RolesAsync(cancellationToken)).All(r => r.Id != known)) throw new InvalidInput(nameof(request.RoleId), "Choose one of the list.");
        var fields = await db.CustomFields.Where(f => f.Record == request.Record && f.Active).ToListAsync(cancellationToken);
        // Places may be typed twice or with gaps; what counts is their order.
        var rows = request.Rows.OrderBy(r => r.Place).Where(r => fields.Exists(f => f.Id == r.Id)).DistinctBy(r => r.Id).ToList();
        foreach (var field in fields)
        {
            var at = rows.FindIndex(r => r.Id == field.Id);
            if (request.RoleId is not { } role)
            {
                if (at >= 0) (field.Order, field.Section, field.Required) = (at, rows[at].Section, rows[at].Required && field.Kind != FieldType.Formula);
            }
            else
            {
                field.SetLayout(role, request.Reset || at < 0 ? null : new(at, rows[at].Section, rows[at].Rule, rows[at].Required && field.Kind != FieldType.Formula));
            }
        }

        return Unit.Value;
    }
}
