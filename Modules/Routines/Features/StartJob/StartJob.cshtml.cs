using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.StartJob;

/// <summary>Starts a job by hand: routines bound to this kind of customer first.</summary>
[Requires(RoutinesPermissions.Start)]
internal sealed class StartJobPage(RoutinesDb db, IRoutineStore routines, IContactDirectory contacts, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true, Name = "contact")]
    public Guid? ContactId { get; set; }

    [BindProperty]
    public StartJobCommand Command { get; set; } = new();

    public ContactCard? Contact { get; private set; }

    public IReadOnlyList<SelectListItem> Routines { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Command.ContactId = ContactId;
        if (Me.Id is { } me) Command.AgentIds = [me];
        await LoadAsync();
        if (Routines.Count == 1) Command.RoutineId = Guid.Parse(Routines[0].Value);
    }

    public Task<IActionResult> OnPostAsync()
    {
        // Opened from a customer's page, the address says for whom.
        Command.ContactId ??= ContactId;
        return Send(Command, then: id =>
        {
            Toast("Job started.");
            return Redirect(Command.ContactId is { } contact ? $"/contacts/{contact}" : $"/jobs/{id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Contact = Command.ContactId is { } id ? (await contacts.CardsAsync([id], ct)).GetValueOrDefault(id) ?? throw new NotFound("contact", id) : null;
        var published = await routines.AllPublishedAsync(ct);
        var bindings = await db.Set<RoutineBinding>().AsNoTracking().Where(b => b.Active).ToListAsync(ct);
        var type = Contact is not null && await contacts.DataAsync(Contact.Id, ct) is { } data ? Runtime.JobData.IdOf(data["typeId"]) : null;
        // Bound to this kind of customer, or bound to none at all; what is bound to others only is not offered.
        var offered = published.Where(r => bindings.All(b => b.RoutineId != r.RoutineId) || Contact is null || bindings.Any(b => b.RoutineId == r.RoutineId && b.Start == RoutineStart.Manual && b.Fits(type)));
        Routines = [.. offered.OrderBy(r => r.Name, StringComparer.CurrentCulture).Select(r => new SelectListItem(
            bindings.FirstOrDefault(b => b.RoutineId == r.RoutineId) is { } b ? $"{r.Name} ({T[b.Purpose switch { RoutinePurpose.Sale => "Sale", RoutinePurpose.AfterSales => "After sales", _ => "Other" }]})" : r.Name, r.RoutineId.ToString()))];
        Users = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
    }
}
