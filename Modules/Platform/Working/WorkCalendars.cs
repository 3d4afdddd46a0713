using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Working;

/// <summary>The company's own settings of time.</summary>
internal sealed record CompanyTime
{
    public const string Key = "platform.company-time";

    /// <summary>IANA name.</summary>
    public string TimeZone { get; init; } = Zones.Default;
}

/// <summary>All dated data of the working time; the calendar of a place is put together from it once.</summary>
internal sealed class CalendarSet(
    IReadOnlyList<(DateOnly From, DayHours[] Days, Guid? Branch, int? Province)> weeks, IReadOnlyList<(DateOnly Day, DayHours Hours, Guid? Branch, int? Province)> special,
    IReadOnlyList<(DateOnly From, DateOnly Until, int FromMinute, int UntilMinute, Guid? Branch, int? Province)> closed, IReadOnlyDictionary<Guid, int?> provinces, TimeZoneInfo zone)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Guid, WorkCalendar> _places = new();

    public TimeZoneInfo Zone { get; } = zone;

    /// <summary>The calendar of a branch with its province; of the whole company without one.</summary>
    public WorkCalendar Of(Guid? branch) => _places.GetOrAdd(branch ?? Guid.Empty, Make);

    /// <summary>The same with one closure more.</summary>
    public CalendarSet With(Domain.Closure closure) => new(weeks, special, [.. closed, (closure.From, closure.Until, Minute(closure.FromTime) ?? 0, Minute(closure.UntilTime) ?? DayHours.Day, closure.BranchId, closure.ProvinceId)], provinces, Zone);

    /// <summary>Minute of the day.</summary>
    public static int? Minute(TimeOnly? time) => time is { } t ? (t.Hour * 60) + t.Minute : null;

    private WorkCalendar Make(Guid id)
    {
        Guid? branch = id == Guid.Empty ? null : id;
        var province = branch is null ? null : provinces.GetValueOrDefault(id);
        IReadOnlyList<(DateOnly, DayHours[])> Weeks(Func<(DateOnly From, DayHours[] Days, Guid? Branch, int? Province), bool> which) => [.. weeks.Where(which).OrderBy(w => w.From).Select(w => (w.From, w.Days))];
        var company = Weeks(w => w.Branch is null && w.Province is null);
        if (company.Count == 0) company = [(DateOnly.MinValue, [.. Enumerable.Repeat(DayHours.Off, 7)])];
        var days = new Dictionary<DateOnly, DayHours>();
        // The nearer one goes over the wider one.
        foreach (var d in special.Where(d => d.Branch is null && d.Province is null)) days[d.Day] = d.Hours;
        foreach (var d in special.Where(d => province is not null && d.Branch is null && d.Province == province)) days[d.Day] = d.Hours;
        foreach (var d in special.Where(d => branch is not null && d.Branch == branch)) days[d.Day] = d.Hours;
        return new(company, days, Zone)
        {
            Nearer = [.. new[] { branch is null ? [] : Weeks(w => w.Branch == branch), province is null ? [] : Weeks(w => w.Branch is null && w.Province == province) }.Where(l => l.Count > 0)],
            Closed = [.. closed.Where(c => (c.Branch is null && c.Province is null) || (branch is not null && c.Branch == branch) || (province is not null && c.Branch is null && c.Province == province)).Select(c => (c.From, c.Until, c.FromMinute, c.UntilMinute))],
        };
    }
}

/// <summary>The calendars of the moment, at most five seconds old.</summary>
internal sealed class WorkCalendars
{
    private readonly Snapshots<string, CalendarSet> _calendars;
    private readonly NpgsqlDataSource _source;
    private readonly Settings _settings;

