using Crm.Core;
using Crm.Data;

namespace Crm.Platform.Access;

/// <summary>Why a role lets somebody reach a record, or does not.</summary>
/// <param name="Role">Name of the role.</param>
/// <param name="Scope">How far it reaches.</param>
/// <param name="Reaches">Whether it reaches this record.</param>
/// <param name="Words">In words.</param>
internal sealed record Reason(string Role, Scopes Scope, bool Reaches, string Words);

/// <summary>Names of what a record and a user have to do with each other.</summary>
internal sealed record ReasonNames(Func<Guid, string> User, Func<Guid, string> Branch, Func<int, string> Province, Func<Guid, string?> UnitOf);

/// <summary>Explains a decision about a record role by role. The decision itself is the policy's: these are its reasons.</summary>
internal static class Reasons
{
    public static IReadOnlyList<Reason> Of(IEnumerable<RoleRights> roles, UserAccess user, RecordRights record, Operation operation, RecordFact fact, ReasonNames names) =>
        record.Permissions.TryGetValue(operation, out var permission) ? [.. roles.Select(r => One(r, r.Reaches(permission), user, fact, names))] : [];

    private static Reason One(RoleRights role, Scopes scope, UserAccess user, RecordFact fact, ReasonNames names)
    {
        var wall = fact.BranchId is null || user.SeesAllBranches || user.Branches.Contains(fact.BranchId.Value);
        // What hangs on another record is also one's own, or in one's province, when that is.
        var owners = fact.Owners.Concat(fact.Parent?.Owners ?? []).Distinct().ToList();
        var province = fact.ProvinceId ?? fact.Parent?.ProvinceId;
        var branch = fact.BranchId is { } b ? names.Branch(b) : "—";
        var outside = Texts.Get("The record belongs to the branch {0}, which the user does not see.", branch);
        switch (scope)
        {
            case Scopes.None:
                return new(role.Name, scope, false, Texts.Get("The role does not give this right."));
            case Scopes.All:
                return new(role.Name, scope, true, Texts.Get("The role reaches all records, in every branch."));
            case Scopes.Province:
                var near = province is { } p && user.Provinces.Contains(p);
                return new(role.Name, scope, near, province is not { } there ? Texts.Get("The record is in no province.")
                    : near ? Texts.Get("The record is in {0}, one of the user's provinces.", names.Province(there)) : Texts.Get("The record is in {0}, none of the user's provinces.", names.Province(there)));
            case Scopes.Branch:
                return new(role.Name, scope, wall, wall ? Texts.Get("The record belongs to the branch {0}, which the user sees.", branch) : outside);
            case Scopes.Own:
                var own = owners.Contains(user.Id);
                return new(role.Name, scope, own && wall, own ? wall ? Texts.Get("The user is in charge of it.") : outside : Charge(owners, names));
            default:
                var mate = owners.FirstOrDefault(o => user.Team.Contains(o));
                return new(role.Name, scope, mate != Guid.Empty && wall, mate == Guid.Empty ? Charge(owners, names) + " " + Texts.Get("Nobody of them is in the user's units or below.")
                    : !wall ? outside
                    : mate == user.Id ? Texts.Get("The user is in charge of it.")
                    : Texts.Get("{0} is in charge of it and belongs to the unit {1}, which is the user's or lies below it.", names.User(mate), names.UnitOf(mate) ?? "—"));
        }
    }

    private static string Charge(List<Guid> owners, ReasonNames names) =>
        owners.Count == 0 ? Texts.Get("Nobody is in charge of it.") : Texts.Get("In charge of it: {0}.", Texts.List(owners.Select(names.User)));
}
