using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

/// <summary>Suppliers beside one another: by their latest score and each criterion, by importance, by criterion, over time, and who is to be scored.</summary>
[Requires(ContactsPermissions.ReportSuppliers)]
internal sealed class SupplierReportPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    public const int Most = 2000;
    private const int Charted = 20;

    /// <summary>supplier (default), importance, criterion, time, due.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? By { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Importance { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Grade { get; set; }

    /// <summary>Suppliers are put in the order of this criterion instead of the whole.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Criterion { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Group { get; set; }

    /// <summary>There are more suppliers than are shown.</summary>
    public bool More { get; private set; }

    private sealed record Row(Guid Id, string Name, Guid? Importance, decimal? Total, DateOnly? On, Guid? Evaluation);

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        var period = Periods.Of(Period, From, To, Now, Dates, "this-year");
        Report = By switch
        {
            "importance" => await ByImportanceAsync(),
            "criterion" => await ByCriterionAsync(period),
            "time" => await OverTimeAsync(period),
            "due" => await DueAsync(),
            _ => await BySupplierAsync(),
        };
        // Names of importances and grades stand in every table: whoever sees no importance chooses by none.
        Filter = new(
            "/contacts/reports/suppliers", By is "criterion" or "time" ? period : null,
            [
                Titled("by", T["Report"], [("supplier", T["Comparison of suppliers"]), ("importance", T["By importance"]), ("criterion", T["By criterion"]), ("time", T["Over time"]), ("due", T["To be scored"])], By ?? "supplier"),
                .. SeesImportance ? (ReportChoice[])[Choice("importance", "Importance as a supplier", BaseLists.Importance, Importance)] : [],
                .. By is null or "supplier" ? (ReportChoice[])
                [
                    new("grade", T["Grade"], SupplierGrades.All.Select(g => new SelectListItem(T[g.Title], g.Key)), Grade),
                    new("criterion", T["Order by criterion"], Lists.Criteria.Where(c => c.Active || c.Id == Criterion).Select(c => new SelectListItem(c.Title, c.Id.ToString())), Criterion?.ToString()),
                ] : [],
                .. Me.Hides(ContactsRights.Contacts, "groups") ? [] : (ReportChoice[])[new("group", T["Group"], Lists.Groups.InOrder().Where(g => g.Offered).Select(g => new SelectListItem(Lists.Groups.Path(g.Group.Id), g.Group.Id.ToString())), Group?.ToString())],
            ]);
        return await ShownAsync();
    }

    private bool SeesImportance => !Me.Hides(ContactsRights.Contacts, "importanceId");

    /// <summary>Suppliers, and those that were scored while they were one.</summary>
    private IQueryable<Contact> Suppliers()
    {
        var all = db.Contacts.AsNoTracking().Where(c => c.RoleIds.Contains(SupplierGrades.Role) || db.Ratings.Any(r => r.ContactId == c.Id));
        if (Importance is { } importance && SeesImportance) all = all.Where(c => c.ImportanceId == importance);
        if (Group is { } group && !Me.Hides(ContactsRights.Contacts, "groups"))
        {
            var under = Lists.Groups.Under(group);
            all = all.Where(c => c.GroupIds!.Any(g => under.Contains(g)));
        }

        return all;
    }

    // The best first; those never scored stand below, or first where they are what is looked for.
    private async Task<List<Row>> RowsAsync(IQueryable<Contact> suppliers, bool unscoredFirst = false)
    {
        var rows = await (
            from c in suppliers
            join r in db.Ratings on c.Id equals r.ContactId into rated
            from r in rated.DefaultIfEmpty()
            orderby (r == null) != unscoredFirst, r.Total descending, c.Name
            select new Row(c.Id, c.Name, c.ImportanceId, r == null ? null : r.Total, r == null ? null : r.ScoredOn, r == null ? null : r.EvaluationId)).Take(Most + 1).ToListAsync(Ct);
        More = rows.Count > Most;
        if (More) rows.RemoveAt(Most);
        return rows;
    }

    private async Task<ReportView> BySupplierAsync()
    {
        var suppliers = Suppliers();
        if (SupplierGrades.All.Any(g => g.Key == Grade))
        {
            var from = SupplierGrades.All.First(g => g.Key == Grade).From;
            var below = SupplierGrades.All.Where(g => g.From > from).Select(g => (decimal?)g.From).Min() ?? 101;
            suppliers = suppliers.Where(c => db.Ratings.Any(r => r.ContactId == c.Id && r.Total >= from && r.Total < below));
        }

        var rows = await RowsAsync(suppliers);

        var ids = rows.Select(r => r.Evaluation).OfType<Guid>().ToArray();
        var scorings = await db.Evaluations.AsNoTracking().Where(e => ids.Contains(e.Id)).Select(e => new { e.Id, e.ScoredBy, Scores = e.Scores.Select(s => new { s.CriterionId, s.Points }).ToList() }).ToDictionaryAsync(e => e.Id, Ct);
        var contacts = rows.Select(r => r.Id).ToArray();
        // The scoring before the latest one, for the way a supplier goes.
        var before = (await db.Evaluations.AsNoTracking().Where(e => contacts.Contains(e.ContactId) && !ids.Contains(e.Id)).GroupBy(e => e.ContactId)
            .Select(g => g.OrderByDescending(e => e.ScoredOn).ThenByDescending(e => e.Id).Select(e => new { e.ContactId, e.Total }).First()).ToListAsync(Ct)).ToDictionary(e => e.ContactId, e => e.Total);
        var names = await users.CardsAsync([.. scorings.Values.Select(s => s.ScoredBy).OfType<Guid>().Distinct()], Ct);
        var judged = scorings.Values.SelectMany(s => s.Scores).Select(s => s.CriterionId).ToHashSet();
        var criteria = Lists.Criteria.Where(c => judged.Contains(c.Id)).ToList();
        int? Points(Row r, Guid criterion) => r.Evaluation is { } e && scorings.TryGetValue(e, out var s) ? s.Scores.FirstOrDefault(x => x.CriterionId == criterion)?.Points : null;
        if (Criterion is { } order) rows = [.. rows.OrderByDescending(r => Points(r, order) ?? 0).ThenByDescending(r => r.Total)];
        var best = rows.Where(r => r.Total is not null).Take(Charted).ToList();
        return new(
            best.Count == 0 ? null : new(ChartShape.Bars, T["Score"], [.. best.Select(r => r.Name)], [new(T["Score"], [.. best.Select(r => (long)Math.Round(r.Total!.Value))])], [.. best.Select(r => (string?)$"/contacts/{r.Id}/scores")]),
            new("suppliers",
                [
                    new(T["Supplier"]), .. SeesImportance ? (ReportColumn[])[new(T["Importance as a supplier"])] : [], new(T["Score"]), new(T["Grade"]), new(T["Change"]), .. criteria.Select(c => new ReportColumn(c.Title)),
                    new(T["Scored on"], ReportKind.Day), new(T["Scored by"]),
                ],
                [.. rows.Select(r => (ReportCell[])
                [
                    new(r.Name, $"/contacts/{r.Id}"), .. SeesImportance ? (ReportCell[])[new(Lists.Title(r.Importance))] : [], new(r.Total, r.Total is null ? null : $"/contacts/{r.Id}/scores"), new(r.Total is { } total ? T[SupplierGrades.Of(total).Title] : T["Not scored yet"]),
                    new(r.Total is { } t && before.TryGetValue(r.Id, out var b) ? t - b : null), .. criteria.Select(c => new ReportCell(Points(r, c.Id))),
                    new(r.On), new(r.Evaluation is { } e && scorings.GetValueOrDefault(e)?.ScoredBy is { } by ? names.GetValueOrDefault(by)?.Name : null),
                ])]),
            "No supplier was found for this choice.");
    }

    private async Task<ReportView> ByImportanceAsync()
    {
        if (!SeesImportance) return new(null, new("suppliers-importance", [new(T["Importance as a supplier"])], []));
        var groups = await (
            from c in Suppliers()
            join r in db.Ratings on c.Id equals r.ContactId into rated
            from r in rated.DefaultIfEmpty()
            group new { Total = r == null ? null : (decimal?)r.Total } by c.ImportanceId into g
            select new { g.Key, Count = g.LongCount(), Scored = g.LongCount(x => x.Total != null), Average = g.Average(x => x.Total), Least = g.Min(x => x.Total), Most = g.Max(x => x.Total) }).ToListAsync(Ct);
        var ordered = groups.OrderBy(g => g.Key is null).ThenBy(g => Lists.Find(g.Key)?.Order).ToList();
        string Name(Guid? id) => Lists.Title(id) ?? T["Not said"];
        string? Behind(Guid? id) => id is null ? null : Link("/contacts/reports/suppliers", ("importance", id));
        return new(
            ordered.Count == 0 ? null : new(ChartShape.Columns, T["Average score"], [.. ordered.Select(g => Name(g.Key))], [new(T["Average score"], [.. ordered.Select(g => (long)Math.Round(g.Average ?? 0))])], [.. ordered.Select(g => Behind(g.Key))]),
            new("suppliers-importance", [new(T["Importance as a supplier"]), new(T["Suppliers"], ReportKind.Number), new(T["Scored"], ReportKind.Number), new(T["Average score"]), new(T["Lowest"]), new(T["Highest"])],
                [.. ordered.Select(g => (ReportCell[])[new(Name(g.Key), Behind(g.Key)), new(g.Count), new(g.Scored), new(Rounded(g.Average)), new(g.Least), new(g.Most)])]),
            "No supplier was found for this choice.");
    }

    private async Task<ReportView> ByCriterionAsync(Period period)
    {
        var suppliers = Suppliers();
        var groups = await db.Evaluations.AsNoTracking().Where(e => e.ScoredOn >= period.From && e.ScoredOn <= period.To && suppliers.Any(c => c.Id == e.ContactId)).SelectMany(e => e.Scores).GroupBy(s => s.CriterionId)
            .Select(g => new { g.Key, Count = g.LongCount(), Average = g.Average(s => (decimal?)s.Points), Bad = g.LongCount(s => s.Points <= 2) }).ToListAsync(Ct);
        var ordered = Lists.Criteria.Join(groups, c => c.Id, g => g.Key, (c, g) => (Criterion: c, Figures: g)).ToList();
        return new(
            ordered.Count == 0 ? null : new(ChartShape.Bars, T["Average of the points that could be had"], [.. ordered.Select(o => o.Criterion.Title)], [new(T["Average"], [.. ordered.Select(o => (long)Math.Round(100 * (o.Figures.Average ?? 0) / SupplierGrades.Best))])], [.. ordered.Select(o => (string?)Link("/contacts/reports/suppliers", ("criterion", o.Criterion.Id)))]),
            new("suppliers-criteria", [new(T["Criterion"]), new(T["Weight"], ReportKind.Number), new(T["Scorings"], ReportKind.Number), new(T["Average of points"]), new(T["Poor or very poor"], ReportKind.Number)],
                [.. ordered.Select(o => (ReportCell[])[new(o.Criterion.Title, Link("/contacts/reports/suppliers", ("criterion", o.Criterion.Id))), new(o.Criterion.Weight), new(o.Figures.Count), new(Rounded(o.Figures.Average)), new(o.Figures.Bad)])]),
            "Nothing was scored in this time.");
    }

    private async Task<ReportView> OverTimeAsync(Period period)
    {
        var suppliers = Suppliers();
        var days = await db.Evaluations.AsNoTracking().Where(e => e.ScoredOn >= period.From && e.ScoredOn <= period.To && suppliers.Any(c => c.Id == e.ContactId)).GroupBy(e => e.ScoredOn)
            .Select(g => new { g.Key, Count = g.LongCount(), Sum = g.Sum(e => e.Total) }).ToListAsync(Ct);
        var step = TimeStep.Month;
        var steps = Periods.Steps(period, ref step, Dates).Select(s =>
        {
            var within = days.Where(d => d.Key >= s.First && d.Key <= s.Last).ToList();
            var count = within.Sum(d => d.Count);
            return (Title: Periods.Title(s.First, step, Dates), Count: count, Average: count == 0 ? (decimal?)null : within.Sum(d => d.Sum) / count);
        }).ToList();
        return new(
            days.Count == 0 ? null : new(ChartShape.Columns, T["Average score"], [.. steps.Select(s => s.Title)], [new(T["Average score"], [.. steps.Select(s => (long)Math.Round(s.Average ?? 0))])]),
            new("suppliers-time", [new(T["When"]), new(T["Scorings"], ReportKind.Number), new(T["Average score"])], days.Count == 0 ? [] : [.. steps.Select(s => (ReportCell[])[new(s.Title), new(s.Count), new(Rounded(s.Average))])]),
            "Nothing was scored in this time.");
    }

    /// <summary>Suppliers that were never scored, and those whose importance asks for it again; longest overdue first.</summary>
    private async Task<ReportView> DueAsync()
    {
        var today = Dates.DayOf(Now);
        // The list is cut at its most: what can't be due yet takes no place in it.
        var latest = Lists.All(BaseLists.Importance).Where(i => i.Months is not null).Select(i => (DateOnly?)today.AddMonths(-i.Months!.Value)).Max();
        var candidates = Suppliers().Where(c => c.RoleIds.Contains(SupplierGrades.Role) && (!db.Ratings.Any(r => r.ContactId == c.Id) || db.Ratings.Any(r => r.ContactId == c.Id && r.ScoredOn <= latest)));
        var rows = (await RowsAsync(candidates, unscoredFirst: true)).Select(r => (Row: r, Due: r.On is { } on ? Lists.Find(r.Importance)?.Months is { } months ? on.AddMonths(months) : (DateOnly?)null : DateOnly.MinValue))
            .Where(r => r.Due <= today).OrderBy(r => r.Due).ThenBy(r => r.Row.Name, StringComparer.CurrentCulture).ToList();
        return new(
            null,
            new("suppliers-due", [new(T["Supplier"]), .. SeesImportance ? (ReportColumn[])[new(T["Importance as a supplier"])] : [], new(T["Scored on"], ReportKind.Day), new(T["Score"]), new(T["Due since"], ReportKind.Day)],
                [.. rows.Select(r => (ReportCell[])
                [
                    new(r.Row.Name, Me.Can(ContactsPermissions.ScoreSuppliers) ? $"/contacts/{r.Row.Id}/scores/new" : $"/contacts/{r.Row.Id}"), .. SeesImportance ? (ReportCell[])[new(Lists.Title(r.Row.Importance))] : [], new(r.Row.On), new(r.Row.Total),
                    new(r.Due == DateOnly.MinValue ? null : r.Due),
                ])]),
            "No supplier is waiting to be scored.");
    }

    private static decimal? Rounded(decimal? value) => value is { } v ? Math.Round(v, 1, MidpointRounding.AwayFromZero) : null;
}
