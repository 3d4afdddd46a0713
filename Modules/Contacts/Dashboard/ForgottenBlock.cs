using Crm.Contacts.Data;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

internal sealed record QuietRow(Guid Id, string Name, string? Phone, int Days, bool Ever);

internal sealed record ForgottenModel(IReadOnlyList<QuietRow> Rows, Guid? Owner);

/// <summary>Contacts in my care with whom nobody has spoken for two months; where none are in my care, of everybody I see.</summary>
internal sealed class ForgottenBlock(ContactsDb db, ICurrentUser me, DateView dates, TimeProvider time) : IDashboardBlock
{
    private const int Days = 60;

    public string Key => "contacts.forgotten";

    public string Title => "Forgotten contacts";

    public string Icon => "user-question";

    public int Order => 30;

    public bool Wide => false;

    public string? Permission => ContactsPermissions.SeeCommunications;

    public string? Url => "/contacts/reports/forgotten";

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(60);

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var before = now.AddDays(-Days);
        Guid? owner = !me.Hides(ContactsRights.Contacts, "ownerId") && await db.Contacts.AnyAsync(c => c.OwnerId == me.Id, ct) ? me.Id : null;
        var contacts = owner is { } mine ? db.Contacts.Where(c => c.OwnerId == mine) : db.Contacts;
        var rows = await db.Activity.AsNoTracking().Where(a => a.QuietSince < before).Join(contacts, a => a.ContactId, c => c.Id, (a, c) => new { a.QuietSince, a.Communications, c.Id, c.Name, c.MainPhone })
            .OrderBy(r => r.QuietSince).ThenBy(r => r.Id).Take(6).ToListAsync(ct);
        var today = dates.DayOf(now).DayNumber;
        return new ForgottenModel([.. rows.Select(r => new QuietRow(r.Id, r.Name, me.Hides(ContactsRights.Contacts, "phones") ? null : r.MainPhone, today - dates.DayOf(r.QuietSince).DayNumber, r.Communications > 0))], owner);
    }
}
