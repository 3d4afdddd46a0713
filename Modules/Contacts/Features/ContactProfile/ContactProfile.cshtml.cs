using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.MergeContacts;
using Crm.Contacts.Panels;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactProfile;

/// <summary>Everything about one customer.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ContactProfilePage(
    ContactsDb db, CustomerFiles files, BaseDataCache baseData, PlacesCache places, MapSettings map, IUserDirectory users, CustomerPanels panels, CustomerTimeline timeline, IEnumerable<IContactAction> actions, TimeProvider time) : PageBase
{
    private const int TimelineSize = 20;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>Kind of time-line item; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "show")]
    public string? Show { get; set; }

    /// <summary>Who of us did it.</summary>
    [BindProperty(SupportsGet = true, Name = "who")]
    public Guid? Who { get; set; }

    /// <summary>What it says.</summary>
    [BindProperty(SupportsGet = true, Name = "text")]
    public string? Said { get; set; }

    /// <summary>The days it lies in.</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true, Name = "to")]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true, Name = "older")]
    [Verbatim]
    public string? Older { get; set; }

    public Profile Contact { get; private set; } = null!;

    public BaseValues Lists { get; private set; } = new([]);

    public Places Towns { get; private set; } = new([]);

    /// <summary>Kinds of relation from both sides, for the short form in the panel.</summary>
    public IEnumerable<Microsoft.AspNetCore.Mvc.Rendering.SelectListItem> RelationKinds => ManageRelations.ManageRelationsPage.KindItems(Lists);

    public ProfileOther? Other(Guid? id) => id is { } i ? _others.GetValueOrDefault(i) : null;

    private IReadOnlyDictionary<Guid, ProfileOther> _others = new Dictionary<Guid, ProfileOther>();

    public IReadOnlyList<PanelView> Panels { get; private set; } = [];

    public TimelinePart Timeline { get; private set; } = new([], null);

    public IReadOnlyList<(string Kind, string Title)> Kinds => timeline.Kinds;

    public CustomerPanels PanelLog => panels;

    public string? Owner { get; private set; }

    /// <summary>The newest communication.</summary>
    public ProfileSaid? LastSaid { get; private set; }

    /// <summary>The open follow-up that comes first.</summary>
    public ProfilePlan? NextPlan { get; private set; }

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    private IReadOnlyDictionary<Guid, UserCard> _names = new Dictionary<Guid, UserCard>();

    public string? NameOf(Guid? id) => id is { } i ? _names.GetValueOrDefault(i)?.Name : null;

    public IReadOnlyList<ContactAction> Actions { get; private set; } = [];

    /// <summary>A supplier, or one that was scored once.</summary>
    public bool SeesScores => Me.Can(ContactsPermissions.SeeSuppliers) && (Contact.Scores.Count > 0 || Contact.RoleIds.Contains(SupplierGrades.Role));

    /// <summary>When the supplier is to be scored again, by its importance.</summary>
    public DateOnly? ScoreDue => Contact.Scores is [var last, ..] && Lists.Find(Contact.ImportanceId)?.Months is { } months ? last.On.AddMonths(months) : null;

    public DateOnly Today => Dates.DayOf(Now);

    public string Home => $"/contacts/{Id}";

    /// <summary>Who may have done something: for the filter of the time line.</summary>
    public IReadOnlyList<UserCard> Staff { get; private set; } = [];

    /// <summary>The time line is narrowed by more than its kind.</summary>
    public bool Narrowed => Who is not null || Said is not null || From is not null || To is not null;

    /// <summary>Facts that modules bring for whoever has the customer on the telephone.</summary>
    public IEnumerable<GlanceFact> Facts => Panels.SelectMany(p => p.Facts);

    /// <summary>The first address with a position, for the small map.</summary>
    public ProfileAddress? Point => Contact.Addresses.Find(a => a.Latitude is not null);

    public MapSettings Map => map;

    /// <summary>The address of the time line as it is narrowed now, with one thing changed.</summary>
    public string TimelineUrl(string? show, string? older = null) => Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(Home, new Dictionary<string, string?>
    {
        ["show"] = show, ["who"] = Who?.ToString(), ["text"] = Said, ["from"] = From is { } f ? Calendars.Format(f, Dates.Calendar) : null, ["to"] = To is { } t ? Calendars.Format(t, Dates.Calendar) : null, ["older"] = older,
    }.Where(p => p.Value is not null));

    /// <summary>The time line as the shell's part shows it.</summary>
    public IReadOnlyList<Crm.Web.TimelineItem> Lines =>
        [.. Timeline.Items.Select(i => new Crm.Web.TimelineItem(i.At, i.Icon, i.Title, i.Text, i.Who, i.Url, i.Kind switch { "communication" => "blue", "follow-up" => "orange", "message" => "purple", "change" => "gray", _ => "green" }))];

    private CustomerFile? _found;

    public async Task<IActionResult> OnGetAsync()
    {
        _found = await FindAsync();
        // Not there: perhaps it became part of another, whose page it is now. Not for good, a merge can be undone.
        if (_found is null && await MergedContacts.SurvivorAsync(db, Id, HttpContext.RequestAborted) is { } survivor) return Redirect($"/contacts/{survivor}");
        await LoadAsync();
        MarkOpened(Contact.Kind == ContactKind.Person ? "Person" : "Company", Id, Contact.Name, Home);
        return Page();
    }

    [Requires(ContactsPermissions.Change)]
    public Task<IActionResult> OnPostStatusAsync(Guid? value) => Send(new ChangeContactStatusCommand(Id, ContactMark.Status, value), then: () =>
    {
        Toast("Status changed.");
        return Redirect(Home);
    });

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Lists = await baseData.GetAsync(ct);
        Towns = await places.GetAsync(ct);
        var file = _found ?? await FindAsync() ?? throw new NotFound(nameof(Domain.Contact), Id);
        // Time line and the panels of other modules ask their own contexts meanwhile.
        var until = CustomerTimeline.Moment(Older);
        var end = To is { } to ? Dates.Moment(to.AddDays(1), TimeOnly.MinValue).ToUniversalTime() : (DateTimeOffset?)null;
        var timelineLoading = timeline.LoadAsync(
            new TimelineWish(Id, TimelineSize) { Kind = Show, PersonId = Who, Text = Said, From = From is { } from ? Dates.Moment(from, TimeOnly.MinValue).ToUniversalTime() : null, Before = until is null || end < until ? end : until }, ct);
        _names = await users.CardsAsync([.. file.Plans.Select(p => p.AssigneeId).Concat(new[] { file.Profile.OwnerId, file.Said?.UserId, file.Profile.Scores.FirstOrDefault()?.By }.OfType<Guid>()).Distinct()], ct);
        var panelsLoading = panels.AllAsync(Id, new Dictionary<string, object?> { ["follow-ups"] = FollowUpsPanel.Of(Id, file.Plans, Lists, _names, Now), ["costs"] = CostsPanel.Of(Id, file.Costs) }, ct);
        // Whoever the page names but lies outside of the user's sight is not among them.
        _others = file.Others.ToDictionary(o => o.Key, o => ClosedFields.Blank(o.Value, Me));
        Contact = ClosedFields.Blank(file.Profile, Me);
        LastSaid = file.Said;
        NextPlan = file.Plans.FirstOrDefault();
        Owner = NameOf(Contact.OwnerId);
        Staff = await users.ActiveAsync(ct);
        if (Point is not null) map.Allow(HttpContext);
        Actions = [.. actions.SelectMany(a => a.For(Id, Domain.Contact.NameOf(Contact.Kind))).Where(a => a.Permission is null || Me.Can(a.Permission)).OrderBy(a => a.Order)];
        Panels = await panelsLoading;
        Timeline = await timelineLoading;
    }

    private Task<CustomerFile?> FindAsync() =>
        files.FindAsync(Id, Me.Can(ContactsPermissions.SeeCommunications), Periods.Of("this-year", null, null, Now, Dates).In(Dates).From, HttpContext.RequestAborted);
}
