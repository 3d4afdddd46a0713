using Crm.Contacts.Data;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

internal sealed record SaidRow(Guid Id, Guid ContactId, string Contact, string Kind, string? Text, string? Who, DateTimeOffset StartedAt);

/// <summary>What was said last, by anybody.</summary>
internal sealed class LatestCommunicationsBlock(ContactsDb db, BaseDataCache baseData, IUserDirectory users, ICurrentUser me) : IDashboardBlock
{
    public string Key => "contacts.latest-communications";

    public string Title => "Latest communications";

    public string Icon => "messages";

    public int Order => 50;

    public bool Wide => false;

    public string? Permission => ContactsPermissions.SeeCommunications;

    public string? Url => "/communications";

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(20);

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await db.Communications.AsNoTracking().Where(c => c.Contact!.DeletedAt == null).OrderByDescending(c => c.StartedAt).ThenByDescending(c => c.Id).Take(8)
            .Select(c => new { c.Id, c.ContactId, c.Contact!.Name, c.KindId, Text = c.Text == null ? null : c.Text.Substring(0, 120), c.UserId, c.StartedAt }).ToListAsync(ct);
        var closed = me.Hides(ContactsRights.Communications, "text");
        var names = me.Hides(ContactsRights.Communications, "userId") ? new Dictionary<Guid, UserCard>() : await users.CardsAsync([.. rows.Select(r => r.UserId).OfType<Guid>().Distinct()], ct);
        return rows.Count == 0 ? null : (List<SaidRow>)[.. rows.Select(r => new SaidRow(r.Id, r.ContactId, r.Name, lists.Title(r.KindId) ?? "", closed ? null : r.Text, r.UserId is { } u ? names.GetValueOrDefault(u)?.Name : null, r.StartedAt))];
    }
}
