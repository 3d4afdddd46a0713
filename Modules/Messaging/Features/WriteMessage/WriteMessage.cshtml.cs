using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Records;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.WriteMessage;

[Requires(MessagingPermissions.Send)]
internal sealed class WriteMessagePage(MessagingDb db, IContactDirectory contacts, MessageWriter writer, TemplateRenderer renderer) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "channel")]
    public MessageChannel? AskedChannel { get; set; }

    [BindProperty(SupportsGet = true, Name = "contact")]
    public Guid? AskedContact { get; set; }

    [BindProperty]
    public SaveMessageCommand Command { get; set; } = new();

    public IReadOnlyList<SelectListItem> Templates { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Categories { get; private set; } = [];

    public string? ContactName { get; private set; }

    public string? OwnAddress { get; private set; }

    public bool HasGateway { get; private set; }

    public SmsLength Length { get; private set; } = new(0, 0, 160, false);

    public async Task OnGetAsync()
    {
        Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command.Id = Id;
        return Send(Command, then: id =>
        {
            Toast(Command.Send ? "The message is on its way." : "Draft saved.");
            return Redirect($"/messages/{id}");
        });
    }

    /// <summary>Fills the form from the chosen template and contact; nothing is saved.</summary>
    public async Task<IActionResult> OnPostTemplateAsync()
    {
        var template = await db.Templates.FirstOrDefaultAsync(t => t.Id == Command.TemplateId);
        if (template is not null)
        {
            try
            {
                var card = await CardAsync(Command.ContactId);
                var filled = renderer.Render(MessageWriter.Content(template), await writer.DataAsync(new(Command.ContactId, null), card, null, null, template.Language, HttpContext.RequestAborted));
                (Command.Subject, Command.Body, Command.Format, Command.Language, Command.Category) = (filled.Subject, filled.Body, template.Format, template.Language, template.Category);
                // What stands in the form now comes from here, not from what was posted.
                ModelState.Clear();
            }
            catch (TemplateProblem e)
            {
                ModelState.AddModelError("Command.TemplateId", T.Get(e.Message, e.Args));
            }
        }

        await LoadAsync();
        return Page();
    }

    /// <summary>Contacts for the searching drop-down.</summary>
    public async Task<IActionResult> OnGetContactsAsync(string? q) =>
        new JsonResult((await contacts.SearchAsync(q ?? "", 20, HttpContext.RequestAborted)).Select(c => new LookupItem(c.Id.ToString(), c.Name, Sub(c))));

    protected override async Task LoadAsync()
    {
        var templates = await db.Templates.Where(t => t.Active && t.Channel == Command.Channel).OrderBy(t => t.Name).Select(t => new { t.Id, t.Name }).ToListAsync();
        Templates = [.. templates.Select(t => new SelectListItem(t.Name, t.Id.ToString()))];
        Categories = [.. Enum.GetValues<MessageCategory>().Select(c => new SelectListItem(T[Kinds.Title(c)], c.ToString()))];
        HasGateway = await writer.HasGatewayAsync(Command.Channel, HttpContext.RequestAborted);
        var card = await CardAsync(Command.ContactId);
        ContactName = card?.Name;
        OwnAddress = Command.Channel == MessageChannel.Sms ? (PhoneNumber.TryParse(card?.Mobile, out var n) ? PersianText.Digits(n.ToDisplay()) : null) : card?.Email;
        Length = SmsParts.Of(Command.Body ?? "");
    }

    protected override async Task<object?> LoadNewerAsync() => await FormAsync();

    private string Sub(ContactCard c) => PersianText.Digits(string.Join(" · ", new[] { PhoneNumber.TryParse(c.Mobile ?? c.Phone, out var n) ? n.ToDisplay() : null, c.Email }.Where(s => s is not null)));

    private async Task<ContactCard?> CardAsync(Guid? id) => id is { } i ? (await contacts.CardsAsync([i], HttpContext.RequestAborted)).GetValueOrDefault(i) : null;

    private async Task<SaveMessageCommand> FormAsync()
    {
        if (Id is not { } id) return new() { Channel = AskedChannel ?? MessageChannel.Sms, ContactId = AskedContact, Language = Texts.Language };
        var m = await db.Messages.AsNoTracking().FirstOrDefaultAsync(x => x.Id == id) ?? throw new NotFound("message", id);
        if (m.State != MessageState.Draft) throw new RuleBroken("message.no-draft", "Only a draft can be changed.");
        return new()
        {
            Id = id, Channel = m.Channel, ContactId = m.ContactId, Address = Addresses.Of(m, Me), TemplateId = m.TemplateId, Category = m.Category, Subject = m.Subject, Body = m.Body,
            Format = m.Format, Language = m.Language, Version = m.Version,
        };
    }
}
