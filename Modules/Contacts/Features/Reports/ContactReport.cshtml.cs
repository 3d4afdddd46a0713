using System.Linq.Expressions;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

/// <summary>Customers, representatives, suppliers … counted by what stands in their files, and how they grew.</summary>
[Requires(ContactsPermissions.Report)]
internal sealed class ContactReportPage(ListedContacts listed, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    /// <summary>status (default), type, rank, source, field, province, county, owner, role, kind, standing, growth.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? By { get; set; }

    [BindProperty(SupportsGet = true)]
    public TimeStep Step { get; set; } = TimeStep.Month;

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true)]
    public Standing? Standing { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Owner { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    private static readonly Dictionary<string, string> s_fields = new(StringComparer.Ordinal)
    {
        ["status"] = "statusId", ["type"] = "typeId", ["rank"] = "rankId", ["source"] = "sourceId", ["field"] = "fieldOfActivityId", ["province"] = "addresses", ["county"] = "addresses", ["owner"] = "ownerId", ["role"] = "roles",
    };

    private bool Grows => By == "growth";

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadListsAsync();
        if (s_fields.GetValueOrDefault(By ?? "status") is { } field && Hides(field)) By = "kind";
        if (Hides("addresses")) Province = null;
        var staff = await users.ActiveAsync(Ct);
        var period = Periods.Of(Period, From, To, Now, Dates, "this-year");
        var all = await listed.OfAsync(new RecordQuery { For = Operation.Report, Filter = new List<FilterItem>().Is("role", Role).Is("standing", Standing).Is("owner", Owner) is { Count: > 0 } conditions ? new(new FilterGroup(false, conditions)) : null }, Ct);
        if (Province is { } p) all = all.Where(c => c.ProvinceId == p);

        Report = By switch
        {
            "growth" => await GrowthAsync(all, period),
            "type" => await ByListAsync(all, c => c.TypeId, "type"),
            "rank" => await ByListAsync(all, c => c.RankId, "rank"),
            "source" => await ByListAsync(all, c => c.SourceId, "source"),
            "field" => await ByListAsync(all, c => c.FieldOfActivityId, null),
            "owner" => await ByOwnerAsync(all),
            "province" => await ByProvinceAsync(all),
            "county" => await ByCountyAsync(all),
            "role" => await ByRoleAsync(all),
            "kind" => Table((await all.GroupBy(c => c.Kind).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct)).Select(g => (T[g.Key.ToString()], g.Count, (string?)Behind("kind", g.Key))), ChartShape.Pie),
            "standing" => Table((await all.GroupBy(c => c.Standing).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct)).Select(g => (EnumTitles.Of(g.Key), g.Count, (string?)Behind("standing", g.Key))), ChartShape.Pie),
            _ => await ByListAsync(all, c => c.StatusId, "status"),
        };
        Filter = new(
            "/contacts/reports/contacts", Grows ? period : null,
            [
                Titled("by", T["By"], new (string Key, string Title)[]
                {
                    ("status", T["Status"]), ("type", T["Type"]), ("rank", T["Rank"]), ("source", T["Source"]), ("field", T["Field of activity"]), ("province", T["Province"]), ("county", T["County"]), ("owner", T["Expert"]),
                    ("role", T["Role of the contact"]), ("kind", T["Kind of contact"]), ("standing", T["Potential or actual"]), ("growth", T["Growth over time"]),
                }.Where(b => !s_fields.TryGetValue(b.Key, out var field) || !Hides(field)), By ?? "status"),
                .. Grows ? (ReportChoice[])[Titled("step", T["Step of time"], Enum.GetValues<TimeStep>().Select(s => (s.ToString(), EnumTitles.Of(s))), Step.ToString())] : [],
                .. Unless("roles", Choice("role", "Role of the contact", BaseLists.Role, Role)), new("standing", T["Potential or actual"], EnumTitles.Items(typeof(Standing)), Standing?.ToString()),
                .. Unless("ownerId", new("owner", T["Expert"], staff.Select(u => new SelectListItem(u.Name, u.Id.ToString())), Owner?.ToString())), .. Unless("addresses", Provinces(Province)),
            ]);
        return await ShownAsync();
    }

    private async Task<ReportView> ByListAsync(IQueryable<Contact> all, Expression<Func<Contact, Guid?>> by, string? name)
    {
        var counts = await all.GroupBy(by).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        return Table(counts.OrderByDescending(c => c.Count).Select(c => (Lists.Title(c.Key) ?? T["Not said"], c.Count, c.Key is null || name is null ? null : (string?)Behind(name, c.Key))), counts.Count > 6 ? ChartShape.Bars : ChartShape.Pie);
    }

    private async Task<ReportView> ByOwnerAsync(IQueryable<Contact> all)
    {
        var counts = await all.GroupBy(c => c.OwnerId).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        var names = await users.CardsAsync([.. counts.Where(c => c.Key is not null).Select(c => c.Key!.Value)], Ct);
        return Table(counts.OrderByDescending(c => c.Count).Select(c => (c.Key is { } u ? names.GetValueOrDefault(u)?.Name ?? T["Unknown"] : T["Nobody"], c.Count, c.Key is null ? null : (string?)Behind("owner", c.Key))), ChartShape.Bars);
    }

    private async Task<ReportView> ByProvinceAsync(IQueryable<Contact> all)
    {
        var counts = await all.GroupBy(c => c.ProvinceId).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        return Table(counts.OrderByDescending(c => c.Count).Select(c => (Towns.Title(c.Key) ?? T["Unknown"], c.Count, c.Key is null ? null : (string?)Behind("province", c.Key))), ChartShape.Bars);
    }

    private async Task<ReportView> ByCountyAsync(IQueryable<Contact> all)
    {
        var counts = await all.GroupBy(c => c.CountyId).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        return Table(counts.OrderByDescending(c => c.Count).Select(c => (Towns.Title(c.Key) ?? T["Unknown"], c.Count, c.Key is null ? null : (string?)Behind("county", c.Key))), ChartShape.Bars);
    }

    private async Task<ReportView> ByRoleAsync(IQueryable<Contact> all)
    {
        // One contact plays several roles: the parts add up to more than there are.
        var counts = await all.SelectMany(c => c.RoleIds).GroupBy(r => r).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        return Table(counts.OrderByDescending(c => c.Count).Select(c => (Lists.Title(c.Key) ?? T["Unknown"], c.Count, (string?)Behind("role", c.Key))), ChartShape.Bars, whole: await all.LongCountAsync(Ct));
    }

    private async Task<ReportView> GrowthAsync(IQueryable<Contact> all, Period period)
    {
        var (from, until) = period.In(Dates);
        var zone = Dates.Zone.Id;
        var before = await all.LongCountAsync(c => c.CreatedAt < from, Ct);
        var counts = await all.Where(c => c.CreatedAt >= from && c.CreatedAt < until).GroupBy(c => LocalDay.Of(c.CreatedAt, zone)).Select(g => new { g.Key, Count = g.LongCount() }).ToListAsync(Ct);
        var step = Step;
        var steps = Periods.Steps(period, ref step, Dates);
        Step = step;
        var added = steps.Select(s => counts.Where(c => c.Key >= s.First && c.Key <= s.Last).Sum(c => c.Count)).ToList();
        List<long> sums = [];
        foreach (var n in added) sums.Add((sums.Count == 0 ? before : sums[^1]) + n);
        var labels = steps.Select(s => Periods.Title(s.First, step, Dates)).ToList();
        return new(
            new(ChartShape.Lines, T["Growth over time"], labels, [new(T["Contacts"], sums)]),
            new("contacts-growth", [new(T["When"]), new(T["Added"], ReportKind.Number), new(T["Contacts"], ReportKind.Number)], [.. labels.Select((l, i) => (ReportCell[])[new(l), new(added[i]), new(sums[i])])], [new(T["Together"]), new(added.Sum()), new(sums.Count == 0 ? before : sums[^1])]));
    }

    private ReportView Table(IEnumerable<(string Name, long Count, string? Url)> counts, ChartShape shape, long? whole = null)
    {
        var rows = counts.ToList();
        var sum = whole ?? rows.Sum(r => r.Count);
        return new(
            rows.Count == 0 ? null : new(shape, T["Contacts"], [.. rows.Select(r => r.Name)], [new(T["Contacts"], [.. rows.Select(r => r.Count)])], [.. rows.Select(r => r.Url)]),
            new("contacts", [new(Title), new(T["Contacts"], ReportKind.Number), new(T["Share"], ReportKind.Percent)], [.. rows.Select(r => (ReportCell[])[new(r.Name, r.Url), new(r.Count, r.Url), new(ReportText.Share(r.Count, sum))])],
                rows.Count == 0 ? null : [new(T["Together"]), new(sum), new(null)]));
    }

    private string Title => By switch
    {
        "type" => T["Type"], "rank" => T["Rank"], "source" => T["Source"], "field" => T["Field of activity"], "province" => T["Province"], "county" => T["County"], "owner" => T["Expert"],
        "role" => T["Role of the contact"], "kind" => T["Kind of contact"], "standing" => T["Potential or actual"], _ => T["Status"],
    };

    /// <summary>The list of the contacts behind a number.</summary>
    private string Behind(string name, object? value) =>
        Link("/contacts", [.. new (string Name, object? Value)[] { ("role", Role), ("standing", Standing), ("owner", Owner), ("province", Province) }.Where(q => q.Name != name).Append((name, value))]);
}
