using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Messaging.Activities;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Messaging;

/// <summary>Messages as staff and other programs meet them.</summary>
public sealed class MessagePageTests(CrmApp app) : IClassFixture<CrmApp>
{
    private const string Evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>";

    [Theory]
    [InlineData("/messages")]
    [InlineData("/messages?tab=failed")]
    [InlineData("/messages/new?channel=Sms")]
    [InlineData("/messages/new?channel=Email")]
    [InlineData("/messages/templates")]
    [InlineData("/messages/templates/edit")]
    [InlineData("/messages/settings")]
    public async Task Pages_open_in_both_languages(string url)
    {
        foreach (var language in (string[])["fa", "en"])
        {
            var page = await (await app.As("admin", language)).OpenAsync(url);
            page.Status.Should().Be(HttpStatusCode.OK, page.Text);
            page.Html.Should().NotContain(" asp-").And.NotContain("<field ");
        }
    }

    [Fact]
    public async Task A_template_with_an_unknown_field_comes_back_with_its_name_beside_the_text()
    {
        var page = await (await app.As("admin")).PostAsync("/messages/templates/edit", [("Command.Name", "بد"), ("Command.Channel", "Sms"), ("Command.Body", "سلام {{contact.nmae}}")], action: "data-form");
        page.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        page.Html.Should().Contain("Command_Body_error").And.Contain(Texts.In("fa", "There is no field called “{0}”. Is “{1}” meant?", "contact.nmae", "contact.name"));
    }

    [Fact]
    public async Task The_list_of_templates_calls_fields_as_people_do()
    {
        await app.AddTemplateAsync("سلام {{contact.name}}، پروندهٔ {{customer.number}} و {{answers.floors}}{{#if agent.name}} با {{agent.name}}{{else}} بی‌عامل{{/if}}.", name: "خوانا");
        var page = await (await app.As("admin", "fa")).OpenAsync("/messages/templates");
        page.Text.Should().Contain($"سلام ‹{Texts.In("fa", "Name")}›، پروندهٔ ‹{Texts.In("fa", "Number")}› و ‹floors› با ‹{Texts.In("fa", "Name of the agent")}› / بی‌عامل.");
        page.Text.Should().NotContain("{{");
    }

    [Fact]
    public async Task Two_templates_can_not_have_one_name()
    {
        await app.AddTemplateAsync("x", name: "یکتا");
        (await Assert.ThrowsAsync<InvalidInput>(() => app.AddTemplateAsync("y", name: "یکتا"))).Fields.Single().Field.Should().Be("Name");
    }

