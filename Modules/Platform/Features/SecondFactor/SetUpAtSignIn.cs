using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>Sets up two-factor sign-in before anything else is open, where it is demanded. Public: who does it is nobody yet; he has the sealed word that his password was right.</summary>
[Public]
internal sealed record SetUpAtSignInCommand : ICommand<SignInAnswer>
{
    [Display(Name = "Code")]
    public string? Code { get; init; }

    /// <summary>The sealed secret that the page shows.</summary>
    [Secret]
    public string? SetUp { get; init; }

    /// <summary>Of the cookie, whatever a form says.</summary>
    [Secret]
    public string? Half { get; init; }
}

internal sealed class SetUpAtSignInValidator : AbstractValidator<SetUpAtSignInCommand>
{
    public SetUpAtSignInValidator() => RuleFor(c => c.Code).NotEmpty().MaximumLength(40);
}

internal sealed class SetUpAtSignInHandler(PlatformDb db, TwoFactors factors, HalfSignIns halves, SignInGuard guard, SignInLog log, OpenSessions sessions, ISignInOrigin origin) : IRequestHandler<SetUpAtSignInCommand, SignInAnswer>
{
    public async Task<SignInAnswer> Handle(SetUpAtSignInCommand request, CancellationToken cancellationToken)
    {
        if (halves.Read(request.Half, setUp: true) is not { } half
            // Whoever has set it up meanwhile, in another window, brings a code like everybody.
            || await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstOrDefaultAsync(u => u.Id == half.UserId, cancellationToken) is not { Active: true, TwoFactorSince: null } user
            || user.SecurityStamp != half.Stamp
            || halves.ReadSetUp(request.SetUp, user.Id, user.SecurityStamp) is not { } secret) return SignInAnswer.Wrong with { Expired = true };
        if (await guard.EnterCodeAsync(user.UserName, origin.Address, cancellationToken) is { } wait)
        {
            await log.NoteNowAsync(SignInOutcome.LockedOut, user.Id, user.UserName, cancellationToken);
            return SignInAnswer.Wrong with { Wait = wait };
        }

        if (await factors.TurnOnAsync(user, secret, request.Code, cancellationToken) is not { } codes)
        {
            log.Note(SignInOutcome.WrongCode, user.Id, user.UserName);
            return SignInAnswer.Wrong;
        }

        await guard.ForgetCodeAsync(user.UserName, origin.Address, cancellationToken);
        log.Note(SignInOutcome.TwoFactorOn, user.Id, user.UserName);
        return sessions.Open(user, half.Keep) with { RecoveryCodes = codes };
    }
}
