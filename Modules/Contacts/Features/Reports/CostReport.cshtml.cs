using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.Costs;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

/// <summary>What communications have cost, by staff, kind, customer or time.</summary>
[Requires(ContactsPermissions.ReportCommunications)]
internal sealed class CostReportPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    private const int MostContacts = 100;

    /// <summary>staff (default), kind, contact, time.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? By { get; set; }

    [BindProperty(SupportsGet = true)]
    public TimeStep Step { get; set; } = TimeStep.Month;

    [BindProperty(SupportsGet = true)]
    public Guid? Kind { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? Staff { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        if (HidesSaid("costs")) throw new Forbidden(ContactsRights.Communications + ".costs");
        if (Hides("addresses")) Province = null;
        if (HidesSaid("userId")) (Staff, By) = (null, By is null or "staff" ? "kind" : By);
        var period = Periods.Of(Period, From, To, Now, Dates);
        var communications = CommunicationsOfReport.OfContacts(db, CostQuery.Within(ReportQueries.Reported(db), period, Dates), null, Province);
        if (Staff is { } staff) communications = communications.Where(c => c.UserId == staff);
        var lines = CostQuery.Lines(communications);
        if (Kind is { } kind) lines = lines.Where(l => l.KindId == kind);
        List<(string Name, long Sum, string? Url)> rows = [];
        var shape = ChartShape.Bars;
        if (By == "kind")
        {
            var sums = await lines.GroupBy(l => l.KindId).Select(g => new { g.Key, Sum = g.Sum(l => l.Amount) }).ToListAsync(Ct);
            rows = [.. sums.OrderByDescending(s => s.Sum).Select(s => (Lists.Title(s.Key) ?? "", s.Sum, (string?)Self("staff", ("kind", s.Key))))];
            shape = ChartShape.Pie;
        }
        else if (By == "contact")
        {
            var sums = await lines.GroupBy(l => l.ContactId).Select(g => new { g.Key, Sum = g.Sum(l => l.Amount) }).OrderByDescending(g => g.Sum).Take(MostContacts).ToListAsync(Ct);
            var ids = sums.Select(s => s.Key).ToList();
            var names = await db.Contacts.AsNoTracking().Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, Ct);
            rows = [.. sums.Select(s => (names.GetValueOrDefault(s.Key) ?? T["Unknown"], s.Sum, (string?)Link($"/contacts/{s.Key}/costs", ("from", Day(period.From)), ("to", Day(period.To)), ("kind", Kind))))];
        }
        else if (By == "time")
        {
            var zone = Dates.Zone.Id;
            var sums = await lines.GroupBy(l => LocalDay.Of(l.At, zone)).Select(g => new { g.Key, Sum = g.Sum(l => l.Amount) }).ToListAsync(Ct);
            var step = Step;
            var steps = Periods.Steps(period, ref step, Dates);
            Step = step;
            rows = [.. steps.Select(s => (Periods.Title(s.First, step, Dates), sums.Where(x => x.Key >= s.First && x.Key <= s.Last).Sum(x => x.Sum), (string?)Self("contact", ("from", Day(s.First)), ("to", Day(s.Last)), ("period", null))))];
            shape = ChartShape.Columns;
        }
        else
        {
            var sums = await lines.GroupBy(l => l.UserId).Select(g => new { g.Key, Sum = g.Sum(l => l.Amount) }).ToListAsync(Ct);
            var names = await users.CardsAsync([.. sums.Where(s => s.Key is not null).Select(s => s.Key!.Value)], Ct);
            rows = [.. sums.OrderByDescending(s => s.Sum).Select(s => (s.Key is { } u ? names.GetValueOrDefault(u)?.Name ?? T["Unknown"] : T["By itself (routine)"], s.Sum, s.Key is null ? null : (string?)Self("contact", ("user", s.Key))))];
        }

        var total = rows.Sum(r => r.Sum);
        Report = new(
            rows.Count == 0 ? null : new(shape, T["Costs of visits"], [.. rows.Take(40).Select(r => r.Name)], [new(T["Amount (Rials)"], [.. rows.Take(40).Select(r => r.Sum)])], [.. rows.Take(40).Select(r => r.Url)]),
            new("costs", [new(By switch { "kind" => T["Kind of cost"], "contact" => T["Contact"], "time" => T["When"], _ => T["Who"] }), new(T["Amount (Rials)"], ReportKind.Money), new(T["Share"], ReportKind.Percent)],
                [.. rows.Where(r => r.Sum != 0).Select(r => (ReportCell[])[new(r.Name, r.Url), new(r.Sum, r.Url), new(ReportText.Share(r.Sum, total))])], rows.Count == 0 ? null : [new(T["Together"]), new(total), new(null)]),
            "No costs in this time.");
        Filter = new(
            "/contacts/reports/costs", period,
            [
                Titled("by", T["By"], [.. UnlessSaid("userId", ("staff", T["Staff"])), ("kind", T["Kind of cost"]), ("contact", T["Contact"]), ("time", T["Over time"])], By ?? "staff"),
                Titled("step", T["Step of time"], Enum.GetValues<TimeStep>().Select(s => (s.ToString(), EnumTitles.Of(s))), Step.ToString()),
                Choice("kind", "Kind of cost", BaseLists.CostKind, Kind),
                .. UnlessSaid("userId", new ReportChoice("user", T["Who"], (await users.ActiveAsync(Ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString())), Staff?.ToString())), .. Unless("addresses", Provinces(Province)),
            ]);
        return await ShownAsync();

        // Another look at a part of the sum.
        string Self(string by, params (string Name, object? Value)[] more)
        {
            List<(string Name, object? Value)> query = [("by", by), ("period", Period), ("from", From is { } f ? Day(f) : null), ("to", To is { } t ? Day(t) : null), ("kind", Kind), ("user", Staff), ("province", Province)];
            foreach (var m in more)
            {
                query.RemoveAll(q => q.Name == m.Name);
                query.Add(m);
            }

            return Link("/contacts/reports/costs", [.. query]);
        }
    }
}
