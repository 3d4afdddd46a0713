using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Working;
using Dapper;
using Npgsql;

namespace Crm.Platform.Organising;

/// <summary>The chart of the moment, at most five seconds old, for all modules.</summary>
internal sealed class Organisation : IOrganisation
{
    // Persian order of the letters, whatever the database's collation.
    private static readonly StringComparer s_order = StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("fa"), ignoreCase: true);
    private readonly Snapshots<string, OrgChart> _charts;
    private readonly NpgsqlDataSource _source;
    private readonly WorkCalendars _calendars;
    private readonly TimeProvider _time;

    public Organisation(NpgsqlDataSource source, WorkCalendars calendars, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _calendars = calendars;
        _time = time;
        _charts = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Users, _charts.Clear);
    }

    public async Task<IReadOnlyList<UnitCard>> UnitsAsync(CancellationToken ct) =>
        [.. (await ChartAsync(ct)).Units.Select(u => new UnitCard(u.Id, u.Name, u.ParentId)).OrderBy(u => u.Name, s_order)];

    public async Task<IReadOnlyList<PostCard>> PostsAsync(CancellationToken ct)
    {
        var chart = await ChartAsync(ct);
        var units = chart.Units.ToDictionary(u => u.Id, u => u.Name);
        return [.. chart.Posts.Select(p => new PostCard(p.Id, p.Title, p.UnitId, units.GetValueOrDefault(p.UnitId) ?? "")).OrderBy(p => p.Unit, s_order).ThenBy(p => p.Title, s_order)];
    }

    public async Task<IReadOnlyList<Guid>> HoldersAsync(Guid postId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).Holders(postId, await DayAsync(at, ct));

    public async Task<IReadOnlyList<Guid>> HeadsOfUnitAsync(Guid unitId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).HeadsOfUnit(unitId, await DayAsync(at, ct));

    public async Task<IReadOnlyList<Guid>> HeadsOfAsync(Guid userId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).HeadsOf(userId, await DayAsync(at, ct));

    public async Task<IReadOnlyList<Guid>> SuperiorsOfAsync(Guid userId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).SuperiorsOf(userId, await DayAsync(at, ct));

    public async Task<IReadOnlyList<Guid>> SuperiorsOfPostAsync(Guid postId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).SuperiorsOfPost(postId, await DayAsync(at, ct));

    public async Task<IReadOnlyList<Hand>> AfterDeputiesAsync(IReadOnlyCollection<Guid> users, Guid? postId, DateTimeOffset at, CancellationToken ct) =>
        users.Count == 0 ? [] : (await ChartAsync(ct)).AfterDeputies(users, postId, await DayAsync(at, ct));

    public async Task<StandIn> StandInAsync(Guid userId, DateTimeOffset at, CancellationToken ct) => (await ChartAsync(ct)).StandInOf(userId, await DayAsync(at, ct));

    /// <summary>The chart itself, for its page.</summary>
    public ValueTask<OrgChart> ChartAsync(CancellationToken ct) => _charts.GetAsync("", ct);

    /// <summary>The company's day of a moment.</summary>
    public async Task<DateOnly> DayAsync(DateTimeOffset at, CancellationToken ct) => new DateView("en", CalendarKind.Gregorian, await _calendars.ZoneAsync(ct)).DayOf(at);

    [BypassesSave("A snapshot for all users at once, so no one user's branch filter applies.")]
    private async Task<OrgChart> LoadAsync(CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition("""
            select id, name, parent_id, head_id, member_ids from platform.units;
            select id, title, unit_id, reports_to_id, leads from platform.posts;
            select post_id, user_id, "from", until from platform.post_holders;
            select user_id, "from", until, deputy_id, post_id from platform.leaves where until >= @since;
            select id, role_ids from platform.users where active;
            """, new { since = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime).AddDays(-400) }, cancellationToken: ct));
        var units = (await answers.ReadAsync<UnitRow>()).Select(u => new ChartUnit(u.Id, u.Name, u.Parent_Id, u.Head_Id, u.Member_Ids)).ToList();
        var posts = (await answers.ReadAsync<PostRow>()).Select(p => new ChartPost(p.Id, p.Title, p.Unit_Id, p.Reports_To_Id, p.Leads)).ToList();
        var holders = (await answers.ReadAsync<HolderRow>()).Select(h => new ChartHolder(h.Post_Id, h.User_Id, h.From, h.Until)).ToList();
        var leaves = (await answers.ReadAsync<LeaveRow>()).Select(l => new ChartLeave(l.User_Id, l.From, l.Until, l.Deputy_Id, l.Post_Id)).ToList();
        var active = (await answers.ReadAsync<UserRow>()).ToDictionary(u => u.Id, u => (IReadOnlyList<Guid>)u.Role_Ids);
        return new(units, posts, holders, leaves, active);
    }

    private sealed class UnitRow
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public Guid? Parent_Id { get; init; }

        public Guid? Head_Id { get; init; }

        public Guid[] Member_Ids { get; init; } = [];
    }

    private sealed class PostRow
    {
        public Guid Id { get; init; }

        public string Title { get; init; } = "";

        public Guid Unit_Id { get; init; }

        public Guid? Reports_To_Id { get; init; }

        public bool Leads { get; init; }
    }

    private sealed class HolderRow
    {
        public Guid Post_Id { get; init; }

        public Guid User_Id { get; init; }

        public DateOnly From { get; init; }

        public DateOnly? Until { get; init; }
    }

    private sealed class LeaveRow
    {
        public Guid User_Id { get; init; }

        public DateOnly From { get; init; }

        public DateOnly Until { get; init; }

        public Guid Deputy_Id { get; init; }

        public Guid? Post_Id { get; init; }
    }

    private sealed class UserRow
    {
        public Guid Id { get; init; }

        public Guid[] Role_Ids { get; init; } = [];
    }
}
