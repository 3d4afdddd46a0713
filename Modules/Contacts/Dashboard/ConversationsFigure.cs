using Crm.Contacts.Data;
using Crm.Contacts.Features.Reports;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

/// <summary>Communications of this week, against the last one up to the same moment.</summary>
internal sealed class ConversationsFigure(ContactsDb db, DateView dates, TimeProvider time) : IDashboardFigure
{
    public string Title => "Communications this week";

    public int Order => 20;

    public string Permission => ContactsPermissions.SeeCommunications;

    public async Task<DashboardFigure?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var week = Periods.Of("this-week", null, null, now, dates);
        var (from, _) = week.In(dates);
        var (before, until) = (from.AddDays(-7), now.AddDays(-7));
        var counts = await ReportQueries.Communications(db).Where(c => c.StartedAt >= before && c.StartedAt <= now && (c.StartedAt >= from || c.StartedAt < until)).GroupBy(c => c.StartedAt >= from).Select(g => new { Now = g.Key, Count = g.LongCount() }).ToListAsync(ct);
        string Day(DateOnly d) => Uri.EscapeDataString(Calendars.Format(d, dates.Calendar));
        return new(counts.Find(c => c.Now)?.Count ?? 0, $"/communications?from={Day(week.From)}&to={Day(week.To)}") { Before = counts.Find(c => !c.Now)?.Count ?? 0, BeforeSays = "{0} last week by now" };
    }
}
