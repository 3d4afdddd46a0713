using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManagePositions;

internal sealed record PostRow(Guid Id, Guid PersonId, Guid CompanyId, Guid OtherId, string Name, string? Phone, Guid? PositionId, Guid? DepartmentId, DateOnly From, DateOnly? To);

/// <summary>Of a person: the posts held, now and before. Of a company: who holds one, and who did.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ManagePositionsPage(ContactsDb db, BaseDataCache baseData) : PageBase
{
    private const int Enough = 500;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>The post whose form is open.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SavePositionCommand Command { get; set; } = new();

    public string Name { get; private set; } = "";

    public ContactKind Kind { get; private set; }

    public Guid? LiaisonId { get; private set; }

    public string? OtherName { get; private set; }

    public BaseValues Lists { get; private set; } = new([]);

    public IReadOnlyList<PostRow> Rows { get; private set; } = [];

    public string Home => $"/contacts/{Id}/positions";

    public bool OfPerson => Kind == ContactKind.Person;

    public string? AddUrl(string list) => Me.Can(ContactsPermissions.ManageBaseData) ? "/contacts/settings/base-data/add?list=" + list : null;

    public IEnumerable<SelectListItem> Items(string list, Guid? chosen) => Lists.Choices(list, chosen).Select(v => new SelectListItem(v.Title, v.Id.ToString()));

    public async Task OnGetAsync()
    {
        await LoadAsync();
        if (Rows.FirstOrDefault(r => r.Id == Edit) is { } row)
            Command = new() { Id = row.Id, PersonId = row.PersonId, CompanyId = row.CompanyId, PositionId = row.PositionId, DepartmentId = row.DepartmentId, From = row.From, To = row.To };
        else if (Edit is not null) throw new NotFound(nameof(ContactPosition), Edit);
    }

    [Requires(ContactsPermissions.Change)]
    public async Task<IActionResult> OnPostSaveAsync()
    {
        await LoadAsync();
        Edit = Command.Id;
        // The contact of the address is one side, whatever the form says; of a post that is there both are.
        if (Command.Id is { } known)
        {
            var row = Rows.FirstOrDefault(r => r.Id == known) ?? throw new NotFound(nameof(ContactPosition), known);
            Command = Command with { PersonId = row.PersonId, CompanyId = row.CompanyId };
        }
        else
        {
            Command = OfPerson ? Command with { PersonId = Id } : Command with { CompanyId = Id };
        }

        return await Send(Command, then: _ =>
        {
            Toast("Post saved.");
            return Redirect(Home);
        });
    }

    [Requires(ContactsPermissions.Change)]
    public async Task<IActionResult> OnPostRemoveAsync(Guid post)
    {
        ModelState.Clear();
        await LoadAsync();
        var row = Rows.FirstOrDefault(r => r.Id == post) ?? throw new NotFound(nameof(ContactPosition), post);
        return await Send(new RemovePositionCommand(row.PersonId, row.Id), then: () =>
        {
            Toast("Post taken away.");
            return Redirect(Home);
        });
    }

    [Requires(ContactsPermissions.Change)]
    public Task<IActionResult> OnPostLiaisonAsync(Guid? person)
    {
        ModelState.Clear();
        return Send(new SetLiaisonCommand(Id, person), then: () =>
        {
            Toast(person is null ? "The company has no liaison now." : "Liaison marked.");
            return Redirect(Home);
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Lists = await baseData.GetAsync(ct);
        var contact = await db.Contacts.Where(c => c.Id == Id).Select(c => new { c.Name, c.Kind, c.LiaisonId }).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        (Name, Kind, LiaisonId) = (contact.Name, contact.Kind, Me.Hides(ContactsRights.Contacts, "liaisonId") ? null : contact.LiaisonId);
        if (Me.Hides(ContactsRights.Contacts, "positions")) return;
        Rows = await (
            from p in db.Positions.AsNoTracking()
            where p.PersonId == Id || p.CompanyId == Id
            join c in db.Contacts on p.PersonId == Id ? p.CompanyId : p.PersonId equals c.Id
            orderby p.To != null, p.To descending, c.Name, p.From descending
            select new PostRow(p.Id, p.PersonId, p.CompanyId, c.Id, c.Name, c.MainPhone, p.PositionId, p.DepartmentId, p.From, p.To)).Take(Enough).ToListAsync(ct);
        if (Me.Hides(ContactsRights.Contacts, "phones")) Rows = [.. Rows.Select(r => r with { Phone = null })];
        if ((OfPerson ? Command.CompanyId : Command.PersonId) is { } other) OtherName = await db.Contacts.Where(c => c.Id == other).Select(c => c.Name).SingleOrDefaultAsync(ct);
    }
}
