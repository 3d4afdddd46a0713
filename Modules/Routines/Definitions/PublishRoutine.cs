using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>New jobs take the newest version from now on; running ones stay on theirs.</summary>
/// <returns>True when it was published already.</returns>
[Requires(RoutinesPermissions.Publish)]
internal sealed record PublishRoutineCommand(Guid RoutineId) : ICommand<bool>;

internal sealed class PublishRoutineValidator : AbstractValidator<PublishRoutineCommand>
{
    public PublishRoutineValidator() => RuleFor(c => c.RoutineId).NotEmpty();
}

internal sealed class PublishRoutineHandler(RoutinesDb db, IActivityCatalog catalog, RoutineBoxes boxes, IEnumerable<IWhenPublished> listeners, ICurrentUser user, TimeProvider time) : IRequestHandler<PublishRoutineCommand, bool>
{
    public async Task<bool> Handle(PublishRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        if (routine.PublishedVersionId == routine.LatestVersionId) return true;
        var version = await db.Set<RoutineVersion>().SingleAsync(v => v.Id == routine.LatestVersionId, cancellationToken);
        var definition = WorkflowDefinition.Parse(version.Json);
        var compiled = Publishing.Check(definition, catalog);
        if (await boxes.MissingAsync(definition, cancellationToken) is { Count: > 0 } missing) throw new InvalidInput(missing);
        await Publishing.PublishAsync(routine, version, compiled, listeners, user, time, cancellationToken);
        return false;
    }
}
