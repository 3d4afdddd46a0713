using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using Crm.Platform.Contracts;
using Crm.Platform.Domain;
using Crm.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Messaging;

/// <summary>A forgotten password, through a real mail server (attack 9): the link is in the mail and nowhere else, works once, and nobody learns who exists.</summary>
public sealed partial class RealServerTests
{
    private const string NewPassword = "Another-Pass-1405";

    [Fact]
    public async Task A_forgotten_password_is_set_by_a_link_that_works_once_and_stands_nowhere_but_in_the_mail()
    {
        await _app.UseMailServerAsync(servers.Mail);
        await EmailAsync("reza", "reza@crm.test");
        var old = await _app.As("reza");
        (await old.OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);

        // Whoever asks may say that the application is called what he likes.
        var stranger = _app.Anonymous();
        stranger.Client.DefaultRequestHeaders.Host = "evil.example";
        await AskAsync(stranger, "REZA@crm.test ");
        await _app.DrainAsync();
        var link = await LinkAsync("reza@crm.test");
        link.Should().StartWith(CrmApp.PublicUrl + "/sign-in/reset?token=");
        var token = link[^64..];

        // Nothing that is kept holds the link: not the message, its log, the queue of events, the audit, the log of sign-ins.
        (await HoldersAsync(PasswordReset.Hash(token))).Should().Equal(["platform.password_resets"], "the search looks everywhere: the hash is found");
        (await HoldersAsync(token)).Should().BeEmpty();
        servers.App.Said.Should().NotContain(l => l.Contains(token, StringComparison.Ordinal));
        var message = (await _app.QueryAsync<(Guid Id, string State, string Body, string? Sealed)>("select id, state, body, sealed_body from messaging.messages where address = 'reza@crm.test'")).Single();
        message.Should().Be((message.Id, "Sent", "", ""));
        var admin = await _app.As("admin");
        await admin.OpenAsync($"/messages/{message.Id}");
        admin.Text.Should().Contain("نگه داشته نمی‌شود");
        admin.Html.Should().NotContain("handler=Copy").And.NotContain("handler=Retry");
        await admin.PostAsync("/profile", []);
        await admin.OpenAsync("/messages");
        admin.Html.Should().NotContain(token);
        (await _app.Awaiting(a => a.SendAsync(new Crm.Messaging.Features.ShowMessage.CopyMessageCommand(message.Id), "admin")).Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("message.not-kept");

        // Looked at by a scanner of mails, typed wrong, too weak: it still works.
        var page = new Uri(link).PathAndQuery;
        var browse = _app.Anonymous();
        (await browse.OpenAsync(page)).Html.Should().Contain("Command.Password");
        (await SetAsync(browse, page, NewPassword, "something else")).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await SetAsync(browse, page, "short", "short")).Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await SetAsync(browse, page, NewPassword, NewPassword)).Location.Should().Be("/sign-in");

        // All that was signed in is out, the old password is over.
        _app.Clock.Advance(TimeSpan.FromSeconds(6));
        (await old.OpenAsync("/profile")).Location.Should().StartWith("/sign-in");
        await browse.PostAsync("/sign-in", [("Command.UserName", "reza"), ("Command.Password", CrmApp.Password)]);
        browse.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        await _app.Anonymous().SignInAsync("reza", NewPassword);

        // Once.
        (await browse.OpenAsync(page)).Html.Should().NotContain("Command.Password");
        browse.Text.Should().Contain("used already");
        (await _app.Awaiting(a => a.SendAsync(new Crm.Platform.Features.ForgottenPassword.ResetPasswordCommand { Token = token, Password = NewPassword + "2", Again = NewPassword + "2" })).Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("reset.gone");
        (await _app.QueryAsync<string>("select result from platform.sign_ins where user_name = 'reza' and result like '%Reset%'")).Should().Contain("PasswordReset");
    }

