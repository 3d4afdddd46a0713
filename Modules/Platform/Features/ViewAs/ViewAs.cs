using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ViewAs;

/// <summary>From now on this session of an administrator sees the application as another user does, and changes nothing.</summary>
[Requires(PlatformPermissions.ManageUsers)]
internal sealed record ViewAsCommand(Guid UserId, Guid SessionId) : ICommand;

internal sealed class ViewAsValidator : AbstractValidator<ViewAsCommand>
{
    public ViewAsValidator() => RuleFor(c => c.UserId).NotEmpty();
}

internal sealed class ViewAsHandler(PlatformDb db, ICurrentUser me, SignInLog log) : IRequestHandler<ViewAsCommand, Unit>
{
    public async Task<Unit> Handle(ViewAsCommand request, CancellationToken cancellationToken)
    {
        if (me.Access is not { IsAdministrator: true }) throw new RuleBroken("view-as.administrators", "Only administrators see the application as somebody else.");
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.UserId, cancellationToken) ?? throw new NotFound("user", request.UserId);
        if (!user.Active || user.Id == me.Id) throw new RuleBroken("view-as.nobody", "Choose another user who is active.");
        var session = await db.Sessions.FirstOrDefaultAsync(s => s.Id == request.SessionId && s.UserId == me.Id, cancellationToken) ?? throw new NotFound("session", request.SessionId);
        session.View(user.Id);
        log.Note(SignInOutcome.ViewedAs, user.Id, user.UserName);
        return Unit.Value;
    }
}
