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

/// <summary>Visits and calls by time, staff, contact, province, kind or result; each number leads to the communications behind it.</summary>
[Requires(ContactsPermissions.ReportCommunications)]
internal sealed class CommunicationReportPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    private const int MostContacts = 100;

    /// <summary>time (default), staff, contact, province, result.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? By { get; set; }

    [BindProperty(SupportsGet = true)]
    public TimeStep Step { get; set; } = TimeStep.Day;

    [BindProperty(SupportsGet = true)]
    public Guid? Kind { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Result { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public Guid? Staff { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        if (Hides("addresses")) (Province, By) = (null, By == "province" ? null : By);
        if (Hides("roles")) Role = null;
        if (HidesSaid("userId")) (Staff, By) = (null, By == "staff" ? null : By);
        if (HidesSaid("resultId")) (Result, By) = (null, By == "result" ? null : By);
        var period = Periods.Of(Period, From, To, Now, Dates);
        var staff = await users.ActiveAsync(Ct);
        var all = CommunicationsOfReport.Narrow(ReportQueries.Reported(db), new CommunicationFilter { Contact = Contact, Kind = Kind, Result = Result, User = Staff, From = period.From, To = period.To }, Dates);
        all = CommunicationsOfReport.OfContacts(db, all, Role, Province);
        var contactName = Contact is { } one ? await db.Contacts.Where(c => c.Id == one).Select(c => c.Name).FirstOrDefaultAsync(Ct) : null;
        Report = By switch
        {
            "staff" => await ByStaffAsync(all, period),
            "contact" => await ByContactAsync(all, period),
            "province" => await ByProvinceAsync(all, period),
            "result" => await ByResultAsync(all, period),
            _ => await ByTimeAsync(all, period),
        };
        Filter = new(
            "/contacts/reports/communications", period,
            [
                Titled("by", T["By"], [("time", T["Over time"]), .. UnlessSaid("userId", ("staff", T["Staff"])), ("contact", T["Contact"]), .. Hides("addresses") ? [] : ((string, string)[])[("province", T["Province"])], .. UnlessSaid("resultId", ("result", T["Result"]))], By ?? "time"),
                Titled("step", T["Step of time"], Enum.GetValues<TimeStep>().Select(s => (s.ToString(), EnumTitles.Of(s))), Step.ToString()),
                Choice("kind", "Kind", BaseLists.CommunicationKind, Kind), .. UnlessSaid("resultId", Choice("result", "Result", BaseLists.CommunicationResult, Result)),
                .. UnlessSaid("userId", new ReportChoice("user", T["Who"], staff.Select(u => new SelectListItem(u.Name, u.Id.ToString())), Staff?.ToString())),
                .. Unless("roles", Choice("role", "Role of the contact", BaseLists.Role, Role)), .. Unless("addresses", Provinces(Province)),
                new("contact", T["Contact"], [], Contact?.ToString(), "/contacts/lookup", contactName),
            ]);
        return await ShownAsync();
    }

    private async Task<ReportView> ByTimeAsync(IQueryable<Communication> all, Period period)
    {
        var zone = Dates.Zone.Id;
        var counts = await all.GroupBy(c => new { Day = LocalDay.Of(c.StartedAt, zone), c.KindId }).Select(g => new { g.Key.Day, g.Key.KindId, Count = g.LongCount() }).ToListAsync(Ct);
        var kinds = KindsOf(counts.Select(c => c.KindId));
        var step = Step;
        var steps = Periods.Steps(period, ref step, Dates);
        Step = step;
        // One walk over the days, each put into its step.
        var table = new long[steps.Count, kinds.Count];
        var firsts = steps.Select(s => s.First.DayNumber).ToArray();
        foreach (var c in counts)
        {
            var at = Array.BinarySearch(firsts, c.Day.DayNumber);
            var k = kinds.FindIndex(x => x.Id == c.KindId);
            if (k >= 0) table[Math.Clamp(at < 0 ? ~at - 1 : at, 0, steps.Count - 1), k] += c.Count;
        }

        return Table(period, kinds, T["When"], [.. steps.Select((s, i) => (Periods.Title(s.First, step, Dates), (string?)null, (Func<int, long>)(k => table[i, k]), new List<(string, object?)> { ("from", Day(s.First)), ("to", Day(s.Last)) }))], ChartShape.Stacked, over: true);
    }

    private async Task<ReportView> ByStaffAsync(IQueryable<Communication> all, Period period)
    {
        var counts = await all.GroupBy(c => new { c.UserId, c.KindId }).Select(g => new { g.Key.UserId, g.Key.KindId, Count = g.LongCount() }).ToListAsync(Ct);
        var names = await users.CardsAsync([.. counts.Where(c => c.UserId is not null).Select(c => c.UserId!.Value).Distinct()], Ct);
        return Grouped(period, T["Who"], counts.Select(c => ((object?)c.UserId, c.KindId, c.Count)), key => key is Guid u ? names.GetValueOrDefault(u)?.Name ?? T["Unknown"] : T["By itself (routine)"], key => key is null ? null : [("user", key)]);
    }

    private async Task<ReportView> ByContactAsync(IQueryable<Communication> all, Period period)
    {
        var most = await all.GroupBy(c => c.ContactId).Select(g => new { g.Key, Count = g.LongCount() }).OrderByDescending(g => g.Count).ThenBy(g => g.Key).Take(MostContacts).Select(g => g.Key).ToListAsync(Ct);
        var counts = await all.Where(c => most.Contains(c.ContactId)).GroupBy(c => new { c.ContactId, c.KindId }).Select(g => new { g.Key.ContactId, g.Key.KindId, Count = g.LongCount() }).ToListAsync(Ct);
        var names = await db.Contacts.AsNoTracking().Where(c => most.Contains(c.Id)).Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, Ct);
        return Grouped(period, T["Contact"], counts.Select(c => ((object?)c.ContactId, c.KindId, c.Count)), key => names.GetValueOrDefault((Guid)key!) ?? "", key => [("contact", key)], key => $"/contacts/{key}");
    }

    private async Task<ReportView> ByProvinceAsync(IQueryable<Communication> all, Period period)
    {
        var counts = await all.GroupBy(c => new { c.Contact!.ProvinceId, c.KindId }).Select(g => new { g.Key.ProvinceId, g.Key.KindId, Count = g.LongCount() }).ToListAsync(Ct);
        return Grouped(
            period, T["Province"], counts.Select(c => ((object?)c.ProvinceId, c.KindId, c.Count)), key => key is int p ? Towns.Title(p) ?? "" : T["Unknown"], key => key is null ? null : [("province", key)]);
    }

    private async Task<ReportView> ByResultAsync(IQueryable<Communication> all, Period period)
    {
        var counts = await all.GroupBy(c => new { c.ResultId, c.KindId }).Select(g => new { g.Key.ResultId, g.Key.KindId, Count = g.LongCount() }).ToListAsync(Ct);
        return Grouped(period, T["Result"], counts.Select(c => ((object?)c.ResultId, c.KindId, c.Count)), key => key is Guid r ? Lists.Title(r) ?? "" : T["No result"], key => key is null ? null : [("result", key)]);
    }

    private ReportView Grouped(Period period, string title, IEnumerable<(object? Key, Guid Kind, long Count)> counts, Func<object?, string> name, Func<object?, List<(string, object?)>?> drill, Func<object?, string?>? url = null)
    {
        var list = counts.ToList();
        var kinds = KindsOf(list.Select(c => c.Kind));
        var rows = list.GroupBy(c => c.Key).OrderByDescending(g => g.Sum(c => c.Count)).Select(g =>
        {
            var of = g.GroupBy(c => c.Kind).ToDictionary(k => k.Key, k => k.Sum(c => c.Count));
            return (name(g.Key), url?.Invoke(g.Key), (Func<int, long>)(k => of.GetValueOrDefault(kinds[k].Id)), drill(g.Key));
        }).ToList();
        return Table(period, kinds, title, rows, ChartShape.Bars, over: false);
    }

    private ReportView Table(Period period, List<BaseValue> kinds, string title, List<(string Name, string? Url, Func<int, long> Of, List<(string, object?)>? Drill)> rows, ChartShape shape, bool over)
    {
        List<IReadOnlyList<ReportCell>> cells = [];
        var sums = new long[kinds.Count];
        foreach (var (name, url, of, drill) in rows)
        {
            var numbers = Enumerable.Range(0, kinds.Count).Select(of).ToArray();
            for (var k = 0; k < numbers.Length; k++) sums[k] += numbers[k];
            // Steps of time without anything stay in the picture, but fill no paper.
            if (over && numbers.Sum() == 0) continue;
            cells.Add([new(name, url), .. numbers.Select((n, k) => new ReportCell(n, n == 0 || drill is null ? null : Behind(period, drill, ("kind", kinds[k].Id)))), new(numbers.Sum(), drill is null ? null : Behind(period, drill))]);
        }

        var top = over ? rows : [.. rows.Take(30)];
        ChartData? chart = rows.Count == 0 ? null : new(
            shape, T["Visits and calls"], [.. top.Select(r => r.Name)],
            shape == ChartShape.Bars ? [new(T["Together"], [.. top.Select(r => Enumerable.Range(0, kinds.Count).Sum(r.Of))])] : [.. kinds.Select((k, i) => new ChartSeries(k.Title, [.. top.Select(r => r.Of(i))]))],
            [.. top.Select(r => r.Drill is null ? null : Behind(period, r.Drill))]);
        return new(
            chart,
            new("communications", [new(title), .. kinds.Select(k => new ReportColumn(k.Title, ReportKind.Number)), new(T["Together"], ReportKind.Number)], cells, [new(T["Together"]), .. sums.Select(s => new ReportCell(s)), new(sums.Sum())]));
    }

    /// <summary>The list of the communications behind a number.</summary>
    private string Behind(Period period, List<(string Name, object? Value)> drill, params (string Name, object? Value)[] more)
    {
        List<(string Name, object? Value)> query = [("from", Day(period.From)), ("to", Day(period.To)), ("kind", Kind), ("result", Result), ("user", Staff), ("contact", Contact), ("role", Role), ("province", Province)];
        foreach (var (name, value) in drill.Concat(more))
        {
            query.RemoveAll(q => q.Name == name);
            query.Add((name, value));
        }

        return Link("/communications", [.. query]);
    }

    private List<BaseValue> KindsOf(IEnumerable<Guid> used)
    {
        var ids = used.ToHashSet();
        return [.. Lists.All(BaseLists.CommunicationKind).Where(k => ids.Contains(k.Id))];
    }
}
