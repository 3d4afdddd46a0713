using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.FollowUps;

[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed class PlanFollowUpPage(ContactsDb db, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public PlanFollowUpCommand Command { get; set; } = new();

    public string ContactName { get; private set; } = "";

    public IReadOnlyList<SelectListItem> Kinds { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Users { get; private set; } = [];

    public async Task OnGetAsync(Guid? job)
    {
        await LoadAsync();
        // Tomorrow morning is when most people mean to ring again.
        var tomorrow = Dates.Moment(Dates.DayOf(time.GetUtcNow()).AddDays(1), new TimeOnly(9, 0));
        Command = new() { DueAt = tomorrow, AssigneeId = Me.Id, RemindMinutes = FollowUpFields.UsualReminder, JobId = job, KindId = Kinds.Count > 0 ? Guid.Parse(Kinds[0].Value) : Guid.Empty };
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { ContactId = Id };
        return Send(Command, then: _ =>
        {
            Toast("Follow-up planned.");
            return Redirect($"/contacts/{Id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        ContactName = await db.Contacts.Where(c => c.Id == Id).Select(c => c.Name).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        Kinds = [.. (await baseData.GetAsync(ct)).Active(BaseLists.CommunicationKind).Select(v => new SelectListItem(v.Title, v.Id.ToString()))];
        Users = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
    }
}
