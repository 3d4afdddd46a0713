using Crm.Core;
using Crm.Routines.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Throws a draft away. What was published once stays: jobs and their traces refer to it.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed record DeleteVersionCommand(Guid VersionId) : ICommand;

internal sealed class DeleteVersionValidator : AbstractValidator<DeleteVersionCommand>
{
    public DeleteVersionValidator() => RuleFor(c => c.VersionId).NotEmpty();
}

internal sealed class DeleteVersionHandler(RoutinesDb db) : IRequestHandler<DeleteVersionCommand, Unit>
{
    public async Task<Unit> Handle(DeleteVersionCommand request, CancellationToken cancellationToken)
    {
        var version = await db.Set<RoutineVersion>().SingleOrDefaultAsync(v => v.Id == request.VersionId, cancellationToken) ?? throw new NotFound("routine version", request.VersionId);
        if (version.IsFrozen) throw new RuleBroken("routine.version-published", "Version {0} was published; it stays, because jobs and their history refer to it.", version.Number);
        var routine = await db.Set<RoutineDefinition>().SingleAsync(d => d.Id == version.RoutineId, cancellationToken);
        if (routine.LatestVersionId == version.Id)
        {
            var before = await db.Set<RoutineVersion>().Where(v => v.RoutineId == routine.Id && v.Id != version.Id).OrderByDescending(v => v.Number).FirstOrDefaultAsync(cancellationToken)
                ?? throw new RuleBroken("routine.only-version", "This is the only version; delete the routine instead.");
            routine.LatestVersionId = before.Id;
            routine.LatestNumber = before.Number;
            routine.Name = before.Name;
        }

        db.Remove(version);
        return Unit.Value;
    }
}
