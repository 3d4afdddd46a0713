using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

internal sealed record PlannedRow(Guid Id, string Contact, string? Phone, string Kind, string? Text, DateTimeOffset DueAt);

internal sealed record MyFollowUpsModel(IReadOnlyList<PlannedRow> Rows, DateTimeOffset Now, bool MayPlan);

/// <summary>Follow-ups that wait for me, the earliest first.</summary>
internal sealed class MyFollowUpsBlock(ContactsDb db, BaseDataCache baseData, ICurrentUser me, TimeProvider time) : IDashboardBlock
{
    public string Key => "contacts.my-follow-ups";

    public string Title => "My follow-ups";

    public string Icon => "calendar-event";

    public int Order => 20;

    public bool Wide => false;

    public string? Permission => ContactsPermissions.SeeCommunications;

    public string? Url => "/follow-ups";

    public string? Live => "worklist";

    public TimeSpan Keep => TimeSpan.Zero;

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await db.FollowUps.AsNoTracking().Where(f => f.AssigneeId == me.Id && f.State == FollowUpState.Open && f.Contact!.DeletedAt == null).OrderBy(f => f.DueAt).Take(8)
            .Select(f => new { f.Id, f.Contact!.Name, f.Contact.MainPhone, f.KindId, f.Text, f.DueAt }).ToListAsync(ct);
        return new MyFollowUpsModel([.. rows.Select(r => new PlannedRow(r.Id, r.Name, me.Hides(ContactsRights.Contacts, "phones") ? null : r.MainPhone, lists.Title(r.KindId) ?? "", me.Hides(ContactsRights.FollowUps, "text") ? null : r.Text, r.DueAt))], time.GetUtcNow(), me.Can(ContactsPermissions.PlanFollowUps));
    }
}
