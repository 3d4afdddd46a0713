using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactList;

internal sealed record ContactListRow(
    Guid Id, long Number, ContactKind Kind, string Name, string? CompanyName, string? Phone, Guid? StatusId, Guid? RankId, Guid[] RoleIds, Guid? OwnerId, int? CityId, DateTimeOffset UpdatedAt);

/// <summary>A narrowing that is on, as a chip with the address that takes it off.</summary>
internal sealed record FilterChip(string Text, string Url);

[Requires(ContactsPermissions.See)]
internal sealed class ContactListPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, IBranchDirectory branches) : PageBase
{
    public const int Size = 50;

    [BindProperty(SupportsGet = true, Name = "")]
    public ContactFilter Filter { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? Sort { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? Before { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Count { get; set; }

    public IReadOnlyList<ContactListRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public string? Previous { get; private set; }

    public long? Total { get; private set; }

    public BaseValues Lists { get; private set; } = new([]);

    public Places Towns { get; private set; } = new([]);

    public IReadOnlyList<UserCard> Users { get; private set; } = [];

    /// <summary>Branches to choose from; empty for who sees only one.</summary>
    public IReadOnlyList<BranchCard> OfBranches { get; private set; } = [];

    public string? OwnerName(Guid? id) => id is { } i && _names.TryGetValue(i, out var user) ? user.Name : null;

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    public async Task OnGetAsync(CancellationToken ct)
    {
        Lists = await baseData.GetAsync(ct);
        Towns = await places.GetAsync(ct);
        Users = await users.ActiveAsync(ct);
        OfBranches = [.. (await branches.AllAsync(ct)).Where(b => Me.SeesAllBranches || Me.VisibleBranches.Contains(b.Id))];
        if (OfBranches.Count < 2) OfBranches = [];
        Sort = ContactListQuery.Orders.Normalize(Sort);
        var narrowed = ContactListQuery.Narrow(db.Contacts.AsNoTracking(), Filter, Lists.Groups);
        var backwards = Before is not null;
        // One more than is shown tells whether there is a next part.
        var rows = await ContactListQuery.Orders.Page(narrowed, Sort, Before ?? After, backwards).Take(Size + 1)
            .Select(c => new ContactListRow(c.Id, c.Number, c.Kind, c.Name, c.CompanyName, c.MainPhone, c.StatusId, c.RankId, c.RoleIds, c.OwnerId, c.CityId, c.UpdatedAt))
            .ToListAsync(ct);
        var more = rows.Count > Size;
        if (more) rows.RemoveAt(Size);
        if (backwards) rows.Reverse();
        Rows = rows;
        if (rows.Count > 0)
        {
            Next = backwards || more ? CursorOf(rows[^1]) : null;
            Previous = (backwards ? more : After is not null) ? CursorOf(rows[0]) : null;
        }

        if (Count == "exact") Total = await narrowed.LongCountAsync(ct);
        else if (Next is null && Previous is null) Total = rows.Count;
        _names = await users.CardsAsync([.. rows.Where(r => r.OwnerId is not null).Select(r => r.OwnerId!.Value).Distinct()], ct);
    }

    /// <summary>Address of this list with one thing changed; back at its first part.</summary>
    public string With(string name, string? value)
    {
        var query = new List<string>();
        foreach (var (key, values) in Request.Query)
        {
            if (key is "after" or "before" or "count" || string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) continue;
            if (values.ToString() is { Length: > 0 } v) query.Add($"{Uri.EscapeDataString(key)}={Uri.EscapeDataString(v)}");
        }

        if (value is not null) query.Add($"{name}={Uri.EscapeDataString(value)}");
        return query.Count == 0 ? "/contacts" : "/contacts?" + string.Join('&', query);
    }

    public string? SortedBy(string field) => Sort == field ? "ascending" : Sort == "-" + field ? "descending" : null;

    /// <summary>A click sorts; the next one turns it round.</summary>
    public string SortUrl(string field, bool downFirst = false) =>
        With("sort", SortedBy(field) switch { "ascending" => "-" + field, "descending" => field, _ => downFirst ? "-" + field : field });

    public IEnumerable<FilterChip> Chips()
    {
        if (Filter.Kind is { } kind) yield return new(EnumTitles.Of(kind), With("kind", null));
        if (Filter.Standing is { } standing) yield return new(EnumTitles.Of(standing), With("standing", null));
        foreach (var (name, id) in (IEnumerable<(string, Guid?)>)[("type", Filter.Type), ("rank", Filter.Rank), ("status", Filter.Status), ("source", Filter.Source), ("role", Filter.Role)])
        {
            if (Lists.Title(id) is { } title) yield return new(title, With(name, null));
        }

        if (Lists.Groups.Path(Filter.Group) is { } group) yield return new(group, With("group", null));
        if (Filter.Owner is { } owner) yield return new(T["Expert"] + ": " + (Users.FirstOrDefault(u => u.Id == owner)?.Name ?? "—"), With("owner", null));
        if (OfBranches.FirstOrDefault(b => b.Id == Filter.Branch) is { } branch) yield return new(branch.Name, With("branch", null));
        if (Towns.Title(Filter.Province) is { } province) yield return new(province, With("province", null));
        if (Towns.Title(Filter.City) is { } city) yield return new(city, With("city", null));
    }

    private string CursorOf(ContactListRow row) => Sort!.TrimStart('-') switch
    {
        "name" => Keyset<Contact>.Cursor(Sort, row.Name, row.Number),
        "updatedAt" => Keyset<Contact>.Cursor(Sort, row.UpdatedAt, row.Number),
        _ => Keyset<Contact>.Cursor(Sort, row.Number),
    };
}
