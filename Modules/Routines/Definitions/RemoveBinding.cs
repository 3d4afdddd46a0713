using Crm.Core;
using Crm.Routines.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>The routine no longer starts this way.</summary>
[Requires(RoutinesPermissions.Publish)]
internal sealed record RemoveBindingCommand(Guid RoutineId, Guid Id) : ICommand;

internal sealed class RemoveBindingValidator : AbstractValidator<RemoveBindingCommand>
{
    public RemoveBindingValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class RemoveBindingHandler(RoutinesDb db, IEnumerable<IWhenPublished> listeners) : IRequestHandler<RemoveBindingCommand, Unit>
{
    public async Task<Unit> Handle(RemoveBindingCommand request, CancellationToken cancellationToken)
    {
        var binding = await db.Set<RoutineBinding>().SingleOrDefaultAsync(b => b.Id == request.Id && b.RoutineId == request.RoutineId, cancellationToken) ?? throw new NotFound("binding", request.Id);
        db.Remove(binding);
        foreach (var listener in listeners) await listener.BindingsChangedAsync(request.RoutineId, cancellationToken);
        return Unit.Value;
    }
}
