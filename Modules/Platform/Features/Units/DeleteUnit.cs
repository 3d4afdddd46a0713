using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Units;

[Requires(PlatformPermissions.ManageUnits)]
internal sealed record DeleteUnitCommand(Guid Id) : ICommand;

internal sealed class DeleteUnitValidator : AbstractValidator<DeleteUnitCommand>
{
    public DeleteUnitValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteUnitHandler(PlatformDb db) : IRequestHandler<DeleteUnitCommand, Unit>
{
    public async Task<Unit> Handle(DeleteUnitCommand request, CancellationToken cancellationToken)
    {
        var unit = await db.Units.FirstOrDefaultAsync(u => u.Id == request.Id, cancellationToken) ?? throw new NotFound("unit", request.Id);
        if (await db.Units.AnyAsync(u => u.ParentId == unit.Id, cancellationToken)) throw new RuleBroken("units.has-units", "Other units lie below this one. Move them first.");
        db.Units.Remove(unit);
        return Unit.Value;
    }
}
