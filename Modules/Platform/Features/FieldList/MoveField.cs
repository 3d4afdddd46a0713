using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.FieldList;

/// <summary>Changes places with the neighbour.</summary>
[Requires(PlatformPermissions.ManageFields)]
internal sealed record MoveFieldCommand(Guid Id, bool Up) : ICommand;

internal sealed class MoveFieldValidator : AbstractValidator<MoveFieldCommand>
{
    public MoveFieldValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class MoveFieldHandler(PlatformDb db) : IRequestHandler<MoveFieldCommand, Unit>
{
    public async Task<Unit> Handle(MoveFieldCommand request, CancellationToken cancellationToken)
    {
        var field = await db.CustomFields.FirstOrDefaultAsync(f => f.Id == request.Id, cancellationToken) ?? throw new NotFound("custom field", request.Id);
        var all = await db.CustomFields.Where(f => f.Record == field.Record).OrderBy(f => f.Order).ThenBy(f => f.Id).ToListAsync(cancellationToken);
        var at = all.IndexOf(field);
        var to = request.Up ? at - 1 : at + 1;
        if (to < 0 || to >= all.Count) return Unit.Value;
        (all[at], all[to]) = (all[to], all[at]);
        for (var i = 0; i < all.Count; i++) all[i].Order = i;
        return Unit.Value;
    }
}