    [Fact]
    public async Task Known_and_unknown_names_are_answered_alike_and_a_link_is_over_after_half_an_hour_or_with_another_one()
    {
        await _app.UseMailServerAsync(servers.Mail);
        await EmailAsync("maryam", "maryam@crm.test");
        await EmailAsync("sara", "");
        var answers = new List<(HttpStatusCode, string?, string, long)>();
        foreach (var name in (string[])["maryam", "nobody-of-this-name", "sara"])
        {
            await _app.DrainAsync();
            var browse = await AskAsync(_app.Anonymous(), name);
            var (status, location) = (browse.Status, browse.Location);
            // The work behind the answer is the same as well: one event, whoever it is.
            answers.Add((status, location, (await browse.OpenAsync(location!)).Text, (await _app.QueryAsync<long>("select count(*) from platform.outbox")).Single()));
        }

        answers.Distinct().Should().ContainSingle().Which.Item4.Should().Be(1);
        await _app.DrainAsync();
        (await _app.QueryAsync<long>("select count(*) from platform.password_resets r join platform.users u on u.id = r.user_id where u.user_name = 'sara'")).Single().Should().Be(0, "no address is known of her");

        var first = new Uri(await LinkAsync("maryam@crm.test")).PathAndQuery;
        _app.Clock.Advance(TimeSpan.FromMinutes(31));
        (await _app.Anonymous().OpenAsync(first)).Html.Should().NotContain("Command.Password");

        // Two links in the mailbox: the second is over when the first was used.
        await AskAsync(_app.Anonymous(), "maryam");
        await _app.DrainAsync();
        await AskAsync(_app.Anonymous(), "maryam");
        await _app.DrainAsync();
        var links = await LinksAsync("maryam@crm.test", 3);
        links.Should().OnlyHaveUniqueItems();
        var open = new List<string>();
        foreach (var link in links.Select(l => new Uri(l).PathAndQuery))
        {
            if ((await _app.Anonymous().OpenAsync(link)).Html.Contains("Command.Password", StringComparison.Ordinal)) open.Add(link);
        }

        open.Should().HaveCount(2);
        (await SetAsync(_app.Anonymous(), open[0], NewPassword, NewPassword)).Location.Should().Be("/sign-in");
        (await _app.Anonymous().OpenAsync(open[1])).Html.Should().NotContain("Command.Password");

        // Another's mailbox is not to be filled: the fourth within an hour is not sent.
        await AskAsync(_app.Anonymous(), "maryam");
        await _app.DrainAsync();
        (await _app.QueryAsync<long>("select count(*) from messaging.messages where address = 'maryam@crm.test'")).Single().Should().Be(3);
    }

    [Fact]
    public async Task A_mail_whose_text_is_no_longer_good_for_anything_is_not_sent_and_its_text_is_erased()
    {
        await _app.UseMailServerAsync(servers.Mail);
        var over = _app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector(SystemMailRequested.Purpose).ToTimeLimitedDataProtector().Protect("secret", DateTimeOffset.UtcNow.AddMinutes(-1));
        await _app.InScopeAsync(async sp =>
        {
            var key = Guid.CreateVersion7();
            // Twice the same: one mail.
            for (var i = 0; i < 2; i++) sp.GetRequiredService<IEventSink>().Tell(new SystemMailRequested(key, await _app.UserIdAsync("admin"), "late-mail@crm.test", "X", "Subject", over, "en"));
            return await sp.GetRequiredService<Crm.Platform.Data.PlatformDb>().SaveChangesAsync();
        });
        await _app.DrainAsync();
        (await _app.QueryAsync<(string, string, string?)>("select state, reason, sealed_body from messaging.messages where address = 'late-mail@crm.test'")).Should().Equal(("Failed", Reasons.Expired, ""));
    }

    private static async Task<Browse> AskAsync(Browse browse, string name) => await browse.PostAsync("/sign-in/forgotten", [("Command.UserName", name)]);

    private static Task<Browse> SetAsync(Browse browse, string page, string password, string again) => browse.PostAsync(page, [("Command.Password", password), ("Command.Again", again)]);

    private Task EmailAsync(string user, string address) => _app.QueryAsync<int>("update platform.users set email = @address where user_name = @user returning 1", new { user, address });

    private async Task<string> LinkAsync(string address) => (await LinksAsync(address, 1)).Single();

    private async Task<IReadOnlyList<string>> LinksAsync(string address, int count)
    {
        for (var all = 1; all < 200; all++)
        {
            var mails = await servers.Mail.MailsAsync(Math.Min(all, 1));
            List<string> links = [.. mails.Where(m => m.Contains("Delivered-To: " + address, StringComparison.Ordinal)).SelectMany(m => Link().Matches(QuotedPrintable(m)).Select(l => l.Value)).Distinct()];
            if (links.Count >= count) return links;
            await Task.Delay(100);
        }

        throw new TimeoutException($"No mail to {address} arrived.");
    }

    /// <summary>Tables of which some row holds the text, whatever its column.</summary>
    private async Task<IReadOnlyList<string>> HoldersAsync(string text)
    {
        var found = new List<string>();
        foreach (var table in await _app.QueryAsync<string>("select format('%I.%I', table_schema, table_name) from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"))
        {
            if ((await _app.QueryAsync<bool>($"select exists (select 1 from {table} t where t::text like @text)", new { text = $"%{text}%" })).Single()) found.Add(table);
        }

        return found;
    }

    [GeneratedRegex(@"https://crm\.example\.test/sign-in/reset\?token=[0-9a-f]{64}")]
    private static partial Regex Link();
}
