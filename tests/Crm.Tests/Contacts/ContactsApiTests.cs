using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Testing;

namespace Crm.Tests.Contacts;

public sealed class ContactsApiTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task A_contact_is_added_read_changed_and_deleted()
    {
        var api = await ApiAsync("sara");
        using var created = await api.PostAsJsonAsync("/api/v1/contacts", new
        {
            kind = "person", firstName = "Api", lastName = "يکم", phones = new[] { new { kind = "mobile", number = Given.Mobile() } }, emails = new[] { "API@example.com" },
            addresses = new[] { new { purpose = "home", provinceId = 8, text = "Street 1" } }, statusId = Given.Value(BaseLists.Status), roles = new[] { Given.Value(BaseLists.Role) },
        });
        created.StatusCode.Should().Be(HttpStatusCode.Created, await created.Content.ReadAsStringAsync());
        var contact = (await created.Content.ReadFromJsonAsync<JsonObject>())!;
        created.Headers.Location!.ToString().Should().EndWith("/api/v1/contacts/" + contact["id"]);
        contact.Select(p => p.Key).Should().Contain(["id", "kind", "number", "name", "firstName", "lastName", "companyName", "nationalId", "roles", "phones", "emails", "addresses", "typeId", "rankId", "statusId", "sourceId", "groupIds", "ownerId", "branchId", "custom", "createdAt", "updatedAt", "version"]);
        ((string)contact["name"]!).Should().Be("Api یکم", "text is cleaned as on a form");
        ((string)contact["phones"]![0]!["number"]!).Should().StartWith("+98935");
        ((string)contact["createdAt"]!).Should().EndWith("Z");

        var url = "/api/v1/contacts/" + contact["id"];
        using var read = await api.GetAsync(url);
        (await read.Content.ReadAsStringAsync()).Should().Be(await created.Content.ReadAsStringAsync(), "the answer to a change is what is read afterwards");
        var etag = read.Headers.ETag!;
        etag.Tag.Should().Be($"\"{contact["version"]}\"");

        using var changed = await PatchAsync(api, url, new { rankId = Given.Value(BaseLists.Rank) }, etag);
        changed.StatusCode.Should().Be(HttpStatusCode.OK, await changed.Content.ReadAsStringAsync());
        var after = (await changed.Content.ReadFromJsonAsync<JsonObject>())!;
        ((string)after["rankId"]!).Should().Be(Given.Value(BaseLists.Rank).ToString());
        after["phones"]!.AsArray().Should().HaveCount(1, "what was not sent stays");
        (await api.GetStringAsync(url)).Should().Be(await changed.Content.ReadAsStringAsync());

        using var late = await PatchAsync(api, url, new { lastName = "Late" }, etag);
        late.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        using var deleted = await api.DeleteAsync(url);
        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await api.GetAsync(url)).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_works_at_a_company_out_of_reach_is_changed_all_the_same_and_stays_there()
    {
        var reza = await ApiAsync("reza");
        var company = (await (await reza.PostAsJsonAsync("/api/v1/contacts", new { kind = "company", companyName = "Beyond the wall", phones = new[] { new { kind = "work", number = Given.Mobile() } } })).Content.ReadFromJsonAsync<JsonObject>())!["id"]!.ToString();
        var person = (await (await reza.PostAsJsonAsync("/api/v1/contacts", new { kind = "person", lastName = "Inside", companyId = company, phones = new[] { new { kind = "mobile", number = Given.Mobile() } } })).Content.ReadFromJsonAsync<JsonObject>())!["id"]!.ToString();
        await app.QueryAsync<int>("update contacts.contacts set branch_id = (select id from platform.branches where id <> branch_id limit 1) where id = @company::uuid returning 1", new { company });
        (await reza.GetAsync("/api/v1/contacts/" + company)).StatusCode.Should().Be(HttpStatusCode.NotFound, "it lies in another branch");

        using var changed = await PatchAsync(reza, "/api/v1/contacts/" + person, new { notes = "Rang twice" }, null);
        changed.StatusCode.Should().Be(HttpStatusCode.OK, await changed.Content.ReadAsStringAsync());
        (await app.QueryAsync<(string Name, string Company, long Posts)>("select last_name, company_name, (select count(*) from contacts.contact_positions p where p.person_id = c.id and p.\"to\" is null) from contacts.contacts c where id = @person::uuid", new { person }))
            .Should().Equal([("Inside", "Beyond the wall", 1L)]);
    }

    [Fact]
    public async Task Lists_are_paged_by_cursor_filtered_sorted_and_counted()
    {
        var api = await ApiAsync("sara");
        HashSet<string> seen = [];
        var url = "/api/v1/contacts?size=70&sort=name&count=exact&filter[kind]=company";
        long total = 0;
        for (string? next = ""; next is not null;)
        {
            var page = (await api.GetFromJsonAsync<JsonObject>(url + (next.Length == 0 ? "" : "&after=" + next)))!;
            total = (long)page["total"]!;
            foreach (var item in page["items"]!.AsArray())
            {
                ((string)item!["kind"]!).Should().Be("company");
                seen.Add((string)item["id"]!).Should().BeTrue();
            }

            next = (string?)page["next"];
        }

        seen.Should().HaveCount((int)total).And.HaveCountGreaterThan(50);
        var q = (await api.GetFromJsonAsync<JsonObject>("/api/v1/contacts?q=" + Uri.EscapeDataString("آبادگران")))!;
        q["items"]!.AsArray().Count.Should().BeGreaterThanOrEqualTo(0);
        q.ContainsKey("total").Should().BeFalse();
    }

    [Theory]
    [InlineData("/api/v1/contacts?sort=height")]
    [InlineData("/api/v1/contacts?filter[shoe]=42")]
    [InlineData("/api/v1/contacts?filter[statusId]=new")]
    [InlineData("/api/v1/contacts?size=501")]
    [InlineData("/api/v1/contacts?after=nonsense")]
    public async Task What_a_list_can_not_understand_is_said(string url)
    {
        var api = await ApiAsync("sara");
        using var response = await api.GetAsync(url);
        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await response.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject().Should().HaveCount(1);
    }

    [Fact]
    public async Task A_known_phone_is_a_conflict_unless_it_is_meant()
    {
        var api = await ApiAsync("sara");
        var phone = Given.Mobile();
        await Given.PersonAsync(app, "دارای", "شماره", phone: phone);
        using var refused = await api.PostAsJsonAsync("/api/v1/contacts", new { lastName = "Twice", phones = new[] { new { number = phone } } });
        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
        using var meant = await api.PostAsJsonAsync("/api/v1/contacts", new { lastName = "Twice", phones = new[] { new { number = phone } }, allowKnownPhone = true });
        meant.StatusCode.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Communications_and_follow_ups_have_their_doors_and_the_time_line_tells_them()
    {
        var api = await ApiAsync("reza");
        var contact = await Given.PersonAsync(app, "Api", "Talker", by: "reza");
        var kind = Given.Value(BaseLists.CommunicationKind);
        using var logged = await api.PostAsJsonAsync("/api/v1/communications", new { contactId = contact, kindId = kind, text = "Talked by API", startedAt = "2026-04-01T08:30:00Z" });
        logged.StatusCode.Should().Be(HttpStatusCode.Created, await logged.Content.ReadAsStringAsync());
        ((string)(await logged.Content.ReadFromJsonAsync<JsonObject>())!["startedAt"]!).Should().Be("2026-04-01T08:30:00Z");
        using var planned = await api.PostAsJsonAsync("/api/v1/follow-ups", new { contactId = contact, kindId = kind, dueAt = "2026-06-01T08:30:00Z", text = "Ring again" });
        planned.StatusCode.Should().Be(HttpStatusCode.Created, await planned.Content.ReadAsStringAsync());
        var followUp = (string)(await planned.Content.ReadFromJsonAsync<JsonObject>())!["id"]!;
        using var done = await api.PostAsJsonAsync($"/api/v1/follow-ups/{followUp}/done", new { });
        ((string)(await done.Content.ReadFromJsonAsync<JsonObject>())!["state"]!).Should().Be("done");
        using var again = await api.PostAsJsonAsync($"/api/v1/follow-ups/{followUp}/done", new { });
        again.StatusCode.Should().Be(HttpStatusCode.Conflict);
        var line = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/contacts/{contact}/timeline"))!;
        line["items"]!.AsArray().Select(i => (string)i!["kind"]!).Should().Contain(["communication", "follow-up", "change"]);
    }

    [Fact]
    public async Task A_token_sees_what_its_user_sees()
    {
        var contact = await Given.PersonAsync(app, "Hidden", "FromIsfahan", by: "reza");
        var zahra = await ApiAsync("zahra");
        (await zahra.GetAsync($"/api/v1/contacts/{contact}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await zahra.GetAsync($"/api/v1/contacts/{contact}/timeline")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await zahra.DeleteAsync($"/api/v1/contacts/{contact}")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        var list = (await zahra.GetFromJsonAsync<JsonObject>("/api/v1/contacts?q=FromIsfahan"))!;
        list["items"]!.AsArray().Should().BeEmpty();
    }

    private async Task<HttpClient> ApiAsync(string user)
    {
        var token = await Tokens.MakeAsync(app, user);
        var client = app.CreateClient(new() { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        return client;
    }

    private static async Task<HttpResponseMessage> PatchAsync(HttpClient api, string url, object body, EntityTagHeaderValue? etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, url) { Content = JsonContent.Create(body) };
        if (etag is not null) request.Headers.IfMatch.Add(etag);
        return await api.SendAsync(request);
    }
}
