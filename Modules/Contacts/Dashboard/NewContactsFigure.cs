using Crm.Contacts.Data;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

/// <summary>Contacts that were added this month, against the last one up to the same day.</summary>
internal sealed class NewContactsFigure(ContactsDb db, DateView dates, TimeProvider time) : IDashboardFigure
{
    public string Title => "New contacts this month";

    public int Order => 30;

    public string Permission => ContactsPermissions.See;

    public async Task<DashboardFigure?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var (from, _) = Periods.Of("this-month", null, null, now, dates).In(dates);
        var (before, _) = Periods.Of("last-month", null, null, now, dates).In(dates);
        // A shorter month before this one ends where this one begins.
        var until = before + (now - from) is var same && same < from ? same : from;
        var counts = await db.Contacts.AsNoTracking().Where(c => c.CreatedAt >= before && (c.CreatedAt >= from || c.CreatedAt < until)).GroupBy(c => c.CreatedAt >= from).Select(g => new { Now = g.Key, Count = g.LongCount() }).ToListAsync(ct);
        return new(counts.Find(c => c.Now)?.Count ?? 0, "/contacts?sort=-number") { Before = counts.Find(c => !c.Now)?.Count ?? 0, BeforeSays = "{0} last month by now" };
    }
}
