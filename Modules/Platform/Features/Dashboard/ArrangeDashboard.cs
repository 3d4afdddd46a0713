using Crm.Core;
using Crm.Platform.Data;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Dashboard;

/// <summary>Arranges one's own first page, or what a role begins with. No blocks at all means: as it was in the beginning.</summary>
[SignedIn]
internal sealed record ArrangeDashboardCommand : ICommand
{
    public List<string> Blocks { get; init; } = [];

    /// <summary>The role whose members begin with it; null for oneself.</summary>
    public Guid? RoleId { get; init; }

    /// <summary>Back to the beginning.</summary>
    public bool Reset { get; init; }
}

internal sealed class ArrangeDashboardValidator : AbstractValidator<ArrangeDashboardCommand>
{
    public ArrangeDashboardValidator()
    {
        RuleFor(c => c.Blocks).Must(b => b.Count <= 60);
        RuleForEach(c => c.Blocks).NotEmpty().MaximumLength(80);
    }
}

internal sealed class ArrangeDashboardHandler(PlatformDb db, ICurrentUser me) : IRequestHandler<ArrangeDashboardCommand, Unit>
{
    public async Task<Unit> Handle(ArrangeDashboardCommand command, CancellationToken cancellationToken)
    {
        if (command.RoleId is { } role)
        {
            if (!me.Can(PlatformPermissions.ManageRoles)) throw new Forbidden(PlatformPermissions.ManageRoles);
            if (!await db.Roles.AnyAsync(r => r.Id == role, cancellationToken)) throw new NotFound("role", role);
        }

        var owner = command.RoleId ?? me.Id ?? throw new NotFound("user");
        var known = await db.Dashboards.FirstOrDefaultAsync(d => d.Id == owner, cancellationToken);
        if (command.Reset)
        {
            if (known is not null) db.Remove(known);
            return Unit.Value;
        }

        if (known is null) db.Add(known = new(owner));
        known.Blocks = [.. command.Blocks.Distinct(StringComparer.Ordinal)];
        return Unit.Value;
    }
}
