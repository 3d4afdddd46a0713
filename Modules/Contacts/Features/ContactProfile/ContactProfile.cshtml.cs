using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Contacts.Features.MergeContacts;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactProfile;

internal sealed record ProfilePhone(PhoneKind Kind, string Number);

internal sealed record ProfileAddress(AddressPurpose Purpose, int? ProvinceId, int? CityId, string? District, string? PostalCode, string? Text, string? Country, decimal? Latitude, decimal? Longitude);

internal sealed record ProfilePost(Guid CompanyId, Guid? PositionId, Guid? DepartmentId, DateOnly From, DateOnly? To);

internal sealed record ProfileRelation(Guid OtherId, Guid KindId, bool Own, string? Note);

/// <summary>Somebody who works in the company.</summary>
internal sealed record ProfilePerson(Guid Id, Guid? PositionId);

/// <summary>One scoring of a supplier.</summary>
internal sealed record ProfileScore(Guid Id, DateOnly On, decimal Total, Guid? By);

/// <summary>Another contact that the page names.</summary>
internal sealed record ProfileOther(Guid Id, string Name, ContactKind Kind, string? Phone);

internal sealed record ProfileSaid(Guid Id, Guid KindId, Guid? ResultId, DateTimeOffset StartedAt, string? Text, string? NextStep, Guid? UserId);

internal sealed record ProfilePlan(Guid Id, Guid KindId, DateTimeOffset DueAt, string? Text, Guid AssigneeId);

internal sealed record Profile(
    Guid Id, long Number, ContactKind Kind, string Name, string? CompanyName, string? NationalId, string? EconomicCode, string? CardNumber, string[]? Ibans, string[]? BankCards, Guid? LiaisonId, DateOnly? MarriedOn, Guid? MaritalStatusId, Guid? ReligionId, string? Preferences, Guid? PhotoId, DateOnly? Birthday, Standing Standing, Guid[] RoleIds, Guid[]? GroupIds, Guid? SalutationId, Guid? TypeId, Guid? RankId,
    Guid? StatusId, Guid? SourceId, Guid? FieldOfActivityId, Guid? ImportanceId, Guid? OwnerId, string? Notes, string? Custom, DateTimeOffset CreatedAt, Guid? CreatedBy,
    List<ProfilePhone> Phones, List<string> Emails, List<ProfileAddress> Addresses, List<ProfilePost> Posts, List<ProfileRelation> Relations, List<ProfilePerson> People, List<ProfileScore> Scores);

/// <summary>Everything about one customer.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ContactProfilePage(
    ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, CustomerPanels panels, CustomerTimeline timeline, IEnumerable<IContactAction> actions, TimeProvider time) : PageBase
{
    private const int TimelineSize = 20;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>Kind of time-line item; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "show")]
    public string? Show { get; set; }

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

    /// <summary>The time line as the shell's part shows it.</summary>
    public IReadOnlyList<Crm.Web.TimelineItem> Lines =>
        [.. Timeline.Items.Select(i => new Crm.Web.TimelineItem(i.At, i.Icon, i.Title, i.Text, i.Who, i.Url, i.Kind switch { "communication" => "blue", "follow-up" => "orange", "message" => "purple", "change" => "gray", _ => "green" }))];

    private Profile? _found;

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
        Contact = _found ?? await FindAsync() ?? throw new NotFound(nameof(Domain.Contact), Id);
        // Panels and time line ask their own contexts meanwhile.
        var panelsLoading = panels.AllAsync(Id, ct);
        var timelineLoading = timeline.LoadAsync(Id, Show, CustomerTimeline.Moment(Older), TimelineSize, ct);
        // Everybody the page names is asked for at once; who lies outside of the user's sight stays unnamed.
        var named = Contact.Relations.Select(r => r.OtherId).Concat(Contact.People.Select(p => p.Id)).Concat(Contact.Posts.Select(p => p.CompanyId)).ToHashSet();
        if (Contact.LiaisonId is { } liaison) named.Add(liaison);
        if (named.Count > 0)
        {
            _others = await db.Contacts.AsNoTracking().Where(c => named.Contains(c.Id)).Select(c => new ProfileOther(c.Id, c.Name, c.Kind, c.MainPhone)).ToDictionaryAsync(o => o.Id, o => ClosedFields.Blank(o, Me), ct);
        }

        Contact = ClosedFields.Blank(Contact, Me);
        if (Me.Can(ContactsPermissions.SeeCommunications))
        {
            LastSaid = await db.Communications.AsNoTracking().Where(s => s.ContactId == Id).OrderByDescending(s => s.StartedAt)
                .Select(s => new ProfileSaid(s.Id, s.KindId, s.ResultId, s.StartedAt, s.Text, s.NextStep, s.UserId)).FirstOrDefaultAsync(ct);
            NextPlan = await db.FollowUps.AsNoTracking().Where(f => f.ContactId == Id && f.State == FollowUpState.Open).OrderBy(f => f.DueAt)
                .Select(f => new ProfilePlan(f.Id, f.KindId, f.DueAt, f.Text, f.AssigneeId)).FirstOrDefaultAsync(ct);
        }

        _names = await users.CardsAsync([.. new[] { Contact.OwnerId, LastSaid?.UserId, NextPlan?.AssigneeId, SeesScores ? Contact.Scores.FirstOrDefault()?.By : null }.OfType<Guid>().Distinct()], ct);
        Owner = NameOf(Contact.OwnerId);
        Actions = [.. actions.SelectMany(a => a.For(Id, Domain.Contact.NameOf(Contact.Kind))).Where(a => a.Permission is null || Me.Can(a.Permission)).OrderBy(a => a.Order)];
        Panels = await panelsLoading;
        Timeline = await timelineLoading;
    }

    private Task<Profile?> FindAsync() => (
        from c in db.Contacts.AsNoTracking()
        where c.Id == Id
        join p in db.Parts on c.Id equals p.ContactId
        select new Profile(
            c.Id, c.Number, c.Kind, c.Name, c.CompanyName, c.NationalId, c.EconomicCode, c.CardNumber, c.Ibans, c.BankCards, c.LiaisonId, c.MarriedOn, c.MaritalStatusId, c.ReligionId, c.Preferences, c.PhotoId, c.Birthday, c.Standing, c.RoleIds, c.GroupIds, c.SalutationId, c.TypeId, c.RankId, c.StatusId, c.SourceId, c.FieldOfActivityId, c.ImportanceId, c.OwnerId, c.Notes, c.Custom, c.CreatedAt, c.CreatedBy,
            ContactParts.Read<ProfilePhone>(p.Phones), ContactParts.Read<string>(p.Emails), ContactParts.Read<ProfileAddress>(p.Addresses), ContactParts.Read<ProfilePost>(p.Posts), ContactParts.Read<ProfileRelation>(p.Relations), ContactParts.Read<ProfilePerson>(p.People), ContactParts.Read<ProfileScore>(p.Scores))).SingleOrDefaultAsync(HttpContext.RequestAborted);
}
