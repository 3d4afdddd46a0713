using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.StuckMessages;

/// <summary>Delivers a stuck message again: one, or all that are stuck.</summary>
[Requires(PlatformPermissions.ManageOutbox)]
internal sealed record RetryMessageCommand(Guid? Id) : ICommand<int>;

internal sealed class RetryMessageValidator : AbstractValidator<RetryMessageCommand>
{
    public RetryMessageValidator() => RuleFor(c => c.Id).Must(i => i != Guid.Empty);
}

internal sealed class RetryMessageHandler(PlatformDb db, OutboxSignal signal) : IRequestHandler<RetryMessageCommand, int>
{
    [BypassesSave("Rows of the pump, which it holds locked while it delivers: one statement that skips those.")]
    public async Task<int> Handle(RetryMessageCommand request, CancellationToken cancellationToken)
    {
        var rows = db.Outbox.Where(o => o.Attempts > 0 && (request.Id == null ? o.Stuck : o.Id == request.Id));
        // By the database's clock, as the pump compares.
        var count = await db.Database.ExecuteSqlAsync(
            $"update platform.outbox set stuck = false, attempts = 0, due_at = now() where id in (select id from platform.outbox where attempts > 0 and ({request.Id}::uuid is null and stuck or id = {request.Id}) for update skip locked)", cancellationToken);
        if (count == 0 && request.Id is not null && !await rows.AnyAsync(cancellationToken)) throw new NotFound("message", request.Id);
        signal.Pulse();
        return count;
    }
}
