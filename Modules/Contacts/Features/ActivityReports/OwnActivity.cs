using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ActivityReports;

/// <summary>Communications of the day or week.</summary>
internal sealed class CommunicationActivity(ContactsDb db, BaseDataCache baseData, ICurrentUser me) : IActivitySource
{
    public string Key => "communications";

    public string Title => "Communications";

    public int Order => 10;

    public async Task<IReadOnlyList<ActivityLine>> LinesAsync(Guid userId, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await db.Communications.AsNoTracking().Where(c => c.UserId == userId && c.StartedAt >= from && c.StartedAt < until && c.Contact!.DeletedAt == null).OrderBy(c => c.StartedAt).Take(200)
            .Select(c => new { c.Id, c.StartedAt, c.KindId, c.ResultId, c.ContactId, c.Contact!.Name }).ToListAsync(ct);
        var results = !me.Hides(ContactsRights.Communications, "resultId");
        return [.. rows.Select(r => new ActivityLine(r.Id, r.StartedAt, results && lists.Title(r.ResultId) is { } result ? $"{lists.Title(r.KindId)} – {r.Name}: {result}" : $"{lists.Title(r.KindId)} – {r.Name}", $"/communications/{r.Id}", r.ContactId))];
    }
}

/// <summary>Follow-ups done in the time, and those that should have been done in it and are open.</summary>
internal sealed class FollowUpActivity(ContactsDb db, BaseDataCache baseData) : IActivitySource
{
    public string Key => "follow-ups";

    public string Title => "Follow-ups";

    public int Order => 20;

    public async Task<IReadOnlyList<ActivityLine>> LinesAsync(Guid userId, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await db.FollowUps.AsNoTracking().Where(f => f.Contact!.DeletedAt == null && ((f.EndedBy == userId && f.State == FollowUpState.Done && f.EndedAt >= from && f.EndedAt < until)
                || (f.AssigneeId == userId && f.State == FollowUpState.Open && f.DueAt >= from && f.DueAt < until)))
            .OrderBy(f => f.DueAt).Take(200).Select(f => new { f.Id, At = f.EndedAt ?? f.DueAt, f.KindId, f.State, f.ContactId, f.Contact!.Name }).ToListAsync(ct);
        return [.. rows.Select(r => new ActivityLine(r.Id, r.At, Texts.Get(r.State == FollowUpState.Done ? "Done: {0}" : "Open: {0}", $"{lists.Title(r.KindId)} – {r.Name}"), $"/follow-ups/{r.Id}", r.ContactId))];
    }
}
