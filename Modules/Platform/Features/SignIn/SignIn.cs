using System.ComponentModel.DataAnnotations;
using System.Net;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignIn;

/// <summary>Opens a session. Public: who signs in is nobody yet.</summary>
[Public]
internal sealed record SignInCommand : ICommand<SignInAnswer>
{
    [Display(Name = "User name")]
    public string UserName { get; init; } = "";

    [Display(Name = "Password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    [Display(Name = "Keep me signed in on this device")]
    public bool Keep { get; init; }
}

/// <summary>What became of it. Not an exception: the count of failures and the log of sign-ins are saved either way.</summary>
/// <param name="Wait">Too many failures: how long to wait.</param>
/// <param name="UserId">Who it is; null when name, password or code is wrong.</param>
internal sealed record SignInAnswer(TimeSpan? Wait, Guid? UserId, string Stamp, Guid SessionId, DateTimeOffset ExpiresAt)
{
    public static readonly SignInAnswer Wrong = new(null, null, "", default, default);

    /// <summary>The password was right and is not enough: what the next page must bring.</summary>
    public string? Half { get; init; }

    /// <summary>The next page sets up two-factor sign-in; otherwise it asks for a code.</summary>
    public bool SetUp { get; init; }

    /// <summary>The time between password and code has run out (or there never was a password).</summary>
    public bool Expired { get; init; }

    /// <summary>Keeps the cookie when the browser is closed.</summary>
    public bool Keep { get; init; }

    /// <summary>For the cookie of a browser that is trusted from now on.</summary>
    public string? TrustToken { get; init; }

    /// <summary>Told when a recovery code was used.</summary>
    public int? CodesLeft { get; init; }

    /// <summary>Shown once, after setting up.</summary>
    public IReadOnlyList<string> RecoveryCodes { get; init; } = [];
}

internal sealed class SignInValidator : AbstractValidator<SignInCommand>
{
    public SignInValidator()
    {
        RuleFor(c => c.UserName).NotEmpty().MaximumLength(60);
        RuleFor(c => c.Password).NotEmpty().MaximumLength(Passwords.MaxLength);
    }
}

/// <summary>Where a sign-in comes from; filled by the page.</summary>
internal interface ISignInOrigin
{
    IPAddress? Address { get; }

    string? Agent { get; }

    /// <summary>What the browser was given when it was trusted.</summary>
    string? TrustToken { get; }
}

internal sealed class SignInHandler(PlatformDb db, SignInGuard guard, Passwords passwords, TwoFactors factors, HalfSignIns halves, SignInLog log, OpenSessions sessions, ISignInOrigin origin) : IRequestHandler<SignInCommand, SignInAnswer>
{
    public async Task<SignInAnswer> Handle(SignInCommand request, CancellationToken cancellationToken)
    {
        var name = request.UserName.ToLowerInvariant();
        if (await guard.EnterAsync(name, origin.Address, cancellationToken) is { } wait)
        {
            await log.NoteNowAsync(SignInOutcome.LockedOut, null, name, cancellationToken);
            return SignInAnswer.Wrong with { Wait = wait };
        }

        // Nobody is signed in yet, so the branch filter would show nobody.
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstOrDefaultAsync(u => u.UserName == name, cancellationToken);
        // An unknown or deactivated user is checked against a hash nobody knows: the same time, the same answer.
        var result = await passwords.VerifyAsync(user is { Active: true } ? user.PasswordHash : null, request.Password!, cancellationToken);
        if (user is null || result == PasswordVerificationResult.Failed)
        {
            log.Note(user is null ? SignInOutcome.UnknownName : user.Active ? SignInOutcome.WrongPassword : SignInOutcome.Deactivated, user?.Id, name);
            return SignInAnswer.Wrong;
        }

        await guard.ForgetAsync(name, origin.Address, cancellationToken);
        if (result == PasswordVerificationResult.SuccessRehashNeeded) user.Rehash(await passwords.RehashAsync(request.Password!, cancellationToken));
        var setUp = user.TwoFactorSince is null && await factors.DemandedAsync(user, cancellationToken);
        if (setUp || (user.TwoFactorSince is not null && !await factors.IsTrustedAsync(user, origin.TrustToken, cancellationToken)))
        {
            log.Note(SignInOutcome.CodeAsked, user.Id, name);
            return SignInAnswer.Wrong with { Half = halves.Issue(user, request.Keep, setUp), SetUp = setUp };
        }

        return sessions.Open(user, request.Keep);
    }
}

/// <summary>Opens the session once nothing more is asked.</summary>
internal sealed class OpenSessions(PlatformDb db, SignInLog log, TimeProvider time, ISignInOrigin origin)
{
    /// <summary>Opens one and says so in the log.</summary>
    public SignInAnswer Open(User user, bool keep)
    {
        log.Note(SignInOutcome.SignedIn, user.Id, user.UserName);
        return GoOn(user, keep);
    }

    /// <summary>Opens one for who was signed in already.</summary>
    public SignInAnswer GoOn(User user, bool keep)
    {
        var now = time.GetUtcNow();
        var session = new Session(user.Id, now, now + (keep ? SessionLife.Kept : SessionLife.Usual), SignInGuard.Text(origin.Address), origin.Agent);
        db.Sessions.Add(session);
        return new(null, user.Id, user.SecurityStamp, session.Id, session.ExpiresAt) { Keep = keep };
    }

    /// <summary>Ends sessions of a user; each is out on every channel within five seconds.</summary>
    public async Task<int> EndAsync(Guid userId, Guid? only, Guid? butNot, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var open = await db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null && s.ExpiresAt > now && (only == null || s.Id == only) && (butNot == null || s.Id != butNot)).ToListAsync(ct);
        foreach (var session in open) session.End(now);
        return open.Count;
    }
}
