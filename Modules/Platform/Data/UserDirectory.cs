using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Dapper;
using Npgsql;

namespace Crm.Platform.Data;

/// <summary>Everybody, all roles and branches in one snapshot: there are hundreds of users at most, and they are asked for on every page.</summary>
internal sealed class UserDirectory : IUserDirectory, IBranchDirectory
{
    private readonly Snapshots<string, Everybody> _snapshots;
    private readonly NpgsqlDataSource _source;

    public UserDirectory(NpgsqlDataSource source, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _snapshots = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Users, _snapshots.Clear);
    }

    public async Task<IReadOnlyDictionary<Guid, UserCard>> CardsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = await AllUsersAsync(ct);
        var found = new Dictionary<Guid, UserCard>(ids.Count);
        foreach (var id in ids)
        {
            if (all.Users.TryGetValue(id, out var user)) found[id] = user.Card;
        }

        return found;
    }

    public async Task<IReadOnlyList<UserCard>> ActiveAsync(CancellationToken ct) => (await AllUsersAsync(ct)).Active;

    public async Task<IReadOnlyList<RoleCard>> RolesAsync(CancellationToken ct) => (await AllUsersAsync(ct)).RoleCards;

    public async Task<IReadOnlyList<UserCard>> InRoleAsync(Guid roleId, CancellationToken ct)
    {
        var all = await AllUsersAsync(ct);
        return [.. all.Active.Where(u => all.Users[u.Id].Roles.Contains(roleId))];
    }

    public async Task<IReadOnlyList<UserCard>> WithPermissionAsync(string permission, CancellationToken ct)
    {
        var all = await AllUsersAsync(ct);
        var roles = all.Roles.Where(r => r.Is_Administrator || r.Permissions.Contains(permission)).Select(r => r.Id).ToHashSet();
        return [.. all.Active.Where(u => all.Users[u.Id].Roles.Any(roles.Contains))];
    }

    public async Task<IReadOnlyDictionary<Guid, UserAddress>> AddressesAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = await AllUsersAsync(ct);
        return ids.Distinct().Where(all.Users.ContainsKey).Select(id => all.Users[id]).Where(u => u.Card.Active).ToDictionary(u => u.Card.Id, u => new UserAddress(u.Card.Id, u.Card.Name, u.Email, u.Mobile));
    }

    async Task<IReadOnlyList<BranchCard>> IBranchDirectory.AllAsync(CancellationToken ct) => (await AllUsersAsync(ct)).Branches;

    private ValueTask<Everybody> AllUsersAsync(CancellationToken ct) => _snapshots.GetAsync("", ct);

    [BypassesSave("A snapshot for all users at once, so no one user's branch filter applies.")]
    private async Task<Everybody> LoadAsync(CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition("""
            select id, name, user_name, active, role_ids, email, mobile from platform.users;
            select id, name, is_administrator, permissions from platform.roles;
            select id, name, active from platform.branches order by id <> @HeadOffice, name;
            """, new { Core.Branches.HeadOffice }, cancellationToken: ct));
        var users = (await answers.ReadAsync<UserRow>()).Select(r => new Known(new UserCard(r.Id, r.Name, r.User_Name, r.Active), [.. r.Role_Ids], r.Email, r.Mobile)).ToDictionary(k => k.Card.Id);
        var roles = (await answers.ReadAsync<RoleRow>()).ToList();
        var branches = (await answers.ReadAsync<BranchRow>()).Select(b => new BranchCard(b.Id, b.Name, b.Active)).ToList();
        // Persian order of the letters, whatever the database's collation.
        var order = StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("fa"), ignoreCase: true);
        return new(
            users,
            [.. users.Values.Select(u => u.Card).Where(c => c.Active).OrderBy(c => c.Name, order)],
            roles,
            [.. roles.Select(r => new RoleCard(r.Id, r.Name)).OrderBy(r => r.Name, order)],
            branches);
    }

    private sealed record Known(UserCard Card, HashSet<Guid> Roles, string? Email, string? Mobile);

    private sealed record Everybody(Dictionary<Guid, Known> Users, IReadOnlyList<UserCard> Active, List<RoleRow> Roles, IReadOnlyList<RoleCard> RoleCards, IReadOnlyList<BranchCard> Branches);

    private sealed class UserRow
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public string User_Name { get; init; } = "";

        public bool Active { get; init; }

        public Guid[] Role_Ids { get; init; } = [];

        public string? Email { get; init; }

        public string? Mobile { get; init; }
    }

    private sealed class RoleRow
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public bool Is_Administrator { get; init; }

        public string[] Permissions { get; init; } = [];
    }

    private sealed class BranchRow
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public bool Active { get; init; }
    }
}

/// <summary>Found by the scan, so it is a class of its own: the directory with its snapshot is one for all.</summary>
internal sealed class UserAddresses(UserDirectory directory) : IUserAddresses
{
    public Task<IReadOnlyDictionary<Guid, UserAddress>> OfAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => directory.AddressesAsync(ids, ct);
}
