using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Timeline;

/// <summary>What staff wrote of this contact in their activity reports, once these are sent.</summary>
internal sealed class ActivityReportTimeline(ContactsDb db, IUserDirectory users, ICurrentUser me) : IContactTimeline
{
    public IReadOnlyList<(string Kind, string Title)> Kinds { get; } = [("activity-report", "Activity reports")];

    public async Task<IReadOnlyList<TimelineItem>> LoadAsync(Guid contactId, DateTimeOffset? before, int take, CancellationToken ct)
    {
        if (!me.Can(ContactsPermissions.SeeCommunications)) return [];
        var rows = await db.ActivityReports.AsNoTracking().Where(r => r.State == ReportState.Sent || r.State == ReportState.Reviewed)
            .SelectMany(r => r.Lines, (r, l) => new { r.Id, r.AuthorId, LineId = l.Id, l.ContactId, l.At, l.Title, l.Text })
            .Where(l => l.ContactId == contactId && l.Text != null && (before == null || l.At < before)).OrderByDescending(l => l.At).Take(take).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Select(r => r.AuthorId).Distinct()], ct);
        var review = me.Can(ContactsPermissions.ReviewActivityReports);
        return [.. rows.Select(r => new TimelineItem(
            r.LineId, r.At, "activity-report", "report", r.Title.Length > 0 ? Texts.Get("Activity report: {0}", r.Title) : Texts.Get("Activity report"), r.Text ?? "",
            names.GetValueOrDefault(r.AuthorId)?.Name, review || r.AuthorId == me.Id ? $"/activity-reports/{r.Id}" : null))];
    }
}
