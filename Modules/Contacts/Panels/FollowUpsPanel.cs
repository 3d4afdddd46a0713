using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Panels;

internal sealed record FollowUpsPanelRow(Guid Id, string Kind, string? Text, DateTimeOffset DueAt, bool Late, string? Assignee);

internal sealed record FollowUpsPanelModel(Guid ContactId, IReadOnlyList<FollowUpsPanelRow> Rows);

/// <summary>Open follow-ups of a contact.</summary>
internal sealed class FollowUpsPanel(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : IContactPanel
{
    public string Key => "follow-ups";

    public string Title => "Follow-ups";

    public int Order => 40;

    public string Place => "side";

    public string? Permission => ContactsPermissions.SeeCommunications;

    public static FollowUpsPanelModel Of(Guid contactId, IEnumerable<ProfilePlan> plans, BaseValues lists, IReadOnlyDictionary<Guid, UserCard> names, DateTimeOffset now) =>
        new(contactId, [.. plans.Select(r => new FollowUpsPanelRow(r.Id, lists.Title(r.KindId) ?? "", r.Text, r.DueAt, r.DueAt < now, names.GetValueOrDefault(r.AssigneeId)?.Name))]);

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var closed = db.Me.Hides(ContactsRights.FollowUps, "text");
        var rows = await db.FollowUps.AsNoTracking().Where(f => f.ContactId == contactId && f.State == FollowUpState.Open).OrderBy(f => f.DueAt).Take(8)
            .Select(f => new ProfilePlan(f.Id, f.KindId, f.DueAt, closed ? null : f.Text, f.AssigneeId)).ToListAsync(ct);
        var names = await users.CardsAsync([.. rows.Select(r => r.AssigneeId).Distinct()], ct);
        return Of(contactId, rows, lists, names, time.GetUtcNow());
    }
}
