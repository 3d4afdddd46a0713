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

/// <summary>The calendar of the moment, at most five seconds old.</summary>
internal sealed class WorkCalendars
{
    private readonly Snapshots<string, WorkCalendar> _calendars;
    private readonly NpgsqlDataSource _source;
    private readonly Settings _settings;

    public WorkCalendars(NpgsqlDataSource source, TimeProvider time, AccessChanges changes, Settings settings)
    {
        _source = source;
        _settings = settings;
        _calendars = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Settings, _calendars.Clear);
    }

    public ValueTask<WorkCalendar> GetAsync(CancellationToken ct) => _calendars.GetAsync("", ct);

    [BypassesSave("A read for a singleton that no scope owns.")]
    private async Task<WorkCalendar> LoadAsync(CancellationToken ct)
    {
        var zone = await _settings.FindAsync(CompanyTime.Key, ct) is { } json
            ? System.Text.Json.JsonSerializer.Deserialize<CompanyTime>(json, System.Text.Json.JsonSerializerOptions.Web)!.TimeZone
            : Zones.Default;
        await using var connection = await _source.OpenConnectionAsync(ct);
        var weeks = (await connection.QueryAsync<WeekRow>(new CommandDefinition("select \"from\", days from platform.work_weeks order by \"from\"", cancellationToken: ct)))
            .Select(w => (w.From, w.Days.Select(d => DayHours.Parse(d) ?? DayHours.Off).ToArray())).ToList();
        var special = (await connection.QueryAsync<DayRow>(new CommandDefinition("select day, hours from platform.special_days", cancellationToken: ct)))
            .ToDictionary(d => d.Day, d => DayHours.Parse(d.Hours) ?? DayHours.Off);
        if (weeks.Count == 0) weeks.Add((DateOnly.MinValue, [.. Enumerable.Repeat(DayHours.Off, 7)]));
        return new(weeks, special, Zones.Find(zone));
    }

    private sealed class WeekRow
    {
        public DateOnly From { get; init; }

        public string[] Days { get; init; } = [];
    }

    private sealed class DayRow
    {
        public DateOnly Day { get; init; }

        public string Hours { get; init; } = "";
    }
}

internal sealed class WorkingTime(WorkCalendars calendars) : IWorkingTime
{
    public async Task<DateTimeOffset> AddAsync(DateTimeOffset start, TimeSpan work, CancellationToken ct) => (await calendars.GetAsync(ct)).Add(start, work);

    public async Task<DateTimeOffset> SubtractAsync(DateTimeOffset end, TimeSpan work, CancellationToken ct) => (await calendars.GetAsync(ct)).Subtract(end, work);

    public async Task<TimeSpan> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => (await calendars.GetAsync(ct)).Between(from, to);
}
