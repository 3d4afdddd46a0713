using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.Costs;
using Crm.Contacts.Features.Reports;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

/// <summary>Communications of the last two weeks by day and kind.</summary>
internal sealed class CallsByDayBlock(ContactsDb db, BaseDataCache baseData, DateView dates, TimeProvider time) : IDashboardBlock
{
    public string Key => "contacts.calls-by-day";

    public string Title => "Visits and calls by day";

    public string Icon => "chart-bar";

    public int Order => 60;

    public bool Wide => true;

    public string? Permission => ContactsPermissions.SeeCommunications;

    public string? Url => null;

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(60);

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var today = dates.DayOf(time.GetUtcNow());
        var period = new Period(null, today.AddDays(-13), today);
        var zone = dates.Zone.Id;
        var counts = await CostQuery.Within(ReportQueries.Communications(db), period, dates).GroupBy(c => new { Day = LocalDay.Of(c.StartedAt, zone), c.KindId }).Select(g => new { g.Key.Day, g.Key.KindId, Count = g.LongCount() }).ToListAsync(ct);
        if (counts.Count == 0) return null;
        var days = Enumerable.Range(0, period.Days).Select(period.From.AddDays).ToList();
        var kinds = lists.All(BaseLists.CommunicationKind).Where(k => counts.Exists(c => c.KindId == k.Id)).ToList();
        var by = counts.ToDictionary(c => (c.Day, c.KindId), c => c.Count);
        return new ChartData(
            ChartShape.Stacked, Texts.Get("Visits and calls of the last {0} days: {1}", PersianText.Number(period.Days), PersianText.Number(counts.Sum(c => c.Count))), [.. days.Select(d => dates.Day(d))],
            [.. kinds.Select(k => new ChartSeries(k.Title, [.. days.Select(d => by.GetValueOrDefault((d, k.Id)))]))],
            [.. days.Select(d => (string?)$"/communications?from={Uri.EscapeDataString(Calendars.Format(d, dates.Calendar))}&to={Uri.EscapeDataString(Calendars.Format(d, dates.Calendar))}")]);
    }
}
