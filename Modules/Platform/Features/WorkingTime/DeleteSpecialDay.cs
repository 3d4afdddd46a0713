using Crm.Core;
using Crm.Platform.Contracts;
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

internal sealed class DeleteSpecialDayHandler(PlatformDb db, IEventSink events) : IRequestHandler<DeleteSpecialDayCommand, Unit>
{
    public async Task<Unit> Handle(DeleteSpecialDayCommand request, CancellationToken cancellationToken)
    {
        var day = await db.SpecialDays.FirstOrDefaultAsync(d => d.Id == request.Id, cancellationToken) ?? throw new NotFound("day", request.Id);
        db.SpecialDays.Remove(day);
        events.Tell(new WorkingTimeChanged(day.Day, "the day “{0}” was deleted", day.Title));
        return Unit.Value;
    }
}
