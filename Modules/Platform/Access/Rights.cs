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
    public static void MayGrant(ICurrentUser actor, IEnumerable<Role> roles, RecordTypes records)
    {
        if (actor.IsSystem || actor.Access is { IsAdministrator: true }) return;
        foreach (var role in roles)
        {
            if (role.IsAdministrator) throw new RuleBroken("rights.administrators", "Only administrators give and take the rights of administrators.");
            MayGrant(actor, role.Permissions);
            // No further and no more open than one's own: else a colleague with the role could show it.
            if (RoleLines.Read<Scopes>(role.Scopes).Any(s => role.Permissions.Contains(s.Key) && !Covers(actor, s.Key, s.Value, records))
                || role.Permissions.Any(p => !role.Scopes.Exists(s => s.StartsWith(p + "=", StringComparison.Ordinal)) && !Covers(actor, p, Scopes.Branch, records))
                || actor.Access is { } me && me.HiddenFields.Concat(me.ReadOnlyFields).Any(f => !role.Fields.Exists(r => r.StartsWith(f + "=", StringComparison.Ordinal)) && Touches(role, f, records)))
                throw new RuleBroken("rights.beyond", "You can't give or take rights that you do not have yourself.");
        }
    }

    private static bool Covers(ICurrentUser actor, string permission, Scopes scope, RecordTypes records) =>
        records.All.SelectMany(r => r.Permissions.Where(p => p.Value == permission).Select(p => actor.Access!.ScopeOf(r.Key, p.Key))).All(own => scope switch
        {
            Scopes.All => own.HasFlag(Scopes.All),
            Scopes.Province => own.HasFlag(Scopes.All) || own.HasFlag(Scopes.Province),
            // Each of these lies within the next.
            _ => own >= Scopes.All || (int)(own & (Scopes.Own | Scopes.Team | Scopes.Branch)) >= (int)scope,
        });

    private static bool Touches(Role role, string field, RecordTypes records) =>
        records.Find(field[..field.IndexOf('.', StringComparison.Ordinal)]) is { } record && record.Permissions.Values.Any(role.Permissions.Contains);

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

    /// <summary>Whether the actor may let somebody reach these provinces.</summary>
    public static void MayReach(ICurrentUser actor, IEnumerable<int> provinces)
    {
        if (actor.IsSystem || actor.Access is { IsAdministrator: true }) return;
        if (provinces.Any(p => actor.Access is null || !actor.Access.Provinces.Contains(p))) throw new RuleBroken("rights.provinces", "You can't open provinces that you do not reach yourself.");
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
