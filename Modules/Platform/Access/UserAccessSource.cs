using Crm.Core;
using Crm.Data;
using Crm.Platform.Domain;
using Dapper;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>What a user may do, in one statement, kept at most five seconds.</summary>
internal sealed class UserAccessSource : IUserAccessSource
{
    private readonly Snapshots<Guid, UserAccess?> _users;
    private readonly NpgsqlDataSource _source;
    private readonly RecordTypes _records;
    private readonly Func<DateOnly> _today;

    public UserAccessSource(NpgsqlDataSource source, RecordTypes records, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _records = records;
        // A day of the default zone: who came into a post at midnight has its rights with the day.
        _today = () => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), Zones.Find(null)).DateTime);
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
                   u.province_ids, array(
                     with recursive below as (
                       select n.id from platform.units n where n.head_id = u.id or u.id = any(n.member_ids)
                         or exists (select 1 from platform.posts p join platform.post_holders h on h.post_id = p.id where p.unit_id = n.id and h.user_id = u.id and h."from" <= @today and (h.until is null or h.until >= @today))
                       union select n.id from platform.units n join below b on n.parent_id = b.id)
                     select p from platform.units n, unnest(n.member_ids || n.head_id) p where n.id in (select id from below) and p is not null
                     union select h.user_id from platform.posts p join platform.post_holders h on h.post_id = p.id where p.unit_id in (select id from below) and h."from" <= @today and (h.until is null or h.until >= @today)) as team
            from platform.users u where u.id = @id
            """, new { id, today = _today() }, cancellationToken: ct));
        if (row is null) return null;
        var roles = (await connection.QueryAsync<RoleRow>(new CommandDefinition("select name, is_administrator, permissions, scopes, fields from platform.roles where id = any(@ids)", new { ids = row.Role_Ids }, cancellationToken: ct)))
            .Select(r => new RoleRights(r.Name, r.Is_Administrator, [.. r.Permissions], RoleLines.Read<Scopes>(r.Scopes), RoleLines.Read<FieldRule>(r.Fields))).ToList();
        var rights = UserRights.Of(roles, _records.All);
        return new UserAccess
        {
            Id = id,
            Name = row.Name,
            UserName = row.User_Name,
            SecurityStamp = row.Security_Stamp,
            Active = row.Active,
            IsAdministrator = roles.Exists(r => r.IsAdministrator),
            Permissions = roles.SelectMany(r => r.Permissions).ToHashSet(StringComparer.Ordinal),
            Scopes = rights.Scopes,
            HiddenFields = rights.Hidden,
            ReadOnlyFields = rights.ReadOnly,
            Team = [.. row.Team.Append(id).Distinct()],
            Provinces = row.Province_Ids,
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

        public int[] Province_Ids { get; init; } = [];

        public Guid[] Team { get; init; } = [];
    }

    private sealed class RoleRow
    {
        public string Name { get; init; } = "";

        public bool Is_Administrator { get; init; }

        public string[] Permissions { get; init; } = [];

        public string[] Scopes { get; init; } = [];

        public string[] Fields { get; init; } = [];
    }
}