    [Fact]
    public async Task The_preview_fills_the_text_with_a_real_contact_and_runs_nothing()
    {
        var contact = await app.AddContactAsync(Evil.Replace("\"'>", "", StringComparison.Ordinal));
        var admin = await app.As("admin");
        var token = System.Text.RegularExpressions.Regex.Match((await admin.OpenAsync("/messages/templates/edit")).Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = token, ["Command.Name"] = "x", ["Command.Channel"] = "Email", ["Command.Format"] = "Html", ["Command.Language"] = "fa", ["Command.Subject"] = "س", ["Command.Body"] = "<p>{{contact.name}}</p>", ["Sample"] = contact.ToString(),
        });
        var answer = await admin.Client.PostAsync(new Uri("/messages/templates/edit?handler=Preview", UriKind.Relative), content);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("sandbox;");
        (await answer.Content.ReadAsStringAsync()).Should().Contain("&lt;script&gt;alert(1)").And.NotContain("<script>alert(1)");
    }

    [Fact]
    public async Task Nothing_that_people_write_becomes_markup()
    {
        var template = await app.AddTemplateAsync(Evil, MessageChannel.Email, Evil, name: "قالب " + Evil);
        var message = await app.SendMailAsync("x@crm.test", Evil, Evil);
        var html = await app.SendMailAsync("x@crm.test", Evil, Evil, BodyFormat.Html);
        var admin = await app.As("admin");
        foreach (var url in (string[])["/messages", "/messages/templates", $"/messages/templates/edit/{template}", $"/messages/{message}", $"/messages/{html}"])
        {
            var page = await admin.OpenAsync(url);
            page.Status.Should().Be(HttpStatusCode.OK);
            page.Html.Should().NotContain("<script>alert(1)").And.NotContain("<img src=x");
        }

        // The mail itself is HTML that somebody wrote: it is shown where no script runs and nothing is fetched.
        var frame = await admin.Client.GetAsync(new Uri($"/messages/{html}?handler=Body", UriKind.Relative));
        frame.Headers.GetValues("Content-Security-Policy").Single().Should().StartWith("sandbox; default-src 'none'");
    }

    [Fact]
    public async Task A_message_is_written_kept_as_draft_changed_and_sent()
    {
        var contact = await app.AddContactAsync();
        var admin = await app.As("admin");
        var draft = await admin.PostAsync("/messages/new?channel=Sms", [("Command.ContactId", contact.ToString()), ("Command.Body", "پیش‌نویس ۱۲"), ("Command.Send", "false")], action: "data-form");
        draft.Location.Should().StartWith("/messages/");
        var id = Guid.Parse(draft.Location!.Split('/')[^1]);
        (await app.MessageAsync(id)).Should().BeEquivalentTo(new { State = "Draft", Address = "+989121234567", Body = "پیش‌نویس ۱۲" });

        var sent = await admin.PostAsync($"/messages/new/{id}", [("Command.Body", "متن نهایی"), ("Command.Send", "true")], action: "data-form");
        sent.Location.Should().Be($"/messages/{id}");
        (await app.MessageAsync(id)).Should().BeEquivalentTo(new { State = "Waiting", Body = "متن نهایی" });
        (await admin.OpenAsync("/messages?tab=underway")).Text.Should().Contain("متن نهایی").And.Contain(Texts.In("fa", "{0}: messages wait, since no gateway is set up for this channel.", Texts.In("fa", "SMS")));
    }

    [Fact]
    public async Task The_API_adds_lists_and_shows_messages_and_templates()
    {
        var admin = (await app.As("admin")).Client;
        var id = await app.SendSmsAsync("از راه API", "09351112233");
        var one = await admin.GetFromJsonAsync<JsonObject>($"/api/v1/messages/{id}");
        one!["state"]!.GetValue<string>().Should().Be("waiting");
        one["address"]!.GetValue<string>().Should().Be("+989351112233");
        var list = await admin.GetFromJsonAsync<JsonObject>("/api/v1/messages?q=09351112233&size=5&count=exact");
        list!["items"]!.AsArray().Should().HaveCount(1);
        list["total"]!.GetValue<long>().Should().Be(1);
        (await admin.GetAsync(new Uri("/api/v1/messages?filter[state]=nonsense", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await admin.GetAsync(new Uri("/api/v1/templates?size=2", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_routine_sends_once_per_execution_and_can_wait_for_the_end()
    {
        await using var gateway = await FaultyGateway.StartAsync();
        var contact = await app.AddContactAsync(mobile: "09126667788");
        var template = await app.AddTemplateAsync("{{contact.firstName}}، کار {{job.number}}: {{extra}} {{answers.price}}");
        var context = new ActivityContext
        {
            ExecutionId = Guid.CreateVersion7(), JobId = Guid.CreateVersion7(), JobNumber = 77, JobTitle = "فروش", ContactId = contact, BranchId = Branches.HeadOffice, Agents = [],
            Data = new JsonObject { ["answers"] = new JsonObject { ["price"] = 1200 } }, Now = app.Clock.GetUtcNow(),
        };
        var input = new SendMessageInput { Template = template.ToString(), ExtraText = "یادداشت", WaitUntilSent = true };
        for (var i = 0; i < 2; i++)
        {
            var result = await app.InScopeAsync(async sp =>
            {
                var activity = (IActivity)ActivatorUtilities.CreateInstance<SendMessage>(sp);
                var r = await activity.RunAsync(input, context, default);
                await sp.GetRequiredService<Crm.Messaging.Data.MessagingDb>().SaveChangesAsync();
                return r;
            });
            result.Outcome.Should().BeNull("it waits");
        }

        await app.UseGatewayAsync(gateway.Url);
        await app.DrainAsync();
        // The other tests of this application have no gateway.
        await app.SendAsync(new Crm.Messaging.Features.Settings.SaveSmsCommand { Active = false, Url = gateway.Url });
        gateway.Seen.Where(s => s.To == "09126667788").Should().ContainSingle().Which.Text.Should().Be("علی، کار ۷۷: یادداشت ۱۲۰۰");
        (await app.QueryAsync<bool>("select awaited from messaging.messages where execution_id = @id", new { id = context.ExecutionId })).Should().Equal(false);
    }
}
