using Crm.Core;
using Crm.Routines.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>No new jobs start; running ones go on to their end on their version.</summary>
/// <returns>True when nothing was published.</returns>
[Requires(RoutinesPermissions.Publish)]
internal sealed record RetractRoutineCommand(Guid RoutineId) : ICommand<bool>;

internal sealed class RetractRoutineValidator : AbstractValidator<RetractRoutineCommand>
{
    public RetractRoutineValidator() => RuleFor(c => c.RoutineId).NotEmpty();
}

internal sealed class RetractRoutineHandler(RoutinesDb db, IEnumerable<IWhenPublished> listeners) : IRequestHandler<RetractRoutineCommand, bool>
{
    public async Task<bool> Handle(RetractRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        if (routine.PublishedVersionId is null) return true;
        await Publishing.RetractAsync(routine, listeners, cancellationToken);
        return false;
    }
}
