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

internal sealed class PublishRoutineHandler(RoutinesDb db, IActivityCatalog catalog, IEnumerable<IWhenPublished> listeners, ICurrentUser user, TimeProvider time) : IRequestHandler<PublishRoutineCommand, bool>
{
    public async Task<bool> Handle(PublishRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        if (routine.PublishedVersionId == routine.LatestVersionId) return true;
        var version = await db.Set<RoutineVersion>().SingleAsync(v => v.Id == routine.LatestVersionId, cancellationToken);
        await Publishing.PublishAsync(routine, version, Publishing.Check(WorkflowDefinition.Parse(version.Json), catalog), listeners, user, time, cancellationToken);
        return false;
    }
}
