using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Access;

/// <summary>Nobody gives, takes or changes more than he has himself: otherwise the right to manage users would be the right to everything.</summary>
internal static class Rights
{
    /// <summary>Whether the actor may hand out (or take away) these roles.</summary>
    public static void MayGrant(ICurrentUser actor, IEnumerable<Role> roles)
    {
        if (actor.IsSystem || actor.Access is { IsAdministrator: true }) return;
        foreach (var role in roles)
        {
            if (role.IsAdministrator) throw new RuleBroken("rights.administrators", "Only administrators give and take the rights of administrators.");
            MayGrant(actor, role.Permissions);
        }
    }

    /// <summary>Whether the actor may hand out these permissions.</summary>
    public static void MayGrant(ICurrentUser actor, IEnumerable<string> permissions)
    {
        if (permissions.Any(p => !actor.Can(p))) throw new RuleBroken("rights.beyond", "You can't give or take rights that you do not have yourself.");
    }

    /// <summary>Whether the actor may let somebody see these branches.</summary>
    public static void MayShow(ICurrentUser actor, bool all, IEnumerable<Guid> branches)
    {
        if (actor.SeesAllBranches) return;
        if (all || branches.Any(b => !actor.VisibleBranches.Contains(b))) throw new RuleBroken("rights.branches", "You can't open branches that you do not see yourself.");
    }

    /// <summary>
    /// There must always be one who can set everything right. Touches the administrators' role, so that two administrators who remove each other at the same moment
    /// collide: the second is told that the record has changed.
    /// </summary>
    public static async Task KeepAnAdministratorAsync(PlatformDb db, Guid leaving, CancellationToken ct)
    {
        var roles = await db.Roles.Where(r => r.IsAdministrator).ToListAsync(ct);
        var ids = roles.Select(r => r.Id).ToArray();
        if (!await db.Users.IgnoreQueryFilters([Filters.Branch]).AnyAsync(u => u.Id != leaving && u.Active && u.RoleIds.Any(r => ids.Contains(r)), ct))
            throw new RuleBroken("users.last-administrator", "This is the last administrator. Make another one first.");
        foreach (var role in roles) db.Touch(role);
    }
}