    public WorkCalendars(NpgsqlDataSource source, TimeProvider time, AccessChanges changes, Settings settings)
    {
        _source = source;
        _settings = settings;
        _calendars = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Settings, _calendars.Clear);
    }

    public void Forget() => _calendars.Clear();

    /// <summary>The company's zone.</summary>
    public async ValueTask<TimeZoneInfo> ZoneAsync(CancellationToken ct) => (await _calendars.GetAsync("", ct)).Zone;

    /// <summary>All of them as they would be with one closure more.</summary>
    public async ValueTask<CalendarSet> WithAsync(Domain.Closure closure, CancellationToken ct) => (await _calendars.GetAsync("", ct)).With(closure);

    /// <summary>The calendar of a branch; the company's without one.</summary>
    public async ValueTask<WorkCalendar> GetAsync(Guid? branch, CancellationToken ct) => (await _calendars.GetAsync("", ct)).Of(branch);

    [BypassesSave("A read for a singleton that no scope owns.")]
    private async Task<CalendarSet> LoadAsync(CancellationToken ct)
    {
        var zone = await _settings.FindAsync(CompanyTime.Key, ct) is { } json
            ? System.Text.Json.JsonSerializer.Deserialize<CompanyTime>(json, System.Text.Json.JsonSerializerOptions.Web)!.TimeZone
            : Zones.Default;
        await using var connection = await _source.OpenConnectionAsync(ct);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition("""
            select "from", days, branch_id, province_id from platform.work_weeks;
            select day, hours, branch_id, province_id from platform.special_days;
            select "from", until, from_time, until_time, branch_id, province_id from platform.closures where taken_back_at is null;
            select id, province_id from platform.branches;
            """, cancellationToken: ct));
        var weeks = (await answers.ReadAsync<WeekRow>()).Select(w => (w.From, w.Days.Select(d => DayHours.Parse(d) ?? DayHours.Off).ToArray(), w.Branch_Id, w.Province_Id)).ToList();
        var special = (await answers.ReadAsync<DayRow>()).Select(d => (d.Day, DayHours.Parse(d.Hours) ?? DayHours.Off, d.Branch_Id, d.Province_Id)).ToList();
        var closed = (await answers.ReadAsync<ClosureRow>()).Select(c => (c.From, c.Until, CalendarSet.Minute(c.From_Time) ?? 0, CalendarSet.Minute(c.Until_Time) ?? DayHours.Day, c.Branch_Id, c.Province_Id)).ToList();
        var provinces = (await answers.ReadAsync<BranchRow>()).ToDictionary(b => b.Id, b => b.Province_Id);
        return new(weeks, special, closed, provinces, Zones.Find(zone));
    }

    private sealed class WeekRow
    {
        public DateOnly From { get; init; }

        public string[] Days { get; init; } = [];

        public Guid? Branch_Id { get; init; }

        public int? Province_Id { get; init; }
    }

    private sealed class DayRow
    {
        public DateOnly Day { get; init; }

        public string Hours { get; init; } = "";

        public Guid? Branch_Id { get; init; }

        public int? Province_Id { get; init; }
    }

    private sealed class ClosureRow
    {
        public DateOnly From { get; init; }

        public DateOnly Until { get; init; }

        public TimeOnly? From_Time { get; init; }

        public TimeOnly? Until_Time { get; init; }

        public Guid? Branch_Id { get; init; }

        public int? Province_Id { get; init; }
    }

    private sealed class BranchRow
    {
        public Guid Id { get; init; }

        public int? Province_Id { get; init; }
    }
}

/// <summary>Reckons by whatever calendars it is given.</summary>
internal abstract class Reckoned : IWorkingTime
{
    public virtual void Forget()
    {
    }

    public Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, CancellationToken ct) => AddAsync(start, work, null, ct);

    public Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, CancellationToken ct) => SubtractAsync(end, work, null, ct);

    public async Task<TimeSpan> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => (await OfAsync(null, ct)).Between(from, to);

    public async Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, Guid? branchId, CancellationToken ct) => (await OfAsync(branchId, ct)).Add(start, work);

    public async Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, Guid? branchId, CancellationToken ct) => (await OfAsync(branchId, ct)).Subtract(end, work);

    public async Task<DateTimeOffset> AddDaysAsync(DateTimeOffset start, int days, Guid? branchId, CancellationToken ct) => (await OfAsync(branchId, ct)).AddDays(start, days);

    public async Task<DateTimeOffset> NextAsync(DateTimeOffset at, Guid? branchId, CancellationToken ct) => (await OfAsync(branchId, ct)).Next(at);

    protected abstract ValueTask<WorkCalendar> OfAsync(Guid? branch, CancellationToken ct);
}

/// <summary>The working time as it is.</summary>
internal sealed class WorkingTime(WorkCalendars calendars) : Reckoned
{
    public override void Forget() => calendars.Forget();

    protected override ValueTask<WorkCalendar> OfAsync(Guid? branch, CancellationToken ct) => calendars.GetAsync(branch, ct);
}

/// <summary>The working time as it would be.</summary>
internal sealed class SupposedTime(CalendarSet calendars) : Reckoned
{
    protected override ValueTask<WorkCalendar> OfAsync(Guid? branch, CancellationToken ct) => new(calendars.Of(branch));
}
