using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignInRules;

/// <summary>Of whom two-factor sign-in is demanded. Who has none sets it up at the next sign-in, before anything else; who is signed in goes on.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record SaveSignInRulesCommand : ICommand
{
    [Display(Name = "Demand two-factor sign-in of everybody")]
    public bool TwoFactorForAll { get; init; }

    [Display(Name = "Demand it of these roles")]
    public List<Guid> TwoFactorRoles { get; init; } = [];
}

internal sealed class SaveSignInRulesValidator : AbstractValidator<SaveSignInRulesCommand>
{
    public SaveSignInRulesValidator() => RuleFor(c => c.TwoFactorRoles).Must(r => r.Count <= 500).WithMessage("Choose one of the list.");
}

internal sealed class SaveSignInRulesHandler(PlatformDb db, ISettings settings) : IRequestHandler<SaveSignInRulesCommand, Unit>
{
    public async Task<Unit> Handle(SaveSignInRulesCommand request, CancellationToken cancellationToken)
    {
        var known = await db.Roles.Where(r => request.TwoFactorRoles.Contains(r.Id)).Select(r => r.Id).ToListAsync(cancellationToken);
        if (request.TwoFactorRoles.Except(known).Any()) throw new InvalidInput(nameof(request.TwoFactorRoles), "Choose one of the list.");
        await settings.SetAsync(Access.SignInRules.Key, new Access.SignInRules { TwoFactorForAll = request.TwoFactorForAll, TwoFactorRoles = [.. known.Order()] }, cancellationToken);
        return Unit.Value;
    }
}
