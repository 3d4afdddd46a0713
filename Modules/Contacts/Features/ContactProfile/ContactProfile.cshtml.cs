using Crm.Contacts.Contracts;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.ChangeContact;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactProfile;

internal sealed record ProfilePhone(PhoneKind Kind, string Number);

internal sealed record ProfileAddress(AddressPurpose Purpose, int? ProvinceId, int? CityId, string? District, string? PostalCode, string? Text);

internal sealed record ProfilePost(Guid CompanyId, Guid? PositionId, Guid? DepartmentId);

internal sealed record ProfilePerson(Guid Id, string Name, string? Phone, Guid? PositionId);

internal sealed record ProfileSaid(Guid Id, Guid KindId, Guid? ResultId, DateTimeOffset StartedAt, string? Text, string? NextStep, Guid? UserId);

internal sealed record ProfilePlan(Guid Id, Guid KindId, DateTimeOffset DueAt, string? Text, Guid AssigneeId);

internal sealed record Profile(
    Guid Id, long Number, ContactKind Kind, string Name, string? CompanyName, string? NationalId, DateOnly? Birthday, Standing Standing, Guid[] RoleIds, Guid[]? GroupIds, Guid? SalutationId, Guid? TypeId, Guid? RankId,
    Guid? StatusId, Guid? SourceId, Guid? FieldOfActivityId, Guid? OwnerId, string? Notes, DateTimeOffset CreatedAt, Guid? CreatedBy,
    List<ProfilePhone> Phones, List<string> Emails, List<ProfileAddress> Addresses, List<ProfilePost> Posts);

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

    public IReadOnlyList<ProfilePerson> People { get; private set; } = [];

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

    public string Home => $"/contacts/{Id}";

    /// <summary>The time line as the shell's part shows it.</summary>
    public IReadOnlyList<Crm.Web.TimelineItem> Lines =>
        [.. Timeline.Items.Select(i => new Crm.Web.TimelineItem(i.At, i.Icon, i.Title, i.Text, i.Who, i.Url, i.Kind switch { "communication" => "blue", "follow-up" => "orange", "message" => "purple", "change" => "gray", _ => "green" }))];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened(Contact.Kind == ContactKind.Person ? "Person" : "Company", Id, Contact.Name, Home);
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
        Contact = await (
            from c in db.Contacts.AsNoTracking()
            where c.Id == Id
            join p in db.Parts on c.Id equals p.ContactId
            select new Profile(
                c.Id, c.Number, c.Kind, c.Name, c.CompanyName, c.NationalId, c.Birthday, c.Standing, c.RoleIds, c.GroupIds, c.SalutationId, c.TypeId, c.RankId, c.StatusId, c.SourceId, c.FieldOfActivityId, c.OwnerId, c.Notes, c.CreatedAt, c.CreatedBy,
                ContactParts.Read<ProfilePhone>(p.Phones), ContactParts.Read<string>(p.Emails), ContactParts.Read<ProfileAddress>(p.Addresses), ContactParts.Read<ProfilePost>(p.Posts))).SingleOrDefaultAsync(ct)
            ?? throw new NotFound(nameof(Domain.Contact), Id);

        // Panels and time line ask their own contexts meanwhile.
        var panelsLoading = panels.AllAsync(Id, ct);
        var timelineLoading = timeline.LoadAsync(Id, Show, CustomerTimeline.Moment(Older), TimelineSize, ct);
        if (Contact.Kind == ContactKind.Company)
        {
            People = await db.Contacts.AsNoTracking().SelectMany(c => c.Positions.Where(p => p.CompanyId == Id && p.To == null), (c, p) => new { c.Id, c.Name, c.MainPhone, p.PositionId })
                .OrderBy(r => r.Name).Take(12).Select(r => new ProfilePerson(r.Id, r.Name, r.MainPhone, r.PositionId)).ToListAsync(ct);
        }

        if (Me.Can(ContactsPermissions.SeeCommunications))
        {
            LastSaid = await db.Communications.AsNoTracking().Where(s => s.ContactId == Id).OrderByDescending(s => s.StartedAt)
                .Select(s => new ProfileSaid(s.Id, s.KindId, s.ResultId, s.StartedAt, s.Text, s.NextStep, s.UserId)).FirstOrDefaultAsync(ct);
            NextPlan = await db.FollowUps.AsNoTracking().Where(f => f.ContactId == Id && f.State == FollowUpState.Open).OrderBy(f => f.DueAt)
                .Select(f => new ProfilePlan(f.Id, f.KindId, f.DueAt, f.Text, f.AssigneeId)).FirstOrDefaultAsync(ct);
        }

        _names = await users.CardsAsync([.. new[] { Contact.OwnerId, LastSaid?.UserId, NextPlan?.AssigneeId }.OfType<Guid>().Distinct()], ct);
        Owner = NameOf(Contact.OwnerId);
        Actions = [.. actions.SelectMany(a => a.For(Id, Domain.Contact.NameOf(Contact.Kind))).Where(a => a.Permission is null || Me.Can(a.Permission)).OrderBy(a => a.Order)];
        Panels = await panelsLoading;
        Timeline = await timelineLoading;
    }
}
