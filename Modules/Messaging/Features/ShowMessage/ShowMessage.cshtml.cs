using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Records;
using Crm.Messaging.Sending;
using Crm.Messaging.Templates;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.ShowMessage;

[Requires(MessagingPermissions.See)]
internal sealed class ShowMessagePage(MessagingDb db) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public OutgoingMessage Message { get; private set; } = null!;

    public IReadOnlyList<MessageTry> Tries { get; private set; } = [];

    /// <summary>Where it goes; null where that is a field of the customer that the user does not see.</summary>
    public string? Address => Addresses.Of(Message, Me);

    public string? TemplateName { get; private set; }

    public SmsLength Length { get; private set; } = new(0, 0, 160, false);

    public Task OnGetAsync() => LoadAsync();

    /// <summary>The HTML of an e-mail, for the frame: no script, nothing from outside, no way out of the frame.</summary>
    public async Task<IActionResult> OnGetBodyAsync()
    {
        await LoadAsync();
        Response.Headers.ContentSecurityPolicy = MailFrame.PolicyOf(Request);
        var letter = new Letter(Message.Id, Address ?? "", Message.RecipientName, Message.Subject, Message.Body, Message.Format, Message.Language);
        return Content(MailFrame.InOurLetters(MailText.Page(letter)), "text/html; charset=utf-8");
    }

    [Requires(MessagingPermissions.Send)]
    public Task<IActionResult> OnPostRetryAsync() => Send(new RetryMessageCommand(Id), then: () => Again("The message is tried again."));

    [Requires(MessagingPermissions.Send)]
    public Task<IActionResult> OnPostCancelAsync() => Send(new CancelMessageCommand(Id), then: () => Again("The message was cancelled."));

    [Requires(MessagingPermissions.Send)]
    public Task<IActionResult> OnPostCopyAsync() => Send(new CopyMessageCommand(Id), then: id => Redirect($"/messages/new/{id}"));

    protected override async Task LoadAsync()
    {
        Message = await db.Messages.AsNoTracking().FirstOrDefaultAsync(m => m.Id == Id) ?? throw new NotFound("message", Id);
        Tries = await db.Tries.AsNoTracking().Where(t => t.MessageId == Id).OrderByDescending(t => t.Id).Take(100).ToListAsync();
        TemplateName = Message.TemplateId is { } t ? await db.Templates.IgnoreQueryFilters().Where(x => x.Id == t).Select(x => x.Name).FirstOrDefaultAsync() : null;
        Length = SmsParts.Of(Message.Body);
    }

    private RedirectResult Again(string text)
    {
        Toast(text);
        return Redirect($"/messages/{Id}");
    }
}

/// <summary>How mail that somebody wrote is shown.</summary>
internal static class MailFrame
{
    private const string Policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

    /// <summary>Nothing from anywhere but our own font; a sandboxed page has no origin of its own that «'self'» could mean.</summary>
    public static string PolicyOf(HttpRequest request) => $"{Policy}; font-src {request.Scheme}://{request.Host}";

    /// <summary>The page in the letters of the application, which a mail itself can only ask for.</summary>
    public static string InOurLetters(string page) => page.Replace("</head>", "<style>@font-face{font-family:Vazirmatn;src:url(\"/lib/vazirmatn/vazirmatn.woff2\") format(\"woff2\");font-weight:100 900}</style></head>", StringComparison.OrdinalIgnoreCase);
}
