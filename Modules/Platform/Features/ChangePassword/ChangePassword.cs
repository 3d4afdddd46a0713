using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ChangePassword;

/// <summary>Changes one's own password. Every other session ends; this one goes on under a new one.</summary>
[SignedIn]
internal sealed record ChangePasswordCommand : ICommand<SignInAnswer>
{
    [Display(Name = "Present password")]
    [DataType(DataType.Password)]
    public string? Present { get; init; }

    [Display(Name = "New password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    [Display(Name = "New password again")]
    [DataType(DataType.Password)]
    public string? Again { get; init; }
}

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePasswordCommand>
{
    public ChangePasswordValidator()
    {
        RuleFor(c => c.Present).NotEmpty().MaximumLength(Passwords.MaxLength);
        RuleFor(c => c.Password).NotEmpty().Custom(Passwords.Rule);
        RuleFor(c => c.Again).Cascade(CascadeMode.Stop).NotEmpty().Equal(c => c.Password).WithMessage("The two are not the same.");
    }
}

internal sealed class ChangePasswordHandler(PlatformDb db, ICurrentUser me, SignInGuard guard, Passwords passwords, SignInLog log, OpenSessions sessions, ISignInOrigin origin) : IRequestHandler<ChangePasswordCommand, SignInAnswer>
{
    public async Task<SignInAnswer> Handle(ChangePasswordCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        // Who found an unlocked screen must not guess here either.
        await Present.CheckAsync(user, request.Present, nameof(request.Present), guard, passwords, log, origin, cancellationToken);
        if (request.Password == request.Present) throw new InvalidInput(nameof(request.Password), "Choose another password than the present one.");
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));

        await sessions.EndAsync(user.Id, only: null, butNot: null, cancellationToken);
        log.Note(SignInOutcome.PasswordChanged, user.Id, user.UserName);
        return sessions.GoOn(user, keep: false);
    }
}

/// <summary>Asks for the present password of who is signed in already.</summary>
internal static class Present
{
    public static async Task CheckAsync(User user, string? password, string field, SignInGuard guard, Passwords passwords, SignInLog log, ISignInOrigin origin, CancellationToken ct)
    {
        if (await guard.EnterAsync(user.UserName, origin.Address, ct) is not null)
        {
            await log.NoteNowAsync(SignInOutcome.LockedOut, user.Id, user.UserName, ct);
            throw new RuleBroken("sign-in.wait", "Too many wrong attempts. Try again in a few minutes.");
        }

        if (await passwords.VerifyAsync(user.PasswordHash, password ?? "", ct) == PasswordVerificationResult.Failed)
        {
            await log.NoteNowAsync(SignInOutcome.WrongPassword, user.Id, user.UserName, ct);
            throw new InvalidInput(field, "This is not your present password.");
        }

        await guard.ForgetAsync(user.UserName, origin.Address, ct);
    }
}
