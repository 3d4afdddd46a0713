using System.Text;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.Settings;
using Crm.Messaging.Sending;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Tests.Messaging;

/// <summary>Postfix and Kannel, started once for the class.</summary>
public sealed class RealServers : IAsyncLifetime
{
    public RealMailServer Mail { get; private set; } = null!;

    public RealSmsGateway Sms { get; private set; } = null!;

    public HeardApp App { get; } = new();

    public async Task InitializeAsync()
    {
        await App.InitializeAsync();
        Mail = await RealMailServer.StartAsync();
        Sms = await RealSmsGateway.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Mail is not null) await Mail.DisposeAsync();
        if (Sms is not null) await Sms.DisposeAsync();
        await ((IAsyncLifetime)App).DisposeAsync();
    }
}

/// <summary>The application whose log is listened to.</summary>
public sealed class HeardApp : CrmApp, ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _said = new();

    /// <summary>What it logged: of its own at every level, of the framework what the settings of a release let through.</summary>
    public IEnumerable<string> Said => _said;

    protected override void ConfigureServices(IServiceCollection services) => services.AddLogging(l => l.AddProvider(this).AddFilter<HeardApp>(null, LogLevel.Information).AddFilter<HeardApp>("Crm", LogLevel.Trace).AddFilter<HeardApp>("Microsoft.AspNetCore", LogLevel.Warning));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        _said.Enqueue(formatter(state, exception));
    }
}

/// <summary>Messages through servers that others wrote: what arrives there is what was written here.</summary>
public sealed partial class RealServerTests(RealServers servers) : IClassFixture<RealServers>
{
    private readonly CrmApp _app = servers.App;

