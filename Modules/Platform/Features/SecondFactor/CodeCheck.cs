using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>Asks for a code of who is signed in already: who found an unlocked screen must not guess here either.</summary>
internal sealed class CodeCheck(TwoFactors factors, SignInGuard guard, SignInLog log, ISignInOrigin origin)
{
    public async Task CheckAsync(User user, string? code, string field, CancellationToken ct)
    {
        await EnterAsync(user, ct);
        var factor = await factors.TakeAsync(user.Id, code, ct);
        if (factor == Factor.Wrong) await RefuseAsync(user, field, ct);
        await guard.ForgetCodeAsync(user.UserName, origin.Address, ct);
        if (factor == Factor.Recovery) log.Note(SignInOutcome.RecoveryCodeUsed, user.Id, user.UserName);
    }

    public async Task EnterAsync(User user, CancellationToken ct)
    {
        if (await guard.EnterCodeAsync(user.UserName, origin.Address, ct) is null) return;
        await log.NoteNowAsync(SignInOutcome.LockedOut, user.Id, user.UserName, ct);
        throw new RuleBroken("sign-in.wait", "Too many wrong attempts. Try again in a few minutes.");
    }

    public async Task RefuseAsync(User user, string field, CancellationToken ct)
    {
        await log.NoteNowAsync(SignInOutcome.WrongCode, user.Id, user.UserName, ct);
        throw new InvalidInput(field, "The code is wrong or was used already. Wait for the next one.");
    }
}
