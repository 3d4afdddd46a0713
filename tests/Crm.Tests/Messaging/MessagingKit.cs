using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Messaging.Features.Settings;
using Crm.Messaging.Features.WriteMessage;
using Crm.Testing;

namespace Crm.Tests.Messaging;

/// <summary>Steps that tests of messages share.</summary>
internal static class MessagingKit
{
    public static Task<Guid> AddContactAsync(this CrmApp app, string lastName = "خدابنده‌لو", string? mobile = "09121234567", string? email = "ali@crm.test") => app.SendAsync(new AddContactCommand
    {
        Kind = ContactKind.Person, FirstName = "علی", LastName = lastName, AllowKnownPhone = true,
        Phones = mobile is null ? [] : [new() { Kind = PhoneKind.Mobile, Number = mobile }], Emails = email is null ? [] : [new() { Address = email }],
    });

    public static Task<Guid> AddTemplateAsync(this CrmApp app, string body, MessageChannel channel = MessageChannel.Sms, string? subject = "موضوع", BodyFormat format = BodyFormat.Text, string? name = null) =>
        app.SendAsync(new SaveTemplateCommand { Name = name ?? "الگو " + Guid.CreateVersion7(), Channel = channel, Subject = channel == MessageChannel.Email ? subject : null, Body = body, Format = format });

    public static Task<Guid> SendSmsAsync(this CrmApp app, string text = "سلام", string to = "09121234567") => app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Sms, Address = to, Body = text, Send = true });

    public static Task<Guid> SendMailAsync(this CrmApp app, string to, string subject = "سلام", string body = "متن", BodyFormat format = BodyFormat.Text) =>
        app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Email, Address = to, Subject = subject, Body = body, Format = format, Send = true });

    public static async Task AllowLoopbackAsync(this CrmApp app)
    {
        if ((await app.QueryAsync<int>("select 1 from messaging.allowed_hosts where host = '127.0.0.1'")).Count == 0) await app.SendAsync(new AllowHostCommand { Host = "127.0.0.1" });
    }

    public static async Task UseGatewayAsync(this CrmApp app, string url, int parallel = 16, int timeout = 60, int tries = 8, string? secret = null)
    {
        await app.AllowLoopbackAsync();
        await app.SendAsync(new SaveSmsCommand
        {
            Url = url, Body = "to={to}\ntext={text}\nkey={key}\npassword={secret}", SuccessPath = "result.status", SuccessPattern = "^ok$", IdPath = "result.messageId", Parallel = parallel, TimeoutSeconds = timeout,
            Tries = tries, Secret = secret,
        });
    }

    public static async Task UseMailServerAsync(this CrmApp app, RealMailServer server, MailSecurity security = MailSecurity.StartTls)
    {
        await app.AllowLoopbackAsync();
        await app.SendAsync(new SaveSmtpCommand
        {
            Host = "127.0.0.1", Port = server.Port, Security = security, Fingerprint = security == MailSecurity.None ? null : server.Fingerprint, UserName = security == MailSecurity.None ? null : RealMailServer.User,
            Password = RealMailServer.Password, FromAddress = "info@crm.test", FromName = "آسان‌بر البرز", ReplyTo = "sales@crm.test",
        });
    }

    public static async Task<MessageRow> MessageAsync(this CrmApp app, Guid id) =>
        (await app.QueryAsync<MessageRow>("select state, reason, detail, provider_id, attempts, address, subject, body, due_at from messaging.messages where id = @id", new { id })).Single();

    public static async Task<IReadOnlyDictionary<string, long>> StatesAsync(this CrmApp app) =>
        (await app.QueryAsync<(string State, long N)>("select state, count(*) from messaging.messages group by state")).ToDictionary(r => r.State, r => r.N);

    public static async Task<IReadOnlyList<string>> LogAsync(this CrmApp app, Guid id) => await app.QueryAsync<string>("select outcome from messaging.tries where message_id = @id order by id", new { id });

    internal sealed class MessageRow
    {
        public string State { get; init; } = "";

        public string? Reason { get; init; }

        public string? Detail { get; init; }

        public string? ProviderId { get; init; }

        public int Attempts { get; init; }

        public string Address { get; init; } = "";

        public string Subject { get; init; } = "";

        public string Body { get; init; } = "";

        public DateTimeOffset DueAt { get; init; }
    }
}
