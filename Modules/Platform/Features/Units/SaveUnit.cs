using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Units;

/// <summary>Adds a unit of the organisation chart (no id) or changes one.</summary>
[Requires(PlatformPermissions.ManageUnits)]
[Unique("ux_units_parent_id_name", nameof(Name), "There is a unit of this name already.")]
internal sealed record SaveUnitCommand : ICommand<Guid>
{
    public Guid? Id { get; init; }

    public uint? Version { get; init; }

    [Display(Name = "Name")]
    public string Name { get; init; } = "";

    [Display(Name = "Belongs to")]
    public Guid? ParentId { get; init; }

    [Display(Name = "Head")]
    public Guid? HeadId { get; init; }

    [Display(Name = "Members")]
    public List<Guid> MemberIds { get; init; } = [];
}

internal sealed class SaveUnitValidator : AbstractValidator<SaveUnitCommand>
{
    public SaveUnitValidator()
    {
        RuleFor(c => c.Name).NotEmpty().MaximumLength(120);
        RuleFor(c => c.MemberIds).Must(m => m.Count <= 1000).WithMessage("Choose one of the list.");
    }
}

internal sealed class SaveUnitHandler(PlatformDb db) : IRequestHandler<SaveUnitCommand, Guid>
{
    public async Task<Guid> Handle(SaveUnitCommand request, CancellationToken cancellationToken)
    {
        var units = await db.Units.ToListAsync(cancellationToken);
        var unit = request.Id is { } id ? units.Find(u => u.Id == id) ?? throw new NotFound("unit", id) : new OrgUnit(request.Name);
        if (request.Id is null) db.Units.Add(unit);
        else db.ExpectVersion(unit, request.Version);

        for (var up = request.ParentId; up is not null; up = units.Find(u => u.Id == up)?.ParentId)
        {
            if (up == unit.Id) throw new InvalidInput(nameof(request.ParentId), "A unit can't lie below itself.");
            if (!units.Exists(u => u.Id == up)) throw new InvalidInput(nameof(request.ParentId), "Choose one of the list.");
        }

        List<Guid> members = [.. request.MemberIds.Distinct().Where(m => m != request.HeadId).Order()];
        Guid[] people = [.. members, .. request.HeadId is { } head ? [head] : Array.Empty<Guid>()];
        // Members of other branches belong to a unit as well, whoever draws the chart. Who has left stays until he is taken out.
        var known = await db.Users.IgnoreQueryFilters([Filters.Branch]).Where(u => people.Contains(u.Id)).Select(u => new { u.Id, u.Active }).ToListAsync(cancellationToken);
        if (people.Any(p => known.Find(k => k.Id == p) is not { } who || (!who.Active && !unit.People.Contains(p)))) throw new InvalidInput(nameof(request.MemberIds), "Choose one of the list.");

        unit.Name = request.Name;
        unit.ParentId = request.ParentId;
        unit.HeadId = request.HeadId;
        unit.MemberIds = members;
        return unit.Id;
    }
}
