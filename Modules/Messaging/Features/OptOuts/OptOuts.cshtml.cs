using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.OptOuts;

[Requires(MessagingPermissions.Send)]
internal sealed class OptOutsPage(MessagingDb db, IContactDirectory contacts) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public SetOptOutsCommand Command { get; set; } = new();

    public string ContactName { get; private set; } = "";

    public async Task OnGetAsync()
    {
        var have = await db.OptOuts.Where(o => o.ContactId == Id).Select(o => o.Channel).ToListAsync();
        Command = new() { ContactId = Id, NoSms = have.Contains(MessageChannel.Sms), NoEmail = have.Contains(MessageChannel.Email) };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command.ContactId = Id;
        return Send(Command, then: () =>
        {
            Toast("Settings saved.");
            return Redirect($"/contacts/{Id}");
        });
    }

    protected override async Task LoadAsync() =>
        ContactName = (await contacts.CardsAsync([Id], HttpContext.RequestAborted)).GetValueOrDefault(Id)?.Name ?? throw new NotFound("contact", Id);
}