    [Fact]
    public async Task Persian_mails_arrive_at_Postfix_over_TLS_as_they_were_written()
    {
        await _app.UseMailServerAsync(servers.Mail);
        var contact = await _app.AddContactAsync(email: "khodabandeh@crm.test");
        var subject = "پیش‌فاکتور آسان‌بر البرز برای مهندس خدابنده‌لو – پروژهٔ برج نیلوفر، آسانسور شش‌نفره با در تمام‌اتوماتیک";
        var body = "سلام\n.یک سطر که با نقطه آغاز می‌شود\n.\n" + string.Join(' ', Enumerable.Repeat("آسانسور", 60)) + " پایان";
        var plain = await _app.SendAsync(new Crm.Messaging.Features.WriteMessage.SaveMessageCommand { Channel = MessageChannel.Email, ContactId = contact, Subject = subject, Body = body, Send = true });
        var html = await _app.SendMailAsync("html@crm.test", "HTML", "<p>قیمت: <b>۱۲۰</b> &amp; بیشتر</p>", BodyFormat.Html);
        await _app.DrainAsync();
        var taken = await _app.MessageAsync(plain);
        taken.State.Should().Be("Sent", $"{taken.Reason} {taken.Detail}");
        (await _app.MessageAsync(html)).State.Should().Be("Sent");

        var mails = await servers.Mail.MailsAsync(2);
        var mail = mails.Single(m => m.Contains(plain.ToString("N"), StringComparison.Ordinal));
        mail.Should().Contain("Delivered-To: khodabandeh@crm.test").And.Contain("with ESMTPSA", "the S says TLS, the A that somebody signed in");
        Decoded(mail, "Subject").Should().Be(subject);
        Decoded(mail, "From").Should().Contain("آسان‌بر البرز").And.Contain("<info@crm.test>");
        Decoded(mail, "To").Should().Contain("علی خدابنده‌لو").And.Contain("<khodabandeh@crm.test>");
        QuotedPrintable(mail[(mail.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]).TrimEnd().Should().Be(body);
        var other = mails.Single(m => m.Contains(html.ToString("N"), StringComparison.Ordinal) && m.Contains("multipart/alternative", StringComparison.Ordinal));
        QuotedPrintable(other).Should().Contain("<p>قیمت: <b>۱۲۰</b> &amp; بیشتر</p>").And.Contain("قیمت: ۱۲۰ & بیشتر");
    }

    [Fact]
    public async Task Postfix_refusing_an_address_for_good_or_for_the_moment_is_told_apart()
    {
        await _app.UseMailServerAsync(servers.Mail, MailSecurity.None);
        var gone = await _app.SendMailAsync("gone@crm.test");
        var later = await _app.SendMailAsync("later@crm.test");
        var fine = await _app.SendMailAsync("fine@crm.test");
        await _app.DrainAsync();
        var failed = await _app.MessageAsync(gone);
        failed.Should().BeEquivalentTo(new { State = "Failed", Reason = Reasons.Refused });
        failed.Detail.Should().Contain("550").And.Contain("nobody of this name");
        (await _app.MessageAsync(later)).State.Should().Be("Queued");
        (await _app.MessageAsync(fine)).State.Should().Be("Sent");
    }

    [Fact]
    public async Task A_wrong_password_or_a_foreign_certificate_is_the_gateways_trouble()
    {
        await _app.AllowLoopbackAsync();
        await _app.SendAsync(new SaveSmtpCommand { Host = "127.0.0.1", Port = servers.Mail.Port, FromAddress = "info@crm.test", UserName = "crm", Password = "wrong", Fingerprint = servers.Mail.Fingerprint });
        (await _app.SendAsync(new SendTestCommand { Channel = MessageChannel.Email, To = "a@crm.test" })).Should().BeEquivalentTo(new { End = SendEnd.Trouble, Reason = Reasons.Trouble });
        await _app.SendAsync(new SaveSmtpCommand { Host = "127.0.0.1", Port = servers.Mail.Port, FromAddress = "info@crm.test", UserName = "crm", Password = RealMailServer.Password });
        (await _app.SendAsync(new SendTestCommand { Channel = MessageChannel.Email, To = "a@crm.test" })).Should().BeEquivalentTo(new { End = SendEnd.Trouble, Reason = Reasons.Unreachable });
    }

    [Fact]
    public async Task Persian_SMS_reach_the_centre_behind_Kannel()
    {
        await _app.AllowLoopbackAsync();
        await _app.SendAsync(new SaveSmsCommand
        {
            Url = $"http://127.0.0.1:{servers.Sms.Port}/cgi-bin/sendsms", Method = "GET", BodyKind = SmsBodyKind.Query, Body = "username=crm\npassword={secret}\nfrom=3000\nto={to}\ntext={text}\ncharset=UTF-8\ncoding=2", Secret = RealSmsGateway.Password,
            StatusFrom = 202, StatusTo = 202, SuccessPattern = "^(0: Accepted|3: Queued)",
        });
        var id = await _app.SendSmsAsync("سلام، کار شما ثبت شد & تمام", "۰۹۱۲۱۲۳۴۵۶۷");
        await _app.DrainAsync();
        var message = await _app.MessageAsync(id);
        message.State.Should().Be("Sent", message.Detail);
        (await servers.Sms.MessagesAsync(1)).Should().Contain(("09121234567", "سلام، کار شما ثبت شد & تمام"));
    }

    [Fact]
    public async Task While_the_SMS_gateway_does_not_answer_mails_go_on()
    {
        // Fault 11. The pump runs here as on a host: each channel by itself.
        await using var dead = await FaultyGateway.StartAsync();
        dead.Mood = (_, _) => GatewayMood.Hang;
        await _app.UseGatewayAsync(dead.Url, parallel: 4, timeout: 3);
        await _app.UseMailServerAsync(servers.Mail);
        var texts = new List<Guid>();
        for (var i = 0; i < 30; i++) texts.Add(await _app.SendSmsAsync($"{i}", $"0912000{i:0000}"));
        var pump = _app.Services.GetRequiredService<MessagePump>();
        await pump.StartAsync(default);
        try
        {
            await UntilAsync(() => Task.FromResult(dead.Asked.Count > 0));
            var mail = await _app.SendMailAsync("calm@crm.test");
            await UntilAsync(async () => (await _app.MessageAsync(mail)).State == "Sent");
            (await _app.QueryAsync<long>("select count(*) from messaging.messages where id = any(@texts) and state in ('Queued', 'Sending')", new { texts = texts.ToArray() })).Single().Should().Be(30, "they wait for their gateway");
        }
        finally
        {
            await pump.StopAsync(default);
        }

        dead.Mood = (_, _) => GatewayMood.Take;
        for (var i = 0; i < 3; i++) await _app.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await _app.QueryAsync<long>("select count(*) from messaging.messages where id = any(@texts) and state = 'Sent'", new { texts = texts.ToArray() })).Single().Should().Be(30);

        static async Task UntilAsync(Func<Task<bool>> ask)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!await ask()) await Task.Delay(20, patience.Token);
        }
    }

    private static string Decoded(string mail, string header)
    {
        var lines = mail[..mail.IndexOf("\n\n", StringComparison.Ordinal)].Split('\n').ToList();
        var at = lines.FindIndex(l => l.StartsWith(header + ":", StringComparison.Ordinal));
        var value = string.Join(' ', lines.Skip(at + 1).TakeWhile(l => l.StartsWith(' ')).Select(l => l.Trim()).Prepend(lines[at][(header.Length + 1)..]));
        var bytes = new List<byte>();
        var text = new StringBuilder();
        foreach (var word in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith("=?UTF-8?B?", StringComparison.Ordinal)) bytes.AddRange(Convert.FromBase64String(word[10..^2]));
            else text.Append(' ').Append(word);
        }

        return (Encoding.UTF8.GetString([.. bytes]) + text).Trim();
    }

    private static string QuotedPrintable(string text)
    {
        var bytes = new List<byte>();
        var joined = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal);
        for (var i = 0; i < joined.Length; i++)
        {
            if (joined[i] == '=' && i + 2 < joined.Length && Uri.IsHexDigit(joined[i + 1]) && Uri.IsHexDigit(joined[i + 2]))
            {
                bytes.Add(Convert.ToByte(joined.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(joined[i].ToString()));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
