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
/// <param name="UserId">Who it is; null when name or password is wrong.</param>
internal sealed record SignInAnswer(TimeSpan? Wait, Guid? UserId, string Stamp, Guid SessionId, DateTimeOffset ExpiresAt);

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
}

internal sealed class SignInHandler(PlatformDb db, SignInGuard guard, Passwords passwords, TimeProvider time, ISignInOrigin origin) : IRequestHandler<SignInCommand, SignInAnswer>
{
    private static readonly SignInAnswer s_wrong = new(null, null, "", default, default);

    public async Task<SignInAnswer> Handle(SignInCommand request, CancellationToken cancellationToken)
    {
        var name = request.UserName.ToLowerInvariant();
        if (await guard.EnterAsync(name, origin.Address, cancellationToken) is { } wait) return s_wrong with { Wait = wait };

        // Nobody is signed in yet, so the branch filter would show nobody.
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstOrDefaultAsync(u => u.UserName == name, cancellationToken);
        // An unknown or deactivated user is checked against a hash nobody knows: the same time, the same answer.
        var result = await passwords.VerifyAsync(user is { Active: true } ? user.PasswordHash : null, request.Password!, cancellationToken);
        if (user is null || result == PasswordVerificationResult.Failed) return s_wrong;

        await guard.ForgetAsync(name, origin.Address, cancellationToken);
        if (result == PasswordVerificationResult.SuccessRehashNeeded) user.Rehash(await passwords.RehashAsync(request.Password!, cancellationToken));
        var now = time.GetUtcNow();
        var session = new Session(user.Id, now, now + (request.Keep ? SessionLife.Kept : SessionLife.Usual), SignInGuard.Text(origin.Address), origin.Agent);
        db.Sessions.Add(session);
        return new(null, user.Id, user.SecurityStamp, session.Id, session.ExpiresAt);
    }
}
