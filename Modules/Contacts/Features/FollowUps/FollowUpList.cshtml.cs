using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

internal sealed record FollowUpRow(Guid Id, Guid ContactId, string Contact, string? Phone, Guid KindId, DateTimeOffset DueAt, Guid AssigneeId, string? Text, FollowUpState State);

internal static class FollowUpListQuery
{
    public static readonly Keyset<FollowUp> Orders = new("dueAt", SortOrder<FollowUp>.By("dueAt", f => f.DueAt, f => f.Id), SortOrder<FollowUp>.By("createdAt", f => f.Id));
}

[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class FollowUpListPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : PageBase
{
    private const int Size = 50;
    private const string Sort = "dueAt";

    /// <summary>mine (default), all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Whose { get; set; }

    /// <summary>open (default), late, done, cancelled.</summary>
    [BindProperty(SupportsGet = true)]
    public string? State { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    public IReadOnlyList<FollowUpRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public BaseValues Lists { get; private set; } = new([]);

    public DateTimeOffset Now { get; private set; }

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    public string? NameOf(Guid id) => _names.GetValueOrDefault(id)?.Name;

    public async Task OnGetAsync(CancellationToken ct)
    {
        Now = time.GetUtcNow();
        Lists = await baseData.GetAsync(ct);
        var all = db.FollowUps.AsNoTracking().Where(f => f.Contact!.DeletedAt == null);
        if (Whose != "all") all = all.Where(f => f.AssigneeId == Me.Id);
        all = State switch
        {
            "late" => all.Where(f => f.State == FollowUpState.Open && f.DueAt < Now),
            "done" => all.Where(f => f.State == FollowUpState.Done),
            "cancelled" => all.Where(f => f.State == FollowUpState.Cancelled),
            _ => all.Where(f => f.State == FollowUpState.Open),
        };
        var rows = await FollowUpListQuery.Orders.Page(all, Sort, After).Take(Size + 1)
            .Select(f => new FollowUpRow(f.Id, f.ContactId, f.Contact!.Name, f.Contact.MainPhone, f.KindId, f.DueAt, f.AssigneeId, f.Text, f.State)).ToListAsync(ct);
        if (rows.Count > Size)
        {
            rows.RemoveAt(Size);
            Next = Keyset<FollowUp>.Cursor(Sort, rows[^1].DueAt, rows[^1].Id);
        }

        Rows = rows;
        _names = await users.CardsAsync([.. rows.Select(r => r.AssigneeId).Distinct()], ct);
    }

    public string With(string whose, string state) => $"/follow-ups?whose={whose}&state={state}";
}
