using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Simulating;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.Simulate;

/// <summary>A simulation: how far it is, then its report.</summary>
[Requires(RoutinesPermissions.Design)]
internal sealed class OneSimulationPage(RoutinesDb db, IBackgroundWork work, IUserDirectory users, IContactDirectory contacts) : PageBase
{
    private const int Shown = 15;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public Simulation Simulation { get; private set; } = null!;

    public string Name { get; private set; } = "";

    public BackgroundState? Run { get; private set; }

    public SimulationReport? Report { get; private set; }

    public IReadOnlyDictionary<Guid, ContactCard> Contacts { get; private set; } = new Dictionary<Guid, ContactCard>();

    public ChartData? DaysChart { get; private set; }

    public ChartData? MessagesChart { get; private set; }

    public ChartData? StagesChart { get; private set; }

    public ReportTable Messages { get; private set; } = null!;

    public ReportTable People { get; private set; } = null!;

    public ReportTable Stages { get; private set; } = null!;

    public ReportTable DayTable { get; private set; } = null!;

    public async Task OnGetAsync() => await LoadAsync();

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Simulation = await db.Set<Simulation>().AsNoTracking().FirstOrDefaultAsync(s => s.Id == Id, ct) ?? throw new NotFound("simulation", Id);
        Name = await db.Set<RoutineDefinition>().IgnoreQueryFilters([Crm.Data.Filters.SoftDelete]).Where(r => r.Id == Simulation.RoutineId).Select(r => r.Name).FirstOrDefaultAsync(ct) ?? "";
        Run = Simulation.RunId is { } run ? await work.FindAsync(run, ct) : null;
        if (Simulation.ReportJson is not { } json) return;
        Report = SimulationReport.Read(json);
        Contacts = await contacts.CardsAsync([.. Report.Stuck.SelectMany(s => s.Contacts).Distinct()], ct);
        var names = await users.CardsAsync([.. Report.People.Select(p => p.User)], ct);
        string Person(Guid id) => id == Guid.Empty ? T["Nobody in particular"] : names.GetValueOrDefault(id)?.Name ?? T["Unknown"];
        string Channel(string c) => T[c == "sms" ? "SMS" : c == "email" ? "E-mail" : "Other"];
        ReportCell Cell(object? value) => new(value);

        Messages = new("simulation-messages", [new(T["Channel"]), new(T["Category"]), new(T["Template"]), new(T["Messages"], ReportKind.Number), new(T["Parts"], ReportKind.Number), new(T["Cost (Rials)"], ReportKind.Money)],
            [.. Report.Messages.Select(m => (ReportCell[])[Cell(Channel(m.Channel)), Cell(m.Category.Length == 0 ? "" : T[m.Category]), Cell(m.Template), Cell((long)m.Count), Cell((long)m.Parts), Cell(m.Cost)])],
            [Cell(T["Together"]), Cell(null), Cell(null), Cell((long)Report.Messages.Sum(m => m.Count)), Cell((long)Report.Messages.Sum(m => m.Parts)), Cell(Report.Messages.Sum(m => m.Cost))]);
        if (Report.Messages.Count > 0) MessagesChart = new(ChartShape.Bars, T["Messages by template"], [.. Report.Messages.Take(Shown).Select(m => m.Template)], [new(T["Messages"], [.. Report.Messages.Take(Shown).Select(m => (long)m.Count)])]);

        People = new("simulation-people", [new(T["Who"]), new(T["Tasks"], ReportKind.Number), new(T["A day"], ReportKind.Number), new(T["On the busiest day"], ReportKind.Number), new(T["Late"], ReportKind.Number)],
            [.. Report.People.Select(p => (ReportCell[])[Cell(Person(p.User)), Cell((long)p.Tasks), Cell(p.Days == 0 ? 0m : Math.Round((decimal)p.Tasks / p.Days, 1)), Cell((long)p.BusiestDay), Cell((long)p.Late)])]);
        DayTable = new("simulation-days", [new(T["Day"], ReportKind.Day), new(T["Tasks"], ReportKind.Number), new(T["Of whom most"])],
            [.. Report.Days.Select(d => (ReportCell[])[Cell(d.Day), Cell((long)d.Tasks), Cell(d.People.OrderByDescending(p => p.Value).ThenBy(p => p.Key).Select(p => $"{Person(p.Key)} ({PersianText.Number(p.Value)})").FirstOrDefault() ?? "")])]);
        if (Report.Days.Count > 1) DaysChart = new(ChartShape.Lines, T["Tasks a day"], [.. Report.Days.Select(d => Dates.Day(d.Day))], [new(T["Tasks"], [.. Report.Days.Select(d => (long)d.Tasks)])]);

        Stages = new("simulation-stages", [new(T["Stage"]), new(T["Reached"], ReportKind.Number), new(T["Done"], ReportKind.Number), new(T["Late"], ReportKind.Number), new(T["Working hours on average"], ReportKind.Number), new(T["Outcomes"]), new(T["Drawn from"])],
            [.. Report.Stages.Select(s => (ReportCell[])[Cell(s.Title), Cell((long)s.Entered), Cell((long)s.Done), Cell((long)s.Late), Cell(Math.Round(s.Minutes / 60m, 1)), Cell(Texts.List(s.Outcomes.Select(o => $"{T[o.Name]} {T.Percent((int)Math.Round(100.0 * o.Count / Math.Max(1, s.Done)))}"))), Cell(Source(s))])]);
        if (Report.Stages.Count > 0) StagesChart = new(ChartShape.Bars, T["Working hours on average"], [.. Report.Stages.Take(Shown).Select(s => s.Title)], [new(T["Working hours on average"], [.. Report.Stages.Take(Shown).Select(s => (long)Math.Round(s.Minutes / 60.0))])]);
    }

    private string Source(SimulatedStage stage) => stage.Source switch
    {
        SimulationSource.History => T["{0} recorded cases", stage.Cases],
        SimulationSource.Weighted => T["Given weights"],
        _ => T["Planned time, evenly"],
    };

    /// <summary>A span of minutes in days and hours.</summary>
    public string Span(long minutes) => minutes >= 2 * 1440 ? T["{0} days", PersianText.Digits(Math.Round(minutes / 1440.0, 1).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture))]
        : T["{0} hours", PersianText.Digits(Math.Round(minutes / 60.0, 1).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture))];
}
