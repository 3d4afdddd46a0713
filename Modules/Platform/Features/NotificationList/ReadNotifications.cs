using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.NotificationList;

/// <summary>Marks one of my notifications as read, or all of them.</summary>
[SignedIn]
internal sealed record ReadNotificationsCommand(Guid? Id) : ICommand;

internal sealed class ReadNotificationsValidator : AbstractValidator<ReadNotificationsCommand>
{
    public ReadNotificationsValidator() => RuleFor(c => c.Id).Must(i => i != Guid.Empty);
}

internal sealed class ReadNotificationsHandler(PlatformDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<ReadNotificationsCommand, Unit>
{
    public async Task<Unit> Handle(ReadNotificationsCommand request, CancellationToken cancellationToken)
    {
        var id = me.Id;
        // What arrives while this runs stays unread; more than a thousand at once take a second click.
        var some = await db.Notifications.Where(n => n.UserId == id && n.ReadAt == null && (request.Id == null || n.Id == request.Id)).OrderByDescending(n => n.Id).Take(1000).ToListAsync(cancellationToken);
        foreach (var n in some) n.Read(time.GetUtcNow());
        return Unit.Value;
    }
}
