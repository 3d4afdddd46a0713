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

/// <summary>The code after the password. Public: who brings it is nobody yet; what he has is the sealed word that his password was right.</summary>
[Public]
internal sealed record EnterCodeCommand : ICommand<SignInAnswer>
{
    [Display(Name = "Code")]
    public string? Code { get; init; }

    [Display(Name = "Trust this browser for 30 days")]
    public bool Trust { get; init; }

    /// <summary>Of the cookie, whatever a form says.</summary>
    [Secret]
    public string? Half { get; init; }
}

internal sealed class EnterCodeValidator : AbstractValidator<EnterCodeCommand>
{
    public EnterCodeValidator() => RuleFor(c => c.Code).NotEmpty().MaximumLength(40);
}

internal sealed class EnterCodeHandler(PlatformDb db, TwoFactors factors, HalfSignIns halves, SignInGuard guard, SignInLog log, OpenSessions sessions, TimeProvider time, ISignInOrigin origin) : IRequestHandler<EnterCodeCommand, SignInAnswer>
{
    public async Task<SignInAnswer> Handle(EnterCodeCommand request, CancellationToken cancellationToken)
    {
        if (halves.Read(request.Half, setUp: false) is not { } half
            || await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstOrDefaultAsync(u => u.Id == half.UserId, cancellationToken) is not { Active: true, TwoFactorSince: not null } user
            || user.SecurityStamp != half.Stamp) return SignInAnswer.Wrong with { Expired = true };
        if (await guard.EnterCodeAsync(user.UserName, origin.Address, cancellationToken) is { } wait)
        {
            await log.NoteNowAsync(SignInOutcome.LockedOut, user.Id, user.UserName, cancellationToken);
            return SignInAnswer.Wrong with { Wait = wait };
        }

        var factor = await factors.TakeAsync(user.Id, request.Code, cancellationToken);
        if (factor == Factor.Wrong)
        {
            log.Note(SignInOutcome.WrongCode, user.Id, user.UserName);
            return SignInAnswer.Wrong;
        }

        await guard.ForgetCodeAsync(user.UserName, origin.Address, cancellationToken);
        if (factor == Factor.Recovery) log.Note(SignInOutcome.RecoveryCodeUsed, user.Id, user.UserName);
        var answer = sessions.Open(user, half.Keep);
        if (factor == Factor.Recovery) answer = answer with { CodesLeft = await factors.CodesLeftAsync(user.Id, cancellationToken) };
        if (!request.Trust) return answer;
        var token = TrustedBrowser.NewToken();
        db.TrustedBrowsers.Add(new(user, token, time.GetUtcNow(), SignInGuard.Text(origin.Address), origin.Agent));
        log.Note(SignInOutcome.BrowserTrusted, user.Id, user.UserName);
        return answer with { TrustToken = token };
    }
}
