using Crm.Core;
using Crm.Routines.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Puts the routine into the recycle bin. Refused while jobs run on it: they would go on where nobody sees the drawing any more.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed record DeleteRoutineCommand(Guid RoutineId) : ICommand;

internal sealed class DeleteRoutineValidator : AbstractValidator<DeleteRoutineCommand>
{
    public DeleteRoutineValidator() => RuleFor(c => c.RoutineId).NotEmpty();
}

internal sealed class DeleteRoutineHandler(RoutinesDb db, IRoutineUse use, IEnumerable<IWhenPublished> listeners) : IRequestHandler<DeleteRoutineCommand, Unit>
{
    public async Task<Unit> Handle(DeleteRoutineCommand request, CancellationToken cancellationToken)
    {
        var routine = await db.Set<RoutineDefinition>().SingleOrDefaultAsync(d => d.Id == request.RoutineId, cancellationToken) ?? throw new NotFound("routine", request.RoutineId);
        var running = await use.RunningAsync([routine.Id], cancellationToken);
        if (running.GetValueOrDefault(routine.Id) is var n and > 0) throw new RuleBroken("routine.in-use", "{0} jobs of this routine are running. End them first, or only unpublish it: no new ones start then.", n);
        if (routine.PublishedVersionId is not null) await Publishing.RetractAsync(routine, listeners, cancellationToken);
        db.Remove(routine);
        return Unit.Value;
    }
}
