using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Writing;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Messaging.Seed;

/// <summary>Templates of a company that sells, installs and services lifts, and what it sent in the last weeks.</summary>
[BypassesSave("A seed saves by itself, once.")]
internal sealed class DemoMessages(MessagingDb db, ISettings settings, IContactDirectory contacts, TimeProvider clock) : IDemoSeed
{
    public const string Welcome = "خوش‌آمدگویی به مشتری تازه";
    public const string VisitReminder = "یادآوری بازدید";
    public const string QuoteSent = "ارسال پیش‌فاکتور";
    public const string ContractThanks = "سپاس از عقد قرارداد";
    public const string ServiceRegistered = "ثبت درخواست سرویس";
    public const string TechnicianOnTheWay = "اعزام تکنسین";
    public const string Satisfaction = "نظرسنجی پس از سرویس";
    public const string LateAlarm = "هشدار دیرکرد به همکار";

    public int Order => 30;

    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Templates.AnyAsync(ct)) return;
        await settings.SetAsync(CompanyData.Key, new CompanyData
        {
            Name = "آسان‌بر البرز", Phone = "02188001122", Address = "تهران، خیابان سهروردی شمالی، کوچهٔ شهرتاش، پلاک ۱۸", Website = "www.asanbar-alborz.example",
        }, ct);
        var templates = Templates().ToDictionary(t => t.Name);
        db.AddRange(templates.Values);
        await PastAsync(templates, ct);
        await db.SaveChangesAsync(ct);
    }

    private static IEnumerable<MessageTemplate> Templates()
    {
        yield return Sms(Welcome, MessageCategory.Greeting,
            "{{contact.name}} گرامی، به {{company.name}} خوش آمدید. درخواست شما ثبت شد و کارشناس ما به‌زودی با شما تماس می‌گیرد.\n{{company.phone}}");
        yield return Sms(VisitReminder, MessageCategory.Reminder,
            "{{contact.name}} گرامی، یادآوری بازدید کارشناس ما از محل پروژه{{#if stage.due}}: {{stage.due}}{{/if}}. برای جابه‌جایی وقت با {{company.phone}} تماس بگیرید.");
        yield return Mail(QuoteSent, MessageCategory.Service, "پیش‌فاکتور {{company.name}} – پروندهٔ شمارهٔ {{job.number}}",
            """
            <p>{{contact.name}} گرامی،</p>
            <p>با سپاس از اعتماد شما، پیش‌فاکتور پروژهٔ «{{job.title}}» آماده شد{{#if agent.name}} و {{agent.name}} برای توضیح بیشتر در خدمت شماست{{/if}}.</p>
            {{#if extra}}<p>{{extra}}</p>{{/if}}
            <p>اعتبار این پیش‌فاکتور ده روز است.</p>
            <p>با احترام<br>{{company.name}}<br>{{company.phone}}<br>{{company.address}}</p>
            """);
        yield return Mail(ContractThanks, MessageCategory.Greeting, "سپاس از عقد قرارداد با {{company.name}}",
            """
            <p>{{contact.name}} گرامی،</p>
            <p>قرارداد شما ثبت شد. برنامهٔ زمانی ساخت و نصب آسانسور را برایتان می‌فرستیم و در هر مرحله شما را در جریان می‌گذاریم.</p>
            <p>با احترام<br>{{company.name}}</p>
            """);
        yield return Sms(ServiceRegistered, MessageCategory.Service, "درخواست سرویس شما با شمارهٔ {{job.number}} ثبت شد. تکنسین ما در نخستین فرصت اعزام می‌شود.\n{{company.name}}");
        yield return Sms(TechnicianOnTheWay, MessageCategory.Service, "{{contact.name}} گرامی، {{#if agent.name}}{{agent.name}}{{else}}تکنسین ما{{/if}} برای پروندهٔ شمارهٔ {{job.number}} در راه است.");
        yield return Sms(Satisfaction, MessageCategory.Service, "سرویس آسانسور شما انجام شد. لطفاً از ۱ تا ۵ به کار ما نمره بدهید و همین پیامک را پاسخ دهید.\n{{company.name}}");
        yield return Mail(LateAlarm, MessageCategory.Reminder, "دیرکرد: {{stage.title}} – کار {{job.number}}",
            "<p>{{recipient.name}} گرامی،</p><p>مرحلهٔ «{{stage.title}}» از کار «{{job.title}}» از موعد گذشته است{{#if stage.due}} (موعد: {{stage.due}}){{/if}}.</p><p><a href=\"{{link}}\">باز کردن کار</a></p>");
        yield return new(new("Quote sent (English)", MessageChannel.Email, MessageCategory.Service, "Your quote from {{company.name}} – job {{job.number}}",
            "<p>Dear {{contact.name}},</p><p>Your quote for “{{job.title}}” is ready.</p><p>Kind regards<br>{{company.name}}</p>", BodyFormat.Html, "en", true));
    }

    private static MessageTemplate Sms(string name, MessageCategory category, string body) => new(new(name, MessageChannel.Sms, category, null, body, BodyFormat.Text, "fa", true));

    private static MessageTemplate Mail(string name, MessageCategory category, string subject, string body) => new(new(name, MessageChannel.Email, category, subject, body, BodyFormat.Html, "fa", true));

    /// <summary>Forty messages of the last three weeks; the same contacts always get the same.</summary>
    private async Task PastAsync(Dictionary<string, MessageTemplate> templates, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var found = (await contacts.SearchAsync("ا", 40, ct)).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            var c = found[i];
            var t = (i % 5) switch { 0 => templates[Welcome], 1 => templates[VisitReminder], 2 => templates[ServiceRegistered], 3 => templates[Satisfaction], _ => templates[ContractThanks] };
            var address = t.Channel == MessageChannel.Sms ? c.Mobile : c.Email;
            var at = now.AddHours(-7 - (11 * i));
            var m = new OutgoingMessage
            {
                Channel = t.Channel, Address = address ?? "", RecipientName = c.Name, ContactId = c.Id, TemplateId = t.Id, Category = t.Category, Format = t.Format, Language = "fa", BranchId = c.BranchId, CreatedAt = at,
                Subject = t.Channel == MessageChannel.Email ? "سپاس از عقد قرارداد با آسان‌بر البرز" : "",
                Body = t.Channel == MessageChannel.Email
                    ? $"<p>{System.Net.WebUtility.HtmlEncode(c.Name)} گرامی،</p><p>قرارداد شما ثبت شد. برنامهٔ زمانی ساخت و نصب آسانسور را برایتان می‌فرستیم.</p>"
                    : (i % 5) switch
                    {
                        0 => $"{c.Name} گرامی، به آسان‌بر البرز خوش آمدید. درخواست شما ثبت شد و کارشناس ما به‌زودی با شما تماس می‌گیرد.",
                        1 => $"{c.Name} گرامی، یادآوری بازدید کارشناس ما از محل پروژه. برای جابه‌جایی وقت با ۰۲۱۸۸۰۰۱۱۲۲ تماس بگیرید.",
                        2 => $"درخواست سرویس شما با شمارهٔ {PersianText.PersianDigits((1200 + i).ToString(System.Globalization.CultureInfo.InvariantCulture))} ثبت شد.",
                        _ => "سرویس آسانسور شما انجام شد. لطفاً از ۱ تا ۵ به کار ما نمره بدهید.",
                    },
            };
            var (state, reason) = address is null ? (MessageState.Failed, t.Channel == MessageChannel.Sms ? Reasons.NoMobile : Reasons.NoEmail) : i % 9 == 4 ? (MessageState.Failed, Reasons.Refused) : (MessageState.Sent, null);
            m.Remember(state, at, reason);
            db.Add(m);
            if (address is null) continue;
            db.Add(new MessageTry
            {
                MessageId = m.Id, At = at, Attempt = 1, Outcome = state == MessageState.Sent ? "Sent" : "Failed", Reason = reason, Host = "demo", Milliseconds = 120 + (7 * i),
                Detail = state == MessageState.Sent ? null : "400 number is blocked",
            });
        }
    }
}
