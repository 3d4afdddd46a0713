using System.Text.Encodings.Web;
using System.Text.Unicode;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.ShowMessage;
using Crm.Messaging.Sending;
using Crm.Messaging.Templates;
using Crm.Messaging.Writing;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.EditTemplate;

[Requires(MessagingPermissions.Templates)]
internal sealed class EditTemplatePage(MessagingDb db, IContactDirectory contacts, TemplateRenderer renderer, MessageWriter writer) : PageBase
{
    private static readonly HtmlEncoder s_html = HtmlEncoder.Create(UnicodeRanges.All);

    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    [BindProperty]
    public SaveTemplateCommand Command { get; set; } = new();

    /// <summary>The contact that fills the preview.</summary>
    [BindProperty]
    public Guid? Sample { get; set; }

    public string? SampleName { get; private set; }

    public IReadOnlyList<IGrouping<string, MergeField>> Fields { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Channels { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Categories { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Formats { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Languages { get; private set; } = [];

    public async Task OnGetAsync(MessageChannel? channel)
    {
        Command = await FormAsync();
        if (Id is null) (Command.Channel, Command.Language) = (channel ?? MessageChannel.Sms, Texts.Language);
        else MarkOpened("Message template", Id.Value, Command.Name!, $"/messages/templates/edit/{Id}");
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command.Id = Id;
        return Send(Command, then: id =>
        {
            Toast("Template saved.");
            return Redirect("/messages/templates");
        });
    }

    public Task<IActionResult> OnPostDeleteAsync() => Send(new DeleteTemplateCommand(Id ?? Guid.Empty), then: () =>
    {
        ToastDeleted("Template moved to the recycle bin.", Id ?? Guid.Empty, $"/messages/templates/edit/{Id}");
        return Redirect("/messages/templates");
    });

    public Task<IActionResult> OnPostTestAsync() => Send(new SendTemplateToMeCommand(Id ?? Guid.Empty, Sample), then: id => Redirect($"/messages/{id}"));

    /// <summary>The text as it stands in the form, filled with a real contact; a document of its own, for the frame.</summary>
    public async Task<IActionResult> OnPostPreviewAsync()
    {
        MergeFields.Learn(contacts);
        var content = Command.Content;
        Response.Headers.ContentSecurityPolicy = MailFrame.PolicyOf(Request);
        string head;
        string body;
        try
        {
            var card = Sample is { } c ? (await contacts.CardsAsync([c], HttpContext.RequestAborted)).GetValueOrDefault(c) : null;
            var filled = renderer.Render(content, await writer.DataAsync(new(card?.Id, null), card, null, null, content.Language, HttpContext.RequestAborted));
            var length = SmsParts.Of(filled.Body);
            head = content.Channel == MessageChannel.Sms
                ? T["{0} characters, {1} SMS", T.Digits(length.Units), T.Digits(length.Parts)]
                : filled.Subject;
            body = content.Channel == MessageChannel.Email && content.Format == BodyFormat.Html ? filled.Body : $"<div style=\"white-space:pre-wrap\">{s_html.Encode(filled.Body)}</div>";
        }
        catch (TemplateProblem e)
        {
            head = T["This can't be filled yet"];
            body = $"<p style=\"color:#b42318\">{s_html.Encode(T.Get(e.Message, e.Args))}</p>";
        }

        var fa = content.Language == "fa";
        return Content(
            MailFrame.InOurLetters($"""
            <!doctype html><html lang="{(fa ? "fa" : "en")}" dir="{(fa ? "rtl" : "ltr")}"><head><meta charset="utf-8"><title>{s_html.Encode(T["Preview"])}</title></head>
            <body style="font-family:Vazirmatn,Tahoma,sans-serif;margin:1rem;color:#1f2937;background:#fff"><div style="font-weight:600;border-bottom:1px solid #ddd;padding-bottom:.5rem;margin-bottom:1rem" dir="auto">{s_html.Encode(head)}</div>{body}</body></html>
            """), "text/html; charset=utf-8");
    }

    protected override async Task LoadAsync()
    {
        Fields = [.. MergeFields.All(contacts).GroupBy(f => f.Group)];
        Channels = [.. Enum.GetValues<MessageChannel>().Select(c => new SelectListItem(T[Kinds.Title(c)], c.ToString()))];
        Categories = [.. Enum.GetValues<MessageCategory>().Select(c => new SelectListItem(T[Kinds.Title(c)], c.ToString()))];
        Formats = [new(T["Plain text"], nameof(BodyFormat.Text)), new(T["HTML"], nameof(BodyFormat.Html))];
        Languages = [new("فارسی", "fa"), new("English", "en")];
        SampleName = Sample is { } c ? (await contacts.CardsAsync([c], HttpContext.RequestAborted)).GetValueOrDefault(c)?.Name : null;
    }

    protected override async Task<object?> LoadNewerAsync() => await FormAsync();

    private async Task<SaveTemplateCommand> FormAsync()
    {
        if (Id is not { } id) return new();
        var t = await db.Templates.AsNoTracking().FirstOrDefaultAsync(x => x.Id == id) ?? throw new NotFound("template", id);
        return new()
        {
            Id = id, Name = t.Name, Channel = t.Channel, Category = t.Category, Subject = t.Subject, Body = t.Body, Format = t.Format, Language = t.Language, Active = t.Active, Version = t.Version,
        };
    }
}
