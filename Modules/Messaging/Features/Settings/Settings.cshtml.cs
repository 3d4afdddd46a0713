using Crm.Core;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Features.Settings;

[Requires(MessagingPermissions.Settings)]
internal sealed class SettingsPage(MessagingDb db, ISettings settings) : PageBase
{
    [BindProperty]
    public SaveSmtpCommand Smtp { get; set; } = new();

    [BindProperty]
    public SaveSmsCommand Sms { get; set; } = new();

    [BindProperty]
    public SaveCompanyCommand Company { get; set; } = new();

    [BindProperty]
    public AllowHostCommand Allow { get; set; } = new();

    [BindProperty]
    public SendTestCommand Test { get; set; } = new();

    public SendResult? Tested { get; private set; }

    public bool SmtpReady { get; private set; }

    public bool SmsReady { get; private set; }

    public bool SmtpSecret { get; private set; }

    public bool SmsSecret { get; private set; }

    public IReadOnlyList<AllowedHost> Hosts { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Securities { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Methods { get; } = [new("POST", "POST"), new("GET", "GET")];

    public IReadOnlyList<SelectListItem> BodyKinds { get; private set; } = [];

    public IReadOnlyList<SelectListItem> NumberFormats { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Channels { get; private set; } = [];

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostSmtpAsync() => Send(Smtp, then: () => Saved());

    public Task<IActionResult> OnPostSmsAsync() => Send(Sms, then: () => Saved());

    public Task<IActionResult> OnPostCompanyAsync() => Send(Company, then: () => Saved());

    [Requires(MessagingPermissions.AllowHosts)]
    public Task<IActionResult> OnPostAllowAsync() => Send(Allow, then: () => Saved());

    [Requires(MessagingPermissions.AllowHosts)]
    public Task<IActionResult> OnPostForbidAsync(Guid id) => Send(new ForbidHostCommand(id), then: () => Saved());

    public async Task<IActionResult> OnPostTestAsync()
    {
        var result = await Send(Test, then: r =>
        {
            Tested = r;
            return Page();
        });
        if (Tested is not null) await LoadAsync();
        return result;
    }

    protected override async Task LoadAsync()
    {
        var gateways = await db.Gateways.AsNoTracking().ToListAsync();
        var posted = Request.HasFormContentType ? Request.Query["handler"].ToString() : "";
        if (gateways.Find(g => g.Channel == MessageChannel.Email) is { } mail)
        {
            (SmtpReady, SmtpSecret) = (mail.Active, mail.Secret is not null);
            var s = mail.Read<SmtpSettings>();
            // A form that comes back with an error keeps what was typed.
            if (posted != "Smtp")
            {
                Smtp = new()
                {
                    Active = mail.Active, Host = s.Host, Port = s.Port, Security = s.Security, UserName = s.UserName, FromAddress = s.FromAddress, FromName = s.FromName, ReplyTo = s.ReplyTo,
                    Fingerprint = s.Fingerprint, Parallel = s.Parallel, TimeoutSeconds = s.TimeoutSeconds, Tries = s.Tries, Version = mail.Version,
                };
            }
        }

        if (gateways.Find(g => g.Channel == MessageChannel.Sms) is { } sms)
        {
            (SmsReady, SmsSecret) = (sms.Active, sms.Secret is not null);
            var s = sms.Read<SmsSettings>();
            if (posted != "Sms")
            {
                Sms = new()
                {
                    Active = sms.Active, Url = s.Url, Method = s.Method, BodyKind = s.BodyKind, Body = s.Body, Headers = s.Headers, KeyHeader = s.KeyHeader, NumberFormat = s.NumberFormat,
                    StatusFrom = s.StatusFrom, StatusTo = s.StatusTo, SuccessPath = s.SuccessPath, SuccessPattern = s.SuccessPattern, IdPath = s.IdPath, Parallel = s.Parallel,
                    TimeoutSeconds = s.TimeoutSeconds, Tries = s.Tries, Version = sms.Version,
                };
            }
        }

        if (posted != "Company")
        {
            var c = await settings.GetAsync<CompanyData>(CompanyData.Key, HttpContext.RequestAborted);
            Company = new() { Name = c.Name, Phone = c.Phone, Address = c.Address, Website = c.Website, BaseUrl = c.BaseUrl };
        }

        Hosts = await db.AllowedHosts.AsNoTracking().OrderBy(h => h.Host).ToListAsync();
        Securities = [new(T["STARTTLS (usual, port 587)"], nameof(MailSecurity.StartTls)), new(T["TLS (port 465)"], nameof(MailSecurity.Tls)), new(T["None (only inside one's own network)"], nameof(MailSecurity.None))];
        BodyKinds = [new(T["Form"], nameof(SmsBodyKind.Form)), new("JSON", nameof(SmsBodyKind.Json)), new(T["In the address"], nameof(SmsBodyKind.Query))];
        NumberFormats = [new("09123456789", nameof(NumberFormat.Local)), new("+989123456789", nameof(NumberFormat.International)), new("989123456789", nameof(NumberFormat.Digits))];
        Channels = [.. Enum.GetValues<MessageChannel>().Select(c => new SelectListItem(T[Kinds.Title(c)], c.ToString()))];
    }

    private RedirectResult Saved()
    {
        Toast("Settings saved.");
        return Redirect("/messages/settings");
    }
}
