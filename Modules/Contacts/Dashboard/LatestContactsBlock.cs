using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Dashboard;

internal sealed record LatestContactsModel(IReadOnlyList<NewContactRow> Rows, bool MayAdd, bool MayImport);

internal sealed record NewContactRow(Guid Id, string Name, bool Person, string? Status, string? Color, DateTimeOffset CreatedAt);

/// <summary>Whom we came to know last.</summary>
internal sealed class LatestContactsBlock(ContactsDb db, BaseDataCache baseData, ICurrentUser me) : IDashboardBlock
{
    public string Key => "contacts.latest";

    public string Title => "Latest contacts";

    public string Icon => "users";

    public int Order => 40;

    public bool Wide => false;

    public string? Permission => ContactsPermissions.See;

    public string? Url => "/contacts";

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(20);

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var rows = await db.Contacts.AsNoTracking().OrderByDescending(c => c.Number).Take(8).Select(c => new { c.Id, c.Name, c.Kind, c.StatusId, c.CreatedAt }).ToListAsync(ct);
        var hidden = me.Hides(ContactsRights.Contacts, "statusId");
        return new LatestContactsModel([.. rows.Select(r => new NewContactRow(r.Id, r.Name, r.Kind == ContactKind.Person, hidden ? null : lists.Title(r.StatusId), hidden ? null : lists.Find(r.StatusId)?.Color, r.CreatedAt))], me.Can(ContactsPermissions.Add), me.Can(ContactsPermissions.Import));
    }
}
