using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkingTime;

[Requires(PlatformPermissions.ManageSettings)]
internal sealed record DeleteSpecialDayCommand(Guid Id) : ICommand;

internal sealed class DeleteSpecialDayValidator : AbstractValidator<DeleteSpecialDayCommand>
{
    public DeleteSpecialDayValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteSpecialDayHandler(PlatformDb db) : IRequestHandler<DeleteSpecialDayCommand, Unit>
{
    public async Task<Unit> Handle(DeleteSpecialDayCommand request, CancellationToken cancellationToken)
    {
        db.SpecialDays.Remove(await db.SpecialDays.FirstOrDefaultAsync(d => d.Id == request.Id, cancellationToken) ?? throw new NotFound("day", request.Id));
        return Unit.Value;
    }
}
