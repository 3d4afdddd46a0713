using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>What a user may do, in one statement, kept at most five seconds.</summary>
internal sealed class UserAccessSource : IUserAccessSource
{
    private readonly Snapshots<Guid, UserAccess?> _users;
    private readonly NpgsqlDataSource _source;

    public UserAccessSource(NpgsqlDataSource source, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _users = new(time, LoadAsync);
        changes.On(AccessChanges.Users, _users.Clear);
    }

    public ValueTask<UserAccess?> FindAsync(Guid userId, CancellationToken ct) => _users.GetAsync(userId, ct);

    [BypassesSave("Reads before anybody is known, so the branch filter of the context can't answer.")]
    private async Task<UserAccess?> LoadAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        var row = await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition("""
            select u.name, u.user_name, u.security_stamp, u.active, u.branch_id, u.branch_ids, u.sees_all_branches, u.role_ids,
                   u.language, u.calendar, u.time_zone, u.theme,
                   coalesce((select bool_or(r.is_administrator) from platform.roles r where r.id = any(u.role_ids)), false) as is_administrator,
                   array(select distinct p from platform.roles r, unnest(r.permissions) p where r.id = any(u.role_ids)) as permissions
            from platform.users u where u.id = @id
            """, new { id }, cancellationToken: ct));
        if (row is null) return null;
        return new UserAccess
        {
            Id = id,
            Name = row.Name,
            UserName = row.User_Name,
            SecurityStamp = row.Security_Stamp,
            Active = row.Active,
            IsAdministrator = row.Is_Administrator,
            Permissions = row.Permissions.ToHashSet(StringComparer.Ordinal),
            RoleIds = row.Role_Ids,
            SeesAllBranches = row.Sees_All_Branches,
            Branches = [.. row.Branch_Ids.Append(row.Branch_Id).Distinct()],
            HomeBranch = row.Branch_Id,
            Language = row.Language,
            Calendar = Enum.Parse<CalendarKind>(row.Calendar),
            TimeZone = row.Time_Zone,
            Theme = row.Theme,
        };
    }

    private sealed class Row
    {
        public string Name { get; init; } = "";

        public string User_Name { get; init; } = "";

        public string Security_Stamp { get; init; } = "";

        public bool Active { get; init; }

        public Guid Branch_Id { get; init; }

        public Guid[] Branch_Ids { get; init; } = [];

        public bool Sees_All_Branches { get; init; }

        public Guid[] Role_Ids { get; init; } = [];

        public string Language { get; init; } = "";

        public string Calendar { get; init; } = "";

        public string Time_Zone { get; init; } = "";

        public string Theme { get; init; } = "";

        public bool Is_Administrator { get; init; }

        public string[] Permissions { get; init; } = [];
    }
}
