using Crm.Core;
using Crm.Data;
using Crm.Messaging.Contracts;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.Settings;
using Crm.Messaging.Features.ShowMessage;
using Crm.Messaging.Sending;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Messaging;

/// <summary>What becomes of messages at an SMS gateway that can be made to misbehave, over real HTTP.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    private readonly CrmApp _app = new();
    private FaultyGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        await _app.InitializeAsync();
        _gateway = await FaultyGateway.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await ((IAsyncLifetime)_app).DisposeAsync();
    }

    [Fact]
    public async Task Without_a_gateway_messages_wait_and_flow_once_there_is_one()
    {
        var id = await _app.SendSmsAsync("سلام دنیا");
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).Should().BeEquivalentTo(new { State = "Waiting", Reason = Reasons.NoGateway });

        await _app.UseGatewayAsync(_gateway.Url);
        await _app.DrainAsync();

        var message = await _app.MessageAsync(id);
        message.Should().BeEquivalentTo(new { State = "Sent", Attempts = 1, ProviderId = "G-" + id.ToString()[^6..] });
        (await _app.LogAsync(id)).Should().Equal("Sent");
        _gateway.Seen.Single().Should().Be(("09121234567", "سلام دنیا", id.ToString(), id.ToString()));
    }

    [Fact]
    public async Task Nothing_leaves_while_the_disk_is_nearly_full_and_the_page_says_so()
    {
        await _app.UseGatewayAsync(_gateway.Url);
        _app.Disk.Has(900);
        var id = await _app.SendSmsAsync();
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).State.Should().Be("Queued");
        _gateway.Seen.Should().BeEmpty();
        var admin = await _app.As("admin");
        (await admin.OpenAsync("/messages")).Text.Should().Contain("دیسک سرور تقریباً پر است");

        _app.Disk.Free = long.MaxValue;
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).State.Should().Be("Sent");
        (await admin.OpenAsync("/messages")).Text.Should().NotContain("دیسک سرور تقریباً پر است");
    }

    [Fact]
    public async Task A_failing_gateway_is_asked_again_later_and_later_then_the_message_has_failed_with_its_reason()
    {
        _gateway.Mood = (_, _) => GatewayMood.Err;
        await _app.UseGatewayAsync(_gateway.Url, tries: 4);
        var id = await _app.SendSmsAsync();
        await _app.DrainAsync();
        var first = await _app.MessageAsync(id);
        first.State.Should().Be("Queued");
        (first.DueAt - _app.Clock.GetUtcNow()).TotalSeconds.Should().BeInRange(7.4, 12.6);

        await _app.DrainAsync();
        _gateway.Asked[id.ToString()].Should().Be(1, "it is not due yet");
        for (var i = 0; i < 6; i++) await _app.AdvanceAsync(TimeSpan.FromMinutes(5));

        var last = await _app.MessageAsync(id);
        last.State.Should().Be("Failed");
        last.Reason.Should().Be(Reasons.Trouble);
        last.Detail.Should().StartWith("503");
        (await _app.LogAsync(id)).Should().Equal("Retry", "Retry", "Retry", "Failed");

        _gateway.Mood = (_, _) => GatewayMood.Take;
        await _app.SendAsync(new RetryMessageCommand(id));
        await _app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await _app.MessageAsync(id)).State.Should().Be("Sent");
        _gateway.Taken[id.ToString()].Should().Be(1);
    }

    [Fact]
    public async Task A_refused_message_is_not_tried_again()
    {
        _gateway.Mood = (_, _) => GatewayMood.Refuse;
        await _app.UseGatewayAsync(_gateway.Url);
        var id = await _app.SendSmsAsync();
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).Should().BeEquivalentTo(new { State = "Failed", Reason = Reasons.Refused, Detail = "400 number is blocked", Attempts = 1 });
    }

    [Fact]
    public async Task An_answer_that_says_no_is_no_success_whatever_its_status()
    {
        _gateway.Mood = (_, before) => before == 0 ? GatewayMood.SayNo : GatewayMood.Take;
        await _app.UseGatewayAsync(_gateway.Url);
        var id = await _app.SendSmsAsync();
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).State.Should().Be("Queued");
        await _app.AdvanceAsync(TimeSpan.FromSeconds(30));
        (await _app.MessageAsync(id)).State.Should().Be("Sent");
    }

    [Fact]
    public async Task Time_outs_errors_and_cut_connections_end_in_the_right_states_and_nobody_gets_a_message_twice()
    {
        // Fault 11: 30 % do not answer, 5 % are errors, 1 % are taken without an answer. The mood depends on the number and the try, so every run is the same.
        _gateway.Mood = (to, before) => before > 2 ? GatewayMood.Take : (((int.Parse(to[^4..], System.Globalization.CultureInfo.InvariantCulture) * 37) + (before * 61)) % 100) switch
        {
            < 30 => GatewayMood.Hang,
            < 35 => GatewayMood.Err,
            < 36 => GatewayMood.TakeAndReset,
            _ => GatewayMood.Take,
        };
        await _app.UseGatewayAsync(_gateway.Url, parallel: 64, timeout: 1);
        for (var i = 0; i < 200; i++) await _app.SendSmsAsync($"پیام {i}", $"0912000{i:0000}");
        await _app.DrainAsync();
        for (var i = 0; i < 12 && (await _app.StatesAsync()).GetValueOrDefault("Sent") < 200; i++) await _app.AdvanceAsync(TimeSpan.FromMinutes(3));

        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Sent"] = 200 });
        _gateway.Taken.Should().HaveCount(200).And.OnlyContain(t => t.Value == 1);
        (await FindingsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_dead_gateway_is_left_alone_for_a_while_and_the_messages_keep_their_tries()
    {
        _gateway.Mood = (_, _) => GatewayMood.Err;
        await _app.UseGatewayAsync(_gateway.Url, parallel: 4);
        for (var i = 0; i < 100; i++) await _app.SendSmsAsync($"{i}", $"0912000{i:0000}");
        await _app.DrainAsync();
        _gateway.Seen.Count.Should().BeLessThan(40, "the circuit opens after twenty failures");
        (await _app.QueryAsync<int>("select count(*) from messaging.messages where attempts = 0 and state = 'Queued'")).Single().Should().BeGreaterThan(60);

        _gateway.Mood = (_, _) => GatewayMood.Take;
        for (var i = 0; i < 4; i++) await _app.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Sent"] = 100 });
    }

    [Fact]
    public async Task One_message_that_always_fails_does_not_hold_up_the_others()
    {
        // Fault 12.
        _gateway.Mood = (to, _) => to == "09129999999" ? GatewayMood.Err : GatewayMood.Take;
        await _app.UseGatewayAsync(_gateway.Url, tries: 3);
        var bad = await _app.SendSmsAsync("x", "09129999999");
        for (var i = 0; i < 50; i++) await _app.SendSmsAsync($"{i}", $"0912000{i:0000}");
        await _app.DrainAsync();
        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Sent"] = 50, ["Queued"] = 1 });
        for (var i = 0; i < 4; i++) await _app.AdvanceAsync(TimeSpan.FromMinutes(10));
        (await _app.MessageAsync(bad)).State.Should().Be("Failed");
        (await _app.StatesAsync())["Failed"].Should().Be(1);
    }

    [Fact]
    public async Task A_clock_that_is_put_forward_and_back_sends_nothing_twice_and_lets_nothing_lie()
    {
        // Fault 10.
        _gateway.Mood = (to, before) => to == "09129999999" && before == 0 ? GatewayMood.Err : GatewayMood.Take;
        await _app.UseGatewayAsync(_gateway.Url);
        var start = _app.Clock.GetUtcNow();
        var again = await _app.SendSmsAsync("x", "09129999999");
        await _app.DrainAsync();
        _app.Clock.Set(start + TimeSpan.FromHours(2));
        var before = await _app.SendSmsAsync("before");
        (await _app.MessageAsync(before)).State.Should().Be("Queued");

        // What is queued is due two hours hence by the clock as it is now.
        _app.Clock.Set(start);
        await _app.DrainAsync();
        (await _app.MessageAsync(before)).State.Should().Be("Sent");
        await _app.AdvanceAsync(TimeSpan.FromSeconds(30));
        (await _app.MessageAsync(again)).State.Should().Be("Sent");
        _app.Clock.Set(start + TimeSpan.FromHours(2));
        await _app.DrainAsync();
        _gateway.Taken.Should().HaveCount(2).And.OnlyContain(t => t.Value == 1);
        _gateway.Asked.Should().BeEquivalentTo(new Dictionary<string, int> { [again.ToString()] = 2, [before.ToString()] = 1 });
    }

    [Fact]
    public async Task A_circuit_that_is_open_closes_after_its_time_although_the_clock_was_put_back()
    {
        _gateway.Mood = (_, _) => GatewayMood.Err;
        await _app.UseGatewayAsync(_gateway.Url, parallel: 4);
        for (var i = 0; i < 60; i++) await _app.SendSmsAsync($"{i}", $"0912000{i:0000}");
        await _app.DrainAsync();
        var seen = _gateway.Seen.Count;
        _gateway.Mood = (_, _) => GatewayMood.Take;
        _app.Clock.Set(_app.Clock.GetUtcNow() - TimeSpan.FromHours(2));
        await _app.DrainAsync();
        _gateway.Seen.Count.Should().Be(seen, "the fifteen seconds are not over, whatever the clock says");
        for (var i = 0; i < 4; i++) await _app.AdvanceAsync(TimeSpan.FromSeconds(20));
        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Sent"] = 60 });
        _gateway.Taken.Should().OnlyContain(t => t.Value == 1);
    }

    [Fact]
    public async Task What_a_dead_host_had_in_hand_is_taken_over_although_the_clock_was_put_back_since()
    {
        await _app.UseGatewayAsync(_gateway.Url);
        var id = await _app.SendSmsAsync();
        await _app.QueryAsync<int>("with d as (insert into messaging.senders (id, host, alive_until) values (gen_random_uuid(), 'dead', now() + interval '2 hours') returning id) update messaging.messages set state = 'Sending', attempts = 1, claimed_by = (select id from d) where id = @id", new { id });
        await _app.DrainAsync();
        await _app.AdvanceAsync(TimeSpan.FromSeconds(10));
        (await _app.MessageAsync(id)).State.Should().Be("Sending", "perhaps it lives");
        await _app.AdvanceAsync(TimeSpan.FromSeconds(6));
        (await _app.MessageAsync(id)).State.Should().Be("Sent");
        (await _app.LogAsync(id)).Should().Equal("TakenOver", "Sent");
    }

    [Fact]
    public async Task Two_pumps_on_one_queue_send_each_message_once()
    {
        await _app.UseGatewayAsync(_gateway.Url, parallel: 16, timeout: 60);
        for (var i = 0; i < 300; i++) await _app.SendSmsAsync($"{i}", $"0912000{i:0000}");
        // A second host has its own name and its own connections to the gateway.
        var services = _app.Services;
        await using var gateways = ActivatorUtilities.CreateInstance<Gateways>(services);
        var second = ActivatorUtilities.CreateInstance<MessagePump>(services, gateways, ActivatorUtilities.CreateInstance<SenderLife>(services));
        await Task.WhenAll(services.GetRequiredService<MessagePump>().DrainAsync(default), second.DrainAsync(default));

        (await _app.QueryAsync<string>("select coalesce(reason, '') || ' ' || coalesce(detail, '') from messaging.messages where state <> 'Sent'")).Should().BeEmpty();
        _gateway.Seen.Should().HaveCount(300);
        (await _app.QueryAsync<int>("select count(distinct claimed) from (select count(*) as claimed from messaging.tries group by message_id) t where claimed <> 1")).Single().Should().Be(0);
    }

    [Fact]
    public async Task What_a_dead_host_had_in_hand_is_sent_by_another_with_the_same_key()
    {
        await _app.UseGatewayAsync(_gateway.Url);
        var id = await _app.SendSmsAsync();
        // The dead host had claimed it, perhaps sent it, and never said what came of it.
        await _app.QueryAsync<int>("with d as (insert into messaging.senders (id, host, alive_until) values (gen_random_uuid(), 'dead', now() - interval '1 second') returning id) update messaging.messages set state = 'Sending', attempts = 1, claimed_by = (select id from d) where id = @id", new { id });
        await _app.DrainAsync();
        (await _app.MessageAsync(id)).State.Should().Be("Sent");
        (await _app.LogAsync(id)).Should().Equal("TakenOver", "Sent");
        _gateway.Seen.Single().Key.Should().Be(id.ToString());
    }

    [Fact]
    public async Task A_host_that_was_given_up_changes_nothing_any_more()
    {
        await _app.UseGatewayAsync(_gateway.Url);
        var id = await _app.SendSmsAsync();
        var queue = _app.Services.GetRequiredService<MessageQueue>();
        var slow = Guid.CreateVersion7();
        await _app.QueryAsync<int>("insert into messaging.senders (id, host, alive_until) values (@slow, 'slow', now() + interval '1 minute')", new { slow });
        var claimed = (await queue.ClaimAsync(MessageChannel.Sms, slow, 10, default)).Single();
        await _app.QueryAsync<int>("update messaging.senders set alive_until = now() - interval '1 second' where id = @slow", new { slow });
        await _app.DrainAsync();
        await queue.ReportAsync(slow, [new(claimed, "Failed", SendResult.Refused("late"), 0, 1)], default);
        (await _app.MessageAsync(id)).Should().BeEquivalentTo(new { State = "Sent", Reason = (string?)null });
    }

    [Fact]
    public async Task The_same_request_makes_one_message_however_often_it_comes()
    {
        var contact = await _app.AddContactAsync();
        var template = await _app.AddTemplateAsync("{{contact.name}} عزیز، کار {{job.number}}");
        await _app.UseGatewayAsync(_gateway.Url);
        var key = Guid.CreateVersion7();
        for (var i = 0; i < 3; i++) await TellAsync(new MessageRequested(key, template, contact, null, null, """{"job":{"number":1042}}"""));
        await _app.DrainAsync();
        _gateway.Seen.Single().Text.Should().Be("علی خدابنده‌لو عزیز، کار ۱۰۴۲");
        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Sent"] = 1 });
    }

    [Fact]
    public async Task Who_has_no_address_is_seen_among_the_failed_and_can_be_tried_again_once_there_is_one()
    {
        var contact = await _app.AddContactAsync(mobile: null);
        var template = await _app.AddTemplateAsync("سلام {{contact.name}}");
        await TellAsync(new MessageRequested(Guid.CreateVersion7(), template, contact, null, null, "{}"));
        await _app.DrainAsync();
        (await _app.QueryAsync<(string State, string Reason)>("select state, reason from messaging.messages")).Single().Should().Be(("Failed", Reasons.NoMobile));
    }

    [Fact]
    public async Task Who_does_not_want_a_channel_is_left_in_peace()
    {
        var contact = await _app.AddContactAsync();
        await _app.SendAsync(new Crm.Messaging.Features.OptOuts.SetOptOutsCommand { ContactId = contact, NoSms = true });
        var template = await _app.AddTemplateAsync("سلام {{contact.name}}");
        await _app.UseGatewayAsync(_gateway.Url);
        await TellAsync(new MessageRequested(Guid.CreateVersion7(), template, contact, null, null, "{}"));
        await _app.DrainAsync();
        (await _app.StatesAsync()).Should().Equal(new Dictionary<string, long> { ["Suppressed"] = 1 });
        _gateway.Seen.Should().BeEmpty();
    }

    [Fact]
    public async Task The_password_of_a_gateway_is_encrypted_sent_and_never_shown()
    {
        const string canary = "canary-7731-secret";
        _gateway.Mood = (_, _) => GatewayMood.Take;
        await _app.UseGatewayAsync(_gateway.Url, secret: canary);
        await _app.SendSmsAsync();
        await _app.DrainAsync();

        (await _app.QueryAsync<string>("select secret from messaging.gateways")).Single().Should().NotContain(canary);
        (await _app.QueryAsync<int>("select count(*) from platform.audit where changes::text like '%canary%'")).Single().Should().Be(0);
        (await _app.QueryAsync<int>("select count(*) from messaging.tries where detail like '%canary%'")).Single().Should().Be(0);
        var page = await (await _app.As("admin")).OpenAsync("/messages/settings");
        page.Status.Should().Be(System.Net.HttpStatusCode.OK);
        page.Html.Should().NotContain(canary);
    }

    [Fact]
    public async Task A_gateway_in_the_inner_network_is_refused_until_an_administrator_allows_it()
    {
        var save = () => _app.SendAsync(new SaveSmsCommand { Url = "http://127.0.0.1:9/send" });
        (await Assert.ThrowsAsync<InvalidInput>(save)).Fields.Single().Field.Should().Be("Url");
        // A name whose address is an inner one gets past the form, not past the connection.
        await _app.SendAsync(new SaveSmsCommand { Url = $"http://{System.Net.Dns.GetHostName()}:{new Uri(_gateway.Url).Port}/send" });
        var result = await _app.SendAsync(new SendTestCommand { Channel = MessageChannel.Sms, To = "09121234567" });
        result.Should().BeEquivalentTo(new { End = SendEnd.Trouble, Reason = Reasons.NotAllowed });
        _gateway.Seen.Should().BeEmpty();
    }

    [Fact]
    public async Task A_redirect_of_the_gateway_is_not_followed()
    {
        await using var inside = await FaultyGateway.StartAsync();
        _gateway.RedirectTo = inside.Url;
        _gateway.Mood = (_, _) => GatewayMood.Redirect;
        await _app.UseGatewayAsync(_gateway.Url);
        await _app.SendSmsAsync();
        await _app.DrainAsync();
        inside.Seen.Should().BeEmpty();
    }

    [Fact]
    public async Task Braces_and_separators_in_a_text_stay_what_they_are()
    {
        await _app.UseGatewayAsync(_gateway.Url, secret: "hidden-secret");
        await _app.SendSmsAsync("a&to=09120000000 {secret} {to} %26 \r\nX: 1");
        await _app.DrainAsync();
        var seen = _gateway.Seen.Single();
        seen.To.Should().Be("09121234567");
        seen.Text.Should().Be("a&to=09120000000 {secret} {to} %26 \nX: 1");
    }

    [Fact]
    public async Task A_cancelled_message_is_not_sent()
    {
        var id = await _app.SendSmsAsync();
        await _app.SendAsync(new CancelMessageCommand(id));
        await _app.UseGatewayAsync(_gateway.Url);
        await _app.DrainAsync();
        _gateway.Seen.Should().BeEmpty();
        (await _app.MessageAsync(id)).State.Should().Be("Cancelled");
    }

    private async Task TellAsync(IntegrationEvent e)
    {
        await _app.InScopeAsync(async sp =>
        {
            var db = sp.GetRequiredService<MessagingDb>();
            db.AddToOutbox(e, Branches.HeadOffice);
            return await db.SaveChangesAsync();
        });
        await _app.DrainAsync();
        (await _app.QueryAsync<string>("select error from platform.outbox where error is not null")).Should().BeEmpty();
    }

    private Task<List<string>> FindingsAsync() => _app.InScopeAsync(async sp =>
    {
        var findings = new List<string>();
        foreach (var check in sp.GetServices<ICheck>().Where(c => c is MessagingChecks))
        {
            await foreach (var f in check.FindAsync(default)) findings.Add(f);
        }

        return findings;
    });
}
