using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>Ten new recovery codes; the old ones are worth nothing any more.</summary>
[SignedIn]
internal sealed record RenewCodesCommand : ICommand<IReadOnlyList<string>>
{
    [Display(Name = "Code")]
    public string? Code { get; init; }
}

internal sealed class RenewCodesValidator : AbstractValidator<RenewCodesCommand>
{
    public RenewCodesValidator() => RuleFor(c => c.Code).NotEmpty().MaximumLength(40);
}

internal sealed class RenewCodesHandler(PlatformDb db, ICurrentUser me, TwoFactors factors, CodeCheck check, SignInLog log) : IRequestHandler<RenewCodesCommand, IReadOnlyList<string>>
{
    public async Task<IReadOnlyList<string>> Handle(RenewCodesCommand request, CancellationToken cancellationToken)
    {
        var user = await db.Users.IgnoreQueryFilters([Filters.Branch]).FirstAsync(u => u.Id == me.Id, cancellationToken);
        if (user.TwoFactorSince is null) throw new RuleBroken("two-factor.off", "Two-factor sign-in is off already.");
        await check.CheckAsync(user, request.Code, nameof(request.Code), cancellationToken);
        log.Note(SignInOutcome.RecoveryCodesMade, user.Id, user.UserName);
        return await factors.RenewCodesAsync(user.Id, cancellationToken);
    }
}
