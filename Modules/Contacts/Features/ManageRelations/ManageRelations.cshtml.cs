using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ManageRelations;

internal sealed record RelationRow(Guid Id, Guid OtherId, string Title, ContactKind Kind, string Name, string? Phone, string? Note);

/// <summary>With whom a contact is related, and how; read the same from both sides.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ManageRelationsPage(ContactsDb db, BaseDataCache baseData) : PageBase
{
    private const string FromTheOtherSide = ":reverse";

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public AddRelationCommand Command { get; set; } = new();

    /// <summary>Kind with the side it is read from.</summary>
    [BindProperty]
    public string? Kind { get; set; }

    public string Name { get; private set; } = "";

    public string? OtherName { get; private set; }

    public IReadOnlyList<RelationRow> Rows { get; private set; } = [];

    public BaseValues Lists { get; private set; } = new([]);

    /// <summary>Each kind from both its sides.</summary>
    public IEnumerable<SelectListItem> Kinds => KindItems(Lists);

    public static IEnumerable<SelectListItem> KindItems(BaseValues lists)
    {
        foreach (var kind in lists.Active(BaseLists.RelationKind))
        {
            yield return new(kind.Title, kind.Id.ToString());
            if (kind.ReverseTitle is { } reverse) yield return new(reverse, kind.Id + FromTheOtherSide);
        }
    }

    public Task OnGetAsync() => LoadAsync();

    [Requires(ContactsPermissions.Change)]
    public Task<IActionResult> OnPostAddAsync(string? back)
    {
        var reverse = Kind?.EndsWith(FromTheOtherSide, StringComparison.Ordinal) == true;
        Command = Command with { ContactId = Id, KindId = Guid.TryParse(reverse ? Kind![..^FromTheOtherSide.Length] : Kind, out var kind) ? kind : null, Reverse = reverse };
        return Send(Command, then: _ =>
        {
            Toast("Relation added.");
            return Redirect(back == "customer" ? $"/contacts/{Id}" : $"/contacts/{Id}/relations");
        });
    }

    [Requires(ContactsPermissions.Change)]
    public Task<IActionResult> OnPostRemoveAsync(Guid relation)
    {
        ModelState.Clear();
        return Send(new RemoveRelationCommand(Id, relation), then: () =>
        {
            Toast("Relation taken away.");
            return Redirect($"/contacts/{Id}/relations");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Lists = await baseData.GetAsync(ct);
        Name = await db.Contacts.Where(c => c.Id == Id).Select(c => c.Name).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        var rows = await (
            from r in db.Relations.AsNoTracking()
            where r.ContactId == Id || r.OtherId == Id
            join c in db.Contacts on r.ContactId == Id ? r.OtherId : r.ContactId equals c.Id
            orderby r.Id
            select new { r.Id, OtherId = c.Id, r.KindId, Own = r.ContactId == Id, c.Kind, c.Name, c.MainPhone, r.Note }).Take(500).ToListAsync(ct);
        Rows = [.. rows.Select(r => new RelationRow(r.Id, r.OtherId, Lists.Find(r.KindId)?.From(r.Own) ?? "", r.Kind, r.Name, Me.Hides(ContactsRights.Contacts, "phones") ? null : r.MainPhone, r.Note))];
        if (Command.OtherId is { } other) OtherName = await db.Contacts.Where(c => c.Id == other).Select(c => c.Name).SingleOrDefaultAsync(ct);
        // The kind is chosen by one field of the form, whatever of the command is wrong.
        if (ModelState.TryGetValue("Command.KindId", out var wrong) && wrong.Errors.Count > 0 && !(ModelState.TryGetValue(nameof(Kind), out var kind) && kind.Errors.Count > 0))
        {
            ModelState.AddModelError(nameof(Kind), wrong.Errors[0].ErrorMessage);
            ModelState.Remove("Command.KindId");
        }
    }
}
