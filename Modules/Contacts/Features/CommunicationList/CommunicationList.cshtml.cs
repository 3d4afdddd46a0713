using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.CommunicationList;

internal sealed record CommunicationRow(Guid Id, Guid ContactId, string Contact, Guid KindId, DateTimeOffset StartedAt, Guid? UserId, Guid? ResultId, string? Text);

[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class CommunicationListPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users) : PageBase
{
    private const int Size = 50;
    private const string Sort = "-startedAt";

    [BindProperty(SupportsGet = true, Name = "")]
    public CommunicationFilter Filter { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Before { get; set; }

    public IReadOnlyList<CommunicationRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public string? Previous { get; private set; }

    public BaseValues Lists { get; private set; } = new([]);

    public Places Towns { get; private set; } = new([]);

    /// <summary>The contact that the list is narrowed to.</summary>
    public string? ContactName { get; private set; }

    public IReadOnlyList<UserCard> Users { get; private set; } = [];

    public string? UserName(Guid? id) => Users.FirstOrDefault(u => u.Id == id)?.Name;

    public async Task OnGetAsync(CancellationToken ct)
    {
        Lists = await baseData.GetAsync(ct);
        Users = await users.ActiveAsync(ct);
        Towns = await places.GetAsync(ct);
        var narrowed = CommunicationListQuery.Narrow(db, db.Communications.AsNoTracking(), Filter, Dates);
        narrowed = CommunicationListQuery.OfContacts(db, narrowed, Filter.Role, Filter.Province is { } province ? [.. Towns.Cities[province].Select(c => c.Id)] : null);
        if (Filter.Contact is { } contact) ContactName = await db.Contacts.Where(c => c.Id == contact).Select(c => c.Name).FirstOrDefaultAsync(ct);
        var backwards = Before is not null;
        var rows = await CommunicationListQuery.Orders.Page(narrowed, Sort, Before ?? After, backwards).Take(Size + 1)
            .Select(c => new CommunicationRow(c.Id, c.ContactId, c.Contact!.Name, c.KindId, c.StartedAt, c.UserId, c.ResultId, c.Text == null ? null : c.Text.Substring(0, 160))).ToListAsync(ct);
        var more = rows.Count > Size;
        if (more) rows.RemoveAt(Size);
        if (backwards) rows.Reverse();
        Rows = rows;
        if (rows.Count == 0) return;
        Next = backwards || more ? Keyset<Communication>.Cursor(Sort, rows[^1].StartedAt, rows[^1].Id) : null;
        Previous = (backwards ? more : After is not null) ? Keyset<Communication>.Cursor(Sort, rows[0].StartedAt, rows[0].Id) : null;
    }
}
