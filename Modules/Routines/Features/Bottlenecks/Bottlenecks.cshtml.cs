using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Crm.Routines.Features.Bottlenecks;

internal sealed class RoutineReports : IReportSource
{
    public IEnumerable<ReportLink> Reports { get; } =
    [
        new("Routines", "Where jobs pile up", "How long each stage takes and with whom, how much of it is late, and what waits now.", "/jobs/reports/bottlenecks", "hourglass", RoutinesPermissions.ReportJobs),
    ];
}

/// <summary>What a stage or a person took in the period, and what waits there now.</summary>
internal sealed record StageFigures(string Name, Guid? Id, long Done, double? Median, double? Slow, double? Planned, long Late, long Dated, long Waiting, long LateNow, double? Longest);

/// <summary>Time by stage or by person, lateness, and where jobs pile up.</summary>
[Requires(RoutinesPermissions.ReportJobs)]
internal sealed class BottlenecksPage(RoutinesDb db, IUserDirectory users, TimeProvider time) : ReportPage(time)
{
    private const string Path = "/jobs/reports/bottlenecks";
    private const int Drawn = 15;

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? By { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Routine { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        var period = Periods.Of(Period, From, To, Now, Dates);
        var byPerson = By == "person";
        var figures = await FiguresAsync(byPerson, period, Ct);
        var names = byPerson ? await users.CardsAsync([.. figures.Select(f => f.Id).OfType<Guid>()], Ct) : new Dictionary<Guid, UserCard>();
        string NameOf(StageFigures f) => !byPerson ? f.Name : f.Id is { } id ? names.GetValueOrDefault(id)?.Name ?? T["Unknown"] : T["Nobody yet"];
        string Behind(StageFigures f, string show) =>
            Link("/jobs", ("show", show), ("routine", Routine), ("stage", byPerson ? null : f.Name), ("filter", byPerson && f.Id is { } id ? $"doers.is({id})" : null));
        IReadOnlyList<ReportCell> Row(StageFigures f) =>
        [
            new(NameOf(f)), new(f.Done), new(f.Median), new(f.Slow), new(f.Planned), new(ReportText.Share(f.Late, f.Dated)),
            new(f.Waiting, f.Waiting == 0 ? null : Behind(f, "running")), new(f.LateNow, f.LateNow == 0 ? null : Behind(f, "late")), new(f.Longest),
        ];
        var rows = figures.OrderByDescending(f => f.LateNow).ThenByDescending(f => f.Waiting).ThenByDescending(f => f.Median ?? 0).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
        var drawn = rows.Where(f => f.Waiting > 0).Take(Drawn).ToList();
        Report = new(
            drawn.Count == 0 ? null : new(
                ChartShape.Bars, T["What waits now"], [.. drawn.Select(NameOf)], [new(T["Late"], [.. drawn.Select(f => f.LateNow)], "red"), new(T["In time"], [.. drawn.Select(f => f.Waiting - f.LateNow)], "green")], [.. drawn.Select(f => Behind(f, "running"))]),
            new(
                "bottlenecks",
                [
                    new(T[byPerson ? "Who does it" : "Stage"]), new(T["Done"], ReportKind.Number), new(T["Usually (hours)"], ReportKind.Number), new(T["Slowest tenth (hours)"], ReportKind.Number), new(T["Planned (hours)"], ReportKind.Number),
                    new(T["Late, of those due"], ReportKind.Percent), new(T["Waits now"], ReportKind.Number), new(T["Late now"], ReportKind.Number), new(T["Longest (hours)"], ReportKind.Number),
                ],
                [.. rows.Select(Row)]))
        {
            MayExport = Me.Can(RoutinesPermissions.ExportJobs),
        };
        var routines = await db.Set<RoutineDefinition>().AsNoTracking().OrderBy(r => r.Name).Select(r => new { r.Id, r.Name }).Take(500).ToListAsync(Ct);
        Filter = new(
            Path, period,
            [
                Titled("by", T["By"], [("stage", T["Stage"]), ("person", T["Who does it"])], byPerson ? "person" : "stage"),
                new("routine", T["Routine"], routines.Select(r => new SelectListItem(r.Name, r.Id.ToString())), Routine?.ToString()),
            ]);
        return await ShownAsync(RoutinesPermissions.ExportJobs);
    }

    // The policy as the filter of the context has it, and as far as the right to reports reaches.
    [Crm.Data.BypassesSave("Only reads: middle values are the database's, EF has no word for them.")]
    private Task<List<StageFigures>> FiguresAsync(bool byPerson, Period period, CancellationToken ct)
    {
        var (from, to) = period.In(Dates);
        var (see, report) = (RecordScope.Sql<Job>(Me, "j", prefix: "see"), RecordScope.Sql<Job>(Me, "j", Operation.Report, "report"));
        List<NpgsqlParameter> values =
        [
            new("byPerson", byPerson), new("now", Now.UtcDateTime), new("from", from.UtcDateTime), new("to", to.UtcDateTime), new("routine", NpgsqlTypes.NpgsqlDbType.Uuid) { Value = (object?)Routine ?? DBNull.Value },
            .. see.Parameters.Concat(report.Parameters).Select(p => new NpgsqlParameter(p.Key, p.Value)),
        ];
        var sql = $"""
            select x.name as "Name", x.id as "Id",
              count(*) filter (where x.done) as "Done",
              round((percentile_cont(0.5) within group (order by x.took) filter (where x.done))::numeric, 1)::float8 as "Median",
              round((percentile_cont(0.9) within group (order by x.took) filter (where x.done))::numeric, 1)::float8 as "Slow",
              round((avg(x.planned_minutes) / 60)::numeric, 1)::float8 as "Planned",
              count(*) filter (where x.done and x.done_at > x.due_at) as "Late", count(*) filter (where x.done and x.due_at is not null) as "Dated",
              count(*) filter (where not x.done) as "Waiting", count(*) filter (where not x.done and x.due_at < @now) as "LateNow",
              round((max(x.took) filter (where not x.done))::numeric, 1)::float8 as "Longest"
            from (
              select case when @byPerson then '' else s.title end as name, case when @byPerson then coalesce(s.done_by, s.taken_by, s.user_ids[1]) end as id,
                s.status = 'Done' as done, extract(epoch from coalesce(s.done_at, @now) - s.opened_at)::float8 / 3600 as took, s.planned_minutes, s.due_at, s.done_at
              from routines.stage_items s join routines.jobs j on j.id = s.job_id
              where (s.status = 'Open' or (s.status = 'Done' and s.done_at >= @from and s.done_at < @to))
                and (@routine is null or j.routine_id = @routine) and {see.Text} and {report.Text}
            ) x group by x.name, x.id
            """;
        return db.Database.SqlQueryRaw<StageFigures>(sql, [.. values]).ToListAsync(ct);
    }
}
