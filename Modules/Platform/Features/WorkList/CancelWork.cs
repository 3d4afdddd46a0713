using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.WorkList;

/// <summary>Asks for the end of one of my runs: one that waits ends at once, one under way at its next stop.</summary>
[SignedIn]
internal sealed record CancelWorkCommand(Guid Id) : ICommand;

internal sealed class CancelWorkValidator : AbstractValidator<CancelWorkCommand>
{
    public CancelWorkValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class CancelWorkHandler(PlatformDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<CancelWorkCommand, Unit>
{
    [BypassesSave("A row of the pump, which may change it at the same moment: one statement.")]
    public async Task<Unit> Handle(CancelWorkCommand request, CancellationToken cancellationToken)
    {
        var (id, now) = (me.Id, time.GetUtcNow());
        // What ran before it was interrupted is ended by the pump, which may have something to put in order.
        var rows = await db.Database.ExecuteSqlAsync($"""
            update platform.background_work set cancel_requested = true,
              stage = case when stage = 'Waiting' and started_at is null then 'Cancelled' else stage end,
              ended_at = case when stage = 'Waiting' and started_at is null then {now} else ended_at end
            where id = {request.Id} and user_id = {id} and stage in ('Waiting', 'Running')
            """, cancellationToken);
        if (rows == 0 && !await db.Work.AnyAsync(w => w.Id == request.Id && w.UserId == id, cancellationToken)) throw new NotFound("work", request.Id);
        return Unit.Value;
    }
}
