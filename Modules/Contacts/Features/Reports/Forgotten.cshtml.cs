using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

internal sealed record ForgottenRow
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string? Phone { get; init; }

    public Guid? OwnerId { get; init; }

    public DateTimeOffset QuietSince { get; init; }

    public int Communications { get; init; }

    public DateTimeOffset? LastAt => Communications > 0 ? QuietSince : null;
}

/// <summary>With whom nobody has spoken for a number of days; with a least number of communications: who was active once and is silent now.</summary>
[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class ForgottenPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, TimeProvider time) : ContactsReportPage(baseData, places, time)
{
    private const int Size = 50;
    private const int MostInFile = 10_000;
    private const int LongestQuiet = 3650;

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();
    private Dictionary<Guid, Guid> _lastKinds = [];

    /// <summary>Quiet for at least this many days.</summary>
    [BindProperty(SupportsGet = true, Name = "days")]
    public int? Days { get; set; }

    /// <summary>Had at least this many communications in the year before.</summary>
    [BindProperty(SupportsGet = true, Name = "active")]
    public int? Active { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Owner { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Status { get; set; }

    [BindProperty(SupportsGet = true)]
    public int? Province { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    [BindProperty]
    public PlanFollowUpsCommand Command { get; set; } = new();

    public IReadOnlyList<ForgottenRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public IReadOnlyList<UserCard> Staff { get; private set; } = [];

    public IEnumerable<SelectListItem> Kinds => Lists.Active(BaseLists.CommunicationKind).Select(v => new SelectListItem(v.Title, v.Id.ToString()));

    public IEnumerable<SelectListItem> UserItems => Staff.Select(u => new SelectListItem(u.Name, u.Id.ToString()));

    public string Here => Link("/contacts/reports/forgotten", Query);

    private int AtLeast => Math.Clamp(Days ?? 60, 1, LongestQuiet);

    private (string, object?)[] Query => [("days", AtLeast), ("active", Active), ("owner", Owner), ("role", Role), ("status", Status), ("province", Province), ("after", After)];

    public string ExportUrl(string format) => Link("/contacts/reports/forgotten", [.. Query.Where(q => q.Item1 != "after"), ("export", format)]);

    public int DaysOf(ForgottenRow row) => Dates.DayOf(Now).DayNumber - Dates.DayOf(row.QuietSince).DayNumber;

    public string? NameOf(Guid? id) => id is { } i ? _names.GetValueOrDefault(i)?.Name : null;

    public string? KindOf(ForgottenRow row) => _lastKinds.TryGetValue(row.Id, out var kind) ? Lists.Title(kind) : null;

    public async Task<IActionResult> OnGetAsync()
    {
        await LoadAsync();
        Command = new() { KindId = Lists.Active(BaseLists.CommunicationKind).FirstOrDefault()?.Id ?? Guid.Empty };
        if (Export is not ("csv" or "xlsx")) return Page();
        if (!Me.Can(ContactsPermissions.Export)) throw new Forbidden(ContactsPermissions.Export);
        var found = await Found().OrderBy(r => r.QuietSince).ThenBy(r => r.Id).Take(MostInFile).ToListAsync(Ct);
        _names = await users.CardsAsync([.. found.Where(r => r.OwnerId is not null).Select(r => r.OwnerId!.Value).Distinct()], Ct);
        return await ReportFile.OfAsync(
            new(
                "forgotten", [new(T["Contact"]), new(T["Telephone"]), new(T["Said last"], ReportKind.Moment), new(T["Days"], ReportKind.Number), new(T["Communications"], ReportKind.Number), new(T["Expert"])],
                [.. found.Select(r => (ReportCell[])[new(r.Name), new(r.Phone is { } p ? PhoneNumber.Parse(p).ToDisplay() : null), new(r.LastAt), new(DaysOf(r)), new(r.Communications), new(NameOf(r.OwnerId))])]),
            Export, Dates, T["Forgotten and silent contacts"], Now);
    }

    [Requires(ContactsPermissions.PlanFollowUps)]
    public Task<IActionResult> OnPostAsync() => Send(Command, then: count =>
    {
        Toast(T["{0} follow-ups planned.", count]);
        return Redirect(Here);
    });

    protected override async Task LoadAsync()
    {
        if (Days is < 1 or > LongestQuiet) ModelState.AddModelError("days", T["A whole number from {0} to {1}.", 1, LongestQuiet]);
        await ReadListsAsync();
        if (Hides("ownerId")) Owner = null;
        if (Hides("roles")) Role = null;
        if (Hides("statusId")) Status = null;
        if (Hides("addresses")) Province = null;
        Staff = await users.ActiveAsync(Ct);
        var found = Found();
        if (After?.Split('_') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var t) && t < DateTime.MaxValue.Ticks && Guid.TryParse(id, out var last))
        {
            var at = new DateTimeOffset(t, TimeSpan.Zero);
            found = found.Where(r => r.QuietSince > at || (r.QuietSince == at && r.Id > last));
        }

        var rows = await found.OrderBy(r => r.QuietSince).ThenBy(r => r.Id).Take(Size + 1).ToListAsync(Ct);
        if (rows.Count > Size)
        {
            rows.RemoveAt(Size);
            Next = string.Create(CultureInfo.InvariantCulture, $"{rows[^1].QuietSince.UtcTicks}_{rows[^1].Id}");
        }

        Rows = rows;
        _names = await users.CardsAsync([.. rows.Where(r => r.OwnerId is not null).Select(r => r.OwnerId!.Value).Distinct()], Ct);
        var ids = rows.Where(r => r.Communications > 0).Select(r => r.Id).ToList();
        _lastKinds = (await db.Communications.AsNoTracking().Where(c => ids.Contains(c.ContactId) && db.Activity.Any(a => a.ContactId == c.ContactId && a.QuietSince == c.StartedAt)).Select(c => new { c.ContactId, c.KindId }).ToListAsync(Ct))
            .DistinctBy(c => c.ContactId).ToDictionary(c => c.ContactId, c => c.KindId);
        Filter = new(
            "/contacts/reports/forgotten", null,
            [
                new("days", T["Quiet for at least (days)"], [], AtLeast.ToString(CultureInfo.InvariantCulture)) { IsNumber = true },
                new("active", T["And at least so many communications in the year before"], [], Active?.ToString(CultureInfo.InvariantCulture)) { IsNumber = true },
                .. Unless("ownerId", new("owner", T["Expert"], UserItems, Owner?.ToString())), .. Unless("roles", Choice("role", "Role of the contact", BaseLists.Role, Role)), .. Unless("statusId", Choice("status", "Status", BaseLists.Status, Status)),
                .. Unless("addresses", Provinces(Province)),
            ]);
    }

    /// <summary>In the order of the quiet: the index of the activity gives the page, however many contacts there are.</summary>
    private IQueryable<ForgottenRow> Found()
    {
        var before = Now.AddDays(-AtLeast);
        var (phones, owners) = (!Hides("phones"), !Hides("ownerId"));
        var contacts = db.Contacts.AsNoTracking();
        if (Owner is { } owner) contacts = contacts.Where(c => c.OwnerId == owner);
        if (Role is { } role) contacts = contacts.Where(c => c.RoleIds.Contains(role));
        if (Status is { } status) contacts = contacts.Where(c => c.StatusId == status);
        if (Province is { } province) contacts = contacts.Where(c => c.ProvinceId == province);

        var quiet = db.Activity.AsNoTracking().Where(a => a.QuietSince < before);
        if (Active is > 0)
        {
            var least = Active.Value;
            quiet = quiet.Where(a => a.Communications >= least && db.Communications.Count(c => c.ContactId == a.ContactId && c.StartedAt > a.QuietSince.AddDays(-365)) >= least);
        }

        return quiet.Join(contacts, a => a.ContactId, c => c.Id, (a, c) => new { a, c }).Select(x => new ForgottenRow { Id = x.c.Id, Name = x.c.Name, Phone = phones ? x.c.MainPhone : null, OwnerId = owners ? x.c.OwnerId : null, QuietSince = x.a.QuietSince, Communications = x.a.Communications });
    }
}
