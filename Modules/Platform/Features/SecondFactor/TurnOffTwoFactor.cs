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

/// <summary>Turns off one's own two-factor sign-in.</summary>
[SignedIn]
internal sealed record TurnOffTwoFactorCommand : ICommand
{
    [Display(Name = "Present password")]
    [DataType(DataType.Password)]
    public string? Password { get; init; }

    [Display(Name = "Code")]
    public string? Code { get; init; }
}

internal sealed class TurnOffTwoFactorValidator : AbstractValidator<TurnOffTwoFactorCommand>
{
    public TurnOffTwoFactorValidator()
    {
        RuleFor(c => c.Password).NotEmpty().MaximumLength(Passwords.MaxLength);
        RuleFor(c => c.Code).NotEmpty().MaximumLength(40);
    }
}

internal sealed class TurnOffTwoFactorHandler(PlatformDb db, ICurrentUser me, TwoFactors factors, CodeCheck check, SignInGuard guard, Passwords passwords, SignInLog log, ISignInOrigin origin) : IRequestHandler<TurnOffTwoFactorCommand, Unit>
{
    public async Task<Unit> Handle(TurnOffTwoFactorCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        if (user.TwoFactorSince is null) throw new RuleBroken("two-factor.off", "Two-factor sign-in is off already.");
        if (await factors.DemandedAsync(user, cancellationToken)) throw new RuleBroken("two-factor.demanded", "Your administrator demands two-factor sign-in. It can't be turned off.");
        await Present.CheckAsync(user, request.Password, nameof(request.Password), guard, passwords, log, origin, cancellationToken);
        await check.CheckAsync(user, request.Code, nameof(request.Code), cancellationToken);
        await factors.TurnOffAsync(user, cancellationToken);
        log.Note(SignInOutcome.TwoFactorOff, user.Id, user.UserName);
        return Unit.Value;
    }
}
