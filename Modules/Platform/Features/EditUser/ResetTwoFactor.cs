using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

/// <summary>
/// An administrator turns off the two-factor sign-in of somebody who lost the phone; it stands in the user's history. All sessions end: one of them may be on that phone. Where
/// it is demanded, the user sets it up anew at the next sign-in.
/// </summary>
[Requires(PlatformPermissions.ManageUsers)]
internal sealed record ResetTwoFactorCommand(Guid UserId) : ICommand;

internal sealed class ResetTwoFactorValidator : AbstractValidator<ResetTwoFactorCommand>
{
    public ResetTwoFactorValidator() => RuleFor(c => c.UserId).NotEmpty();
}

internal sealed class ResetTwoFactorHandler(PlatformDb db, ICurrentUser actor, RecordTypes records, TwoFactors factors, OpenSessions sessions, SignInLog log) : IRequestHandler<ResetTwoFactorCommand, Unit>
{
    public async Task<Unit> Handle(ResetTwoFactorCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.FirstOrDefaultAsync(u => u.Id == request.UserId, cancellationToken) ?? throw new NotFound("user", request.UserId);
        // One's own needs the password and a code: a session alone, left open, must not do.
        if (user.Id == actor.Id) throw new RuleBroken("two-factor.self", "Turn off your own two-factor sign-in in your profile.");
        await ChangeUser.MayChangeAsync(db, actor, user, records, cancellationToken);
        if (user.TwoFactorSince is null) throw new RuleBroken("two-factor.off", "Two-factor sign-in is off already.");
        await factors.TurnOffAsync(user, cancellationToken);
        await sessions.EndAsync(user.Id, only: null, butNot: null, cancellationToken);
        log.Note(SignInOutcome.TwoFactorOff, user.Id, user.UserName);
        return Unit.Value;
    }
}
