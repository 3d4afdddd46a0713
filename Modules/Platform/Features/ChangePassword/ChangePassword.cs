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
        RuleFor(c => c.Password).NotEmpty();
        RuleFor(c => c.Again).Equal(c => c.Password).WithMessage("The two are not the same.");
    }
}

internal sealed class ChangePasswordHandler(PlatformDb db, ICurrentUser me, SignInGuard guard, Passwords passwords, TimeProvider time, ISignInOrigin origin) : IRequestHandler<ChangePasswordCommand, SignInAnswer>
{
    public async Task<SignInAnswer> Handle(ChangePasswordCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        // Who found an unlocked screen must not guess here either.
        if (await guard.EnterAsync(user.UserName, origin.Address, cancellationToken) is not null) throw new RuleBroken("sign-in.wait", "Too many wrong attempts. Try again in a few minutes.");
        if (await passwords.VerifyAsync(user.PasswordHash, request.Present!, cancellationToken) == PasswordVerificationResult.Failed)
            throw new InvalidInput(nameof(request.Present), "This is not your present password.");
        await guard.ForgetAsync(user.UserName, origin.Address, cancellationToken);
        if (request.Password == request.Present) throw new InvalidInput(nameof(request.Password), "Choose another password than the present one.");
        user.SetPassword(await passwords.HashAsync(nameof(request.Password), request.Password, user.UserName, cancellationToken));

        var now = time.GetUtcNow();
        foreach (var old in await db.Sessions.Where(s => s.UserId == user.Id && s.EndedAt == null).ToListAsync(cancellationToken)) old.End(now);
        var session = new Session(user.Id, now, now + SessionLife.Usual, SignInGuard.Text(origin.Address), origin.Agent);
        db.Sessions.Add(session);
        return new(null, user.Id, user.SecurityStamp, session.Id, session.ExpiresAt);
    }
}
