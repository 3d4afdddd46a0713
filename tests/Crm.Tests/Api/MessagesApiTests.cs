using System.Net;
using Crm.Contacts.Domain;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Tests.Tasks;

namespace Crm.Tests.Api;

/// <summary>Messages, templates, contacts, communications and tasks by the API: what the tests of the modules leave open.</summary>
public sealed class MessagesApiTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task A_message_is_drafted_changed_sent_cancelled_and_then_stays_as_it_is()
    {
        var api = await ApiCaller.AsAsync(app, "sara");
        var contact = await Given.PersonAsync(app, "Message", "Taker", phone: "09127770001");
        var draft = await api.PostAsync("/messages", new { channel = "sms", contactId = contact, body = "First words", draft = true });
        (draft.Text("state"), draft.Text("address"), draft.Text("recipientName")).Should().Be(("draft", "+989127770001", "Message Taker"));
        var url = "/messages/" + draft.Text("id");
        (await api.PatchAsync(url, new { body = "Better words", state = "sent", attempts = 5 }, HttpStatusCode.OK, ("If-Match", draft.ETag!))).Text("body").Should().Be("Better words");
        (await api.PatchAsync(url, new { address = "not a number" }, HttpStatusCode.UnprocessableEntity)).Errors("address").Should().ContainSingle();
        var second = await Given.PersonAsync(app, "Other", "Taker", phone: "09127770002");
        (await api.PatchAsync(url, new { contactId = second })).Text("address").Should().Be("+989127770002", "another contact means another address");
        (await api.PostAsync($"{url}/send", null, HttpStatusCode.OK)).Text("state").Should().Be("waiting");
        await api.PatchAsync(url, new { body = "Too late" }, HttpStatusCode.Conflict);
        await api.PostAsync($"{url}/send", null, HttpStatusCode.Conflict);
        (await api.PostAsync($"{url}/cancel", null, HttpStatusCode.OK)).Text("state").Should().Be("cancelled");
        await api.PostAsync($"{url}/retry", null, HttpStatusCode.Conflict);
        (await api.GetAsync($"/messages?filter[contactId]={second}&filter[state]=cancelled")).Items.Should().ContainSingle();
        await api.PostAsync($"/messages/{Guid.CreateVersion7()}/send", null, HttpStatusCode.NotFound);
        (await api.PostAsync("/messages", new { channel = "pigeon", body = "x" }, HttpStatusCode.UnprocessableEntity)).Errors("channel").Should().ContainSingle();
        (await api.PostAsync("/messages", new { channel = "sms", contactId = contact, body = new string('x', 1601) }, HttpStatusCode.UnprocessableEntity)).Errors("body").Should().ContainSingle();
        await (await ApiCaller.AsAsync(app, "guest")).GetAsync("/messages", HttpStatusCode.Forbidden);
        await (await ApiCaller.AsAsync(app, "ali")).PostAsync("/messages", new { channel = "sms", address = "09121234567", body = "x" }, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_template_is_added_changed_and_removed_and_wrong_ones_are_told_by_field()
    {
        var api = await ApiCaller.AsAsync(app, "sara", "fa");
        var made = await api.PostAsync("/templates", new { name = "خوشامد", channel = "sms", body = "سلام {{contact.firstName}}" });
        var url = "/templates/" + made.Text("id");
        (await api.PostAsync("/templates", new { name = "خوشامد", body = "x" }, HttpStatusCode.UnprocessableEntity)).Errors("name").Single().Should().MatchRegex("[آ-ی]");
        (await api.PatchAsync(url, new { body = "سلام {{contact.shoeSize}}" }, HttpStatusCode.UnprocessableEntity)).Errors("body").Should().NotBeEmpty();
        (await api.PatchAsync(url, new { active = false, id = Guid.Empty, createdAt = "2001-01-01T00:00:00Z" })).Json!["active"]!.GetValue<bool>().Should().BeFalse();
        (await api.GetAsync(url)).Text("body").Should().Be("سلام {{contact.firstName}}");
        await (await ApiCaller.AsAsync(app, "ali")).PatchAsync(url, new { body = "x" }, HttpStatusCode.Forbidden);
        await api.DeleteAsync(url);
        await api.GetAsync(url, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Communications_are_changed_and_removed_and_contacts_tell_their_posts()
    {
        var api = await ApiCaller.AsAsync(app, "sara");
        var company = await Given.CompanyAsync(app, "Posts Ltd");
        var person = await api.PostAsync("/contacts", new { lastName = "Holder", companyId = company, phones = new[] { new { number = Given.Mobile() } } });
        foreach (var id in (string[])[person.Text("id"), company.ToString()])
        {
            var post = (await api.GetAsync($"/contacts/{id}/positions")).Items.Should().ContainSingle().Subject;
            (post["personId"]!.ToString(), post["companyId"]!.ToString(), post["to"]).Should().Be((person.Text("id"), company.ToString(), null));
        }

        await api.GetAsync($"/contacts/{Guid.CreateVersion7()}/positions", HttpStatusCode.NotFound);
        var kind = Given.Value(BaseLists.CommunicationKind);
        var made = await api.PostAsync("/communications", new { contactId = person.Text("id"), kindId = kind, text = "Said this", startedAt = "2026-04-01T08:30:00" });
        made.Text("startedAt").Should().Be("2026-04-01T08:30:00Z", "without an offset it is UTC, whatever zone the server stands in");
        var url = "/communications/" + made.Text("id");
        (await api.PatchAsync(url, new { text = "Said that", contactId = Guid.CreateVersion7() }, HttpStatusCode.OK, ("If-Match", made.ETag!))).Text("contactId").Should().Be(person.Text("id"));
        (await api.PatchAsync(url, new { startedAt = "yesterday" }, HttpStatusCode.UnprocessableEntity)).Errors("startedAt").Should().ContainSingle();
        (await api.PatchAsync(url, new { endedAt = "2026-03-01T00:00:00Z" }, HttpStatusCode.UnprocessableEntity)).Errors("endedAt").Should().ContainSingle();
        await api.DeleteAsync(url, HttpStatusCode.PreconditionFailed, ("If-Match", made.ETag!));
        await api.DeleteAsync(url);
        await api.GetAsync(url, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_task_is_deleted_by_who_gave_it_and_is_gone_everywhere()
    {
        var reza = await ApiCaller.AsAsync(app, "reza");
        var maryam = await ApiCaller.AsAsync(app, "maryam");
        var id = await app.TaskAsync("To be deleted", "reza", ["maryam"], app.Clock.GetUtcNow().AddHours(1));
        await maryam.DeleteAsync($"/tasks/{id}", HttpStatusCode.Forbidden);
        await (await ApiCaller.AsAsync(app, "ali")).DeleteAsync($"/tasks/{id}", HttpStatusCode.NotFound);
        (await maryam.GetAsync("/worklist")).Items.Should().Contain(i => i["id"]!.ToString() == id.ToString());
        await reza.DeleteAsync($"/tasks/{id}");
        await reza.GetAsync($"/tasks/{id}", HttpStatusCode.NotFound);
        await reza.GetAsync($"/tasks/{id}/history", HttpStatusCode.NotFound);
        (await maryam.GetAsync("/worklist")).Items.Should().NotContain(i => i["id"]!.ToString() == id.ToString());
        (await maryam.GetAsync("/tasks?q=To+be+deleted")).Items.Should().BeEmpty();
        (await (await app.As("maryam")).OpenAsync($"/tasks/{id}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await app.QueryAsync<string>("select action::text from platform.audit where entity_id = @id order by id desc limit 1", new { id })).Should().Equal("D");
    }
}
