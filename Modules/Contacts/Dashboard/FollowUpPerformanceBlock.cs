using Crm.Contacts.Data;
using Crm.Contacts.Features.Reports;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

internal sealed record PerformanceModel(ChartData Chart, FollowUpFigures All, bool Everybody);

/// <summary>How follow-ups of the last thirty days were kept: of everybody for those who may see reports, else one's own.</summary>
internal sealed class FollowUpPerformanceBlock(ContactsDb db, IUserDirectory users, ICurrentUser me, DateView dates, TimeProvider time) : IDashboardBlock
{
    public string Key => "contacts.follow-up-performance";

    public string Title => "Follow-ups of the last 30 days";

    public string Icon => "calendar-check";

    public int Order => 70;

    public bool Wide => true;

    public string? Permission => ContactsPermissions.SeeCommunications;

    public string? Url => null;

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(60);

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var today = dates.DayOf(now);
        var everybody = me.Can(ContactsPermissions.ReportCommunications);
        var all = FollowUpsOfReport.Narrow(db.FollowUps.AsNoTracking().Where(f => f.Contact!.DeletedAt == null), new FollowUpFilter { User = everybody ? null : me.Id, From = today.AddDays(-29), To = today }, dates);
        var figures = (await FollowUpsOfReport.FiguresAsync(all, dates, now, ct)).OrderByDescending(f => f.Planned).Take(10).ToList();
        if (figures.Count == 0) return null;
        var names = await users.CardsAsync([.. figures.Select(f => f.UserId)], ct);
        string From(Guid user) => $"/follow-ups?whose=all&state=any&user={user}&from={Uri.EscapeDataString(Calendars.Format(today.AddDays(-29), dates.Calendar))}&to={Uri.EscapeDataString(Calendars.Format(today, dates.Calendar))}";
        return new PerformanceModel(
            new(ChartShape.Stacked, Texts.Get("Follow-ups of the last 30 days"), [.. figures.Select(f => names.GetValueOrDefault(f.UserId)?.Name ?? "")],
                [new(Texts.Get("In time"), [.. figures.Select(f => f.InTime)], "green"), new(Texts.Get("Late"), [.. figures.Select(f => f.Late)], "orange"), new(Texts.Get("Missed"), [.. figures.Select(f => f.Missed)], "red"), new(Texts.Get("Waiting"), [.. figures.Select(f => f.Waiting)], "blue")],
                [.. figures.Select(f => (string?)From(f.UserId))]),
            new(default, figures.Sum(f => f.Planned), figures.Sum(f => f.InTime), figures.Sum(f => f.Late), figures.Sum(f => f.Missed), figures.Sum(f => f.Waiting), figures.Sum(f => f.Cancelled)), everybody);
    }
}
