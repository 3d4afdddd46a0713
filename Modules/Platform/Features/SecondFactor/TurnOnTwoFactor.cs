using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.ChangePassword;
using Crm.Platform.Features.SignIn;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>
/// Turns on one's own two-factor sign-in, once a code shows that the app knows the secret. Answers the recovery codes, which are told this once. Asks for the password:
/// who found an unlocked screen must not lock its owner out.
/// </summary>
[SignedIn]
internal sealed record TurnOnTwoFactorCommand : ICommand<IReadOnlyList<string>>
{
    [Display(Name = "Code")]
    public string? Code { get; init; }

    [Display(Name = "Present password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    /// <summary>The sealed secret that the page shows.</summary>
    [Secret]
    public string? SetUp { get; init; }
}

internal sealed class TurnOnTwoFactorValidator : AbstractValidator<TurnOnTwoFactorCommand>
{
    public TurnOnTwoFactorValidator()
    {
        RuleFor(c => c.Code).NotEmpty().MaximumLength(40);
        RuleFor(c => c.Password).NotEmpty().MaximumLength(Passwords.MaxLength);
    }
}

internal sealed class TurnOnTwoFactorHandler(PlatformDb db, ICurrentUser me, TwoFactors factors, HalfSignIns halves, CodeCheck check, SignInGuard guard, Passwords passwords, SignInLog log, ISignInOrigin origin)
    : IRequestHandler<TurnOnTwoFactorCommand, IReadOnlyList<string>>
{
    public async Task<IReadOnlyList<string>> Handle(TurnOnTwoFactorCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        if (user.TwoFactorSince is not null) throw new RuleBroken("two-factor.on", "Two-factor sign-in is on already.");
        await Present.CheckAsync(user, request.Password, nameof(request.Password), guard, passwords, log, origin, cancellationToken);
        if (halves.ReadSetUp(request.SetUp, user.Id, user.SecurityStamp) is not { } secret) throw new RuleBroken("two-factor.late", "The secret has expired. Open the page again and scan the new one.");
        await check.EnterAsync(user, cancellationToken);
        var codes = await factors.TurnOnAsync(user, secret, request.Code, cancellationToken);
        if (codes is null) await check.RefuseAsync(user, nameof(request.Code), cancellationToken);
        await guard.ForgetCodeAsync(user.UserName, origin.Address, cancellationToken);
        log.Note(SignInOutcome.TwoFactorOn, user.Id, user.UserName);
        return codes!;
    }
}
