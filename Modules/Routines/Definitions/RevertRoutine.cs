using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Makes the drawing of an older version the newest draft. A draft that stood there stays in the history.</summary>
/// <returns>The new version.</returns>
[Requires(RoutinesPermissions.Design)]
internal sealed record RevertRoutineCommand(Guid RoutineId, int Number) : ICommand<Guid>;

internal sealed class RevertRoutineValidator : AbstractValidator<RevertRoutineCommand>
{
    public RevertRoutineValidator()
    {
        RuleFor(c => c.RoutineId).NotEmpty();
        RuleFor(c => c.Number).GreaterThan(0);
    }
}

internal sealed class RevertRoutineHandler(RoutinesDb db) : IRequestHandler<RevertRoutineCommand, Guid>
{
    public async Task<Guid> Handle(RevertRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        var old = await db.Set<RoutineVersion>().AsNoTracking().SingleOrDefaultAsync(v => v.RoutineId == routine.Id && v.Number == request.Number, cancellationToken) ?? throw new NotFound("routine version", request.Number);
        var definition = WorkflowDefinition.Parse(old.Json);
        var version = db.Add(new RoutineVersion(routine.Id, routine.LatestNumber + 1, null)).Entity;
        definition.Id = version.VersionId;
        definition.Version = version.Number;
        version.Draw(definition);
        routine.LatestVersionId = version.Id;
        routine.LatestNumber = version.Number;
        routine.Name = version.Name;
        routine.Description = definition.Description;
        return version.Id;
    }
}
