using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Contacts.Domain;
using Crm.Testing;
using Crm.Tests.Attacks;
using Crm.Tests.Contacts;
using Crm.Tests.Tasks;

namespace Crm.Tests.Api;

/// <summary>What api.md promises of all things alike: lists, records, repeats, problems, the document and its page.</summary>
public sealed class ContractTests(RouteApp app) : IClassFixture<RouteApp>
{
    [Theory]
    [InlineData("/contacts", "name")]
    [InlineData("/communications", "startedAt")]
    [InlineData("/follow-ups", "dueAt")]
    [InlineData("/tasks", "dueAt")]
    [InlineData("/messages", "createdAt")]
    [InlineData("/templates", "createdAt")]
    [InlineData("/routines", "name")]
    [InlineData("/jobs", "startedAt")]
    [InlineData("/forms", "name")]
    [InlineData("/users", "userName")]
    [InlineData("/roles", "name")]
    [InlineData("/branches", "name")]
    [InlineData("/audit", null)]
    public async Task Every_list_is_sorted_paged_counted_and_refuses_what_it_does_not_know(string list, string? own)
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        // Two records of each kind at least, so that there is a second page.
        if (list is "/contacts" or "/communications" or "/follow-ups" or "/tasks")
        {
            var contact = await Given.PersonAsync(app, "Page", "Two", by: "admin");
            var kind = Given.Value(BaseLists.CommunicationKind);
            await api.PostAsync("/communications", new { contactId = contact, kindId = kind, text = "Two", startedAt = "2026-04-01T08:30:00Z" });
            await api.PostAsync("/follow-ups", new { contactId = contact, kindId = kind, dueAt = "2026-06-01T08:30:00Z", assigneeId = await app.UserIdAsync("admin") });
            await app.TaskAsync("Second of the list", "admin", ["admin"], app.Clock.GetUtcNow().AddDays(1));
        }

        if (list == "/messages") await api.PostAsync("/messages", new { channel = "sms", address = "09121234568", body = "Two", draft = true });
        if (list == "/templates") await api.PostAsync("/templates", new { name = "Template two " + Guid.CreateVersion7(), body = "Two" });
        if (list == "/forms") await api.PostAsync("/forms", new { name = "Form two " + Guid.CreateVersion7(), fields = new[] { new { name = "f1", label = "One", kind = "text", required = false } } });
        if (list == "/routines") await app.RoutineAsync("Second " + Guid.CreateVersion7(), [Routines.RoutinesApp.Stage("S")]);
        if (list == "/jobs") await app.StartAsync(await app.RoutineAsync("Second " + Guid.CreateVersion7(), [Routines.RoutinesApp.Stage("S")]), "admin");

        string[] sorts = list == "/audit" ? ["", "-createdAt"] : ["", "createdAt", "-createdAt", own!];
        IReadOnlyList<string>? rising = null;
        foreach (var sort in sorts)
        {
            var seen = new List<string>();
            string? next = null;
            do
            {
                var page = await api.GetAsync($"{list}?size=2&count={(list == "/audit" ? "" : "exact")}{(sort.Length == 0 ? "" : "&sort=" + sort)}{(next is null ? "" : "&after=" + next)}");
                page.Items.Count.Should().BeLessThanOrEqualTo(2);
                seen.AddRange(page.Items.Select(i => i["id"]!.ToString()));
                next = page.Json!["next"]?.ToString();
                if (list != "/audit") page["total"].GetValue<long>().Should().BeGreaterThanOrEqualTo(page.Items.Count);
                // The audit is long: two pages tell enough.
                if (list == "/audit" && seen.Count > 4) break;
            }
            while (next is not null);

            seen.Should().OnlyHaveUniqueItems(list + sort).And.HaveCountGreaterThan(list == "/branches" ? 0 : 1);
            if (sort == "createdAt") rising = seen;
            if (sort == "-createdAt" && rising is not null) seen.Should().Equal(rising.Reverse(), "the same records the other way round");
        }

        foreach (var (query, field) in ((string, string)[])[("size=501", "size"), ("size=0", "size"), ("sort=height", "sort"), ("filter[shoe]=42", "filter[shoe]"), ("after=nonsense", "after"), ("after=" + Forged(new JsonObject { ["i"] = "x", ["id"] = 5, ["s"] = 1, ["k"] = "y", ["at"] = "z" }), "after"), ("after=" + Forged(new JsonObject { ["s"] = own ?? "", ["k"] = new JsonArray("x") }), "after")])
            (await api.GetAsync($"{list}?{query}", HttpStatusCode.UnprocessableEntity)).Errors(field).Should().NotBeEmpty($"{list}?{query}");
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_not_ones_own_look_alike()
    {
        var hidden = await Given.PersonAsync(app, "Hidden", "Person", by: "reza");
        var communication = (await (await ApiCaller.AsAsync(app, "reza")).PostAsync("/communications", new { contactId = hidden, kindId = Given.Value(BaseLists.CommunicationKind), text = "x", startedAt = "2026-04-01T08:30:00Z" })).Text("id");
        var task = await app.TaskAsync("Hidden task", "reza", ["reza"]);
        var other = await ApiCaller.AsAsync(app, "zahra");
        foreach (var (things, id) in ((string, string)[])[("/contacts", hidden.ToString()), ("/communications", communication), ("/tasks", task.ToString())])
        {
            var notYours = await other.GetAsync($"{things}/{id}", HttpStatusCode.NotFound);
            var notThere = await other.GetAsync($"{things}/{Guid.CreateVersion7()}", HttpStatusCode.NotFound);
            Same(notYours).Should().Be(Same(notThere));
            var change = await other.PatchAsync($"{things}/{id}", new { title = "Mine now", notes = "Mine now" }, HttpStatusCode.NotFound);
            Same(change).Should().Be(Same(await other.PatchAsync($"{things}/{Guid.CreateVersion7()}", new { title = "x" }, HttpStatusCode.NotFound)));
        }

        // Neither can it be pointed at from a record of one's own.
        var own = await Given.PersonAsync(app, "Own", "Person", by: "zahra");
        await other.PostAsync("/communications", new { contactId = hidden, kindId = Given.Value(BaseLists.CommunicationKind), text = "x", startedAt = "2026-04-01T08:30:00Z" }, HttpStatusCode.NotFound);
        (await other.PostAsync("/messages", new { channel = "sms", contactId = hidden, body = "x" }, HttpStatusCode.UnprocessableEntity)).Errors("contactId").Should().ContainSingle();
        (await other.GetAsync($"/contacts/{own}")).Text("id").Should().Be(own.ToString());

        static string Same(ApiAnswer a) => $"{a["status"]} {a["title"]} {a.Json!["errors"]}";
    }

    [Fact]
    public async Task Fields_that_are_not_the_callers_change_nothing()
    {
        var reza = await ApiCaller.AsAsync(app, "reza");
        var forged = new
        {
            id = Guid.Empty, number = 1, branchId = Crm.Platform.Data.Seeds.DemoStaff.Isfahan, createdAt = "2001-01-01T00:00:00Z", createdBy = Guid.Empty, createdById = Guid.Empty, updatedAt = "2001-01-01T00:00:00Z", deletedAt = "2001-01-01T00:00:00Z", version = 7, points = 1_000_000,
            state = "done", percent = 90, endedAt = "2026-04-01T09:00:00Z", isAdministrator = true, permissions = new[] { "platform.users.manage" }, roleIds = new[] { Guid.Empty }, userId = Guid.Empty, attempts = 9, sentAt = "2001-01-01T00:00:00Z",
            lastName = "Forger", title = "Forged", kindId = Given.Value(BaseLists.CommunicationKind), startedAt = "2026-04-01T08:30:00Z", text = "Forged", channel = "sms", address = "09121110099", body = "Forged", draft = true,
            contactId = await Given.PersonAsync(app, "Of", "Reza", by: "reza"), phones = new[] { new { kind = "mobile", number = Given.Mobile() } },
        };
        var me = (await app.UserIdAsync("reza")).ToString();
        foreach (var things in (string[])["/contacts", "/communications", "/tasks", "/messages"])
        {
            var made = await reza.PostAsync(things, forged);
            made.Text("id").Should().NotBe(Guid.Empty.ToString());
            var before = (await reza.GetAsync($"{things}/{made.Text("id")}")).Json!.AsObject();
            foreach (var field in (string[])["branchId", "createdAt", "updatedAt"])
            {
                if (before.ContainsKey(field)) before[field]!.ToString().Should().NotStartWith("2001").And.NotBe(forged.branchId.ToString(), things);
            }

            foreach (var field in (string[])["deletedAt", "points", "isAdministrator", "permissions"]) before.ContainsKey(field).Should().BeFalse();
            if (before.ContainsKey("state")) before["state"]!.ToString().Should().BeOneOf("open", "draft");
            if (before.ContainsKey("userId") && before["userId"] is { } by) by.ToString().Should().Be(me);

            var changed = (await reza.PatchAsync($"{things}/{made.Text("id")}", new { forged.id, forged.number, forged.branchId, forged.createdAt, forged.createdBy, forged.deletedAt, forged.version, forged.points, forged.state, forged.sentAt, forged.attempts, forged.userId })).Json!.AsObject();
            foreach (var (name, value) in before)
            {
                if (name is "version" or "updatedAt") continue;
                JsonNode.DeepEquals(value, changed[name]).Should().BeTrue($"{things}.{name} was {value} and is {changed[name]}");
            }
        }
    }

    [Fact]
    public async Task The_same_key_gives_the_first_answer_again_and_another_body_is_refused()
    {
        var api = await ApiCaller.AsAsync(app, "reza");
        foreach (var (things, body, other) in ((string, object, object)[])[
            ("/contacts", new { lastName = "Once", phones = new[] { new { number = Given.Mobile() } } }, new { lastName = "Twice" }),
            ("/tasks", new { title = "Once" }, new { title = "Twice" }),
            ("/messages", new { channel = "sms", address = "09121234567", body = "Once", draft = true }, new { channel = "sms", address = "09121234567", body = "Twice", draft = true })])
        {
            var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
            var first = await api.PostAsync(things, body, HttpStatusCode.Created, key);
            var again = await api.PostAsync(things, body, HttpStatusCode.Created, key);
            again.Json!.ToJsonString().Should().Be(first.Json!.ToJsonString());
            (again.Location, again.ETag).Should().Be((first.Location, first.ETag));
            again.Headers.Should().ContainKey("Idempotent-Replayed");
            (await api.PostAsync(things, other, HttpStatusCode.UnprocessableEntity, key)).Errors("idempotency-Key").Should().ContainSingle();
        }

        // What was refused leaves the key free: the corrected call is a first one.
        var free = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        await api.PostAsync("/tasks", new { title = "" }, HttpStatusCode.UnprocessableEntity, free);
        await api.PostAsync("/tasks", "{ \"title\": 5", HttpStatusCode.BadRequest, free);
        await api.PostAsync("/tasks", new { title = "Now right" }, HttpStatusCode.Created, free);
        // Twenty at once make one record.
        var rush = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        var title = "Rush " + rush.Item2;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tasks") { Content = new StringContent($$"""{"title":"{{title}}"}""", Encoding.UTF8, "application/json") };
            request.Headers.Add("Idempotency-Key", rush.Item2);
            using var response = await api.Client.SendAsync(request);
            return (response.StatusCode, Retry: response.Headers.RetryAfter);
        }));
        answers.Should().OnlyContain(a => a.StatusCode == HttpStatusCode.Created || (a.StatusCode == HttpStatusCode.Conflict && a.Retry != null));
        (await app.QueryAsync<int>("select count(*)::int from tasks.work_tasks where title = @title", new { title })).Should().Equal(1);
    }

    [Theory]
    [InlineData("en", "Fill in this field.")]
    [InlineData("fa", "این فیلد را پر کنید.")]
    [InlineData("fr, fa;q=0.5, en;q=0.4", "این فیلد را پر کنید.")]
    public async Task What_is_wrong_is_said_by_field_in_the_language_asked_for(string language, string empty)
    {
        var api = await ApiCaller.AsAsync(app, "admin", language);
        if (language == "en") empty = (await api.PostAsync("/tasks", new { title = "" }, HttpStatusCode.UnprocessableEntity)).Errors("title").Single();
        empty.Should().MatchRegex(language == "en" ? "^[ -~]+$" : "[آ-ی]");
        (await api.PostAsync("/tasks", new { title = "", weight = 0, priority = "normal" }, HttpStatusCode.UnprocessableEntity)).Errors("title").Should().Equal(empty);
        (await api.PostAsync("/templates", new { name = "", body = "" }, HttpStatusCode.UnprocessableEntity)).Errors("name").Should().Contain(empty);
        (await api.PostAsync("/messages", new { channel = "sms", address = "09121234567", body = "" }, HttpStatusCode.UnprocessableEntity)).Errors("body").Should().Contain(empty);
        (await api.PostAsync("/forms", new { name = "" }, HttpStatusCode.UnprocessableEntity)).Errors("name").Should().Contain(empty);
        (await api.PostAsync("/jobs", new { }, HttpStatusCode.UnprocessableEntity)).Errors("routineId").Should().Contain(empty);
        (await api.PostAsync("/users", new { userName = "", name = "" }, HttpStatusCode.UnprocessableEntity)).Errors("userName").Should().NotBeEmpty();
        (await api.PostAsync("/communications", new { contactId = await Given.PersonAsync(app, "A", "B", by: "admin") }, HttpStatusCode.UnprocessableEntity)).Errors("kindId").Should().Contain(empty);
    }

    [Fact]
    public async Task Malformed_unreadable_and_too_big_calls_are_told_apart()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        foreach (var (things, id) in ((string, Guid)[])[("/tasks", Guid.CreateVersion7()), ("/contacts", Guid.CreateVersion7()), ("/templates", Guid.CreateVersion7())])
        {
            await api.PostAsync(things, "{ \"title\": ", HttpStatusCode.BadRequest);
            await api.PostAsync(things, "[1, 2]", HttpStatusCode.BadRequest);
            await api.PostAsync(things, string.Concat(Enumerable.Repeat("{\"a\":", 1000)) + "1" + new string('}', 1000), HttpStatusCode.BadRequest);
            await api.PostAsync(things, new StringContent("title=x", Encoding.UTF8, "application/x-www-form-urlencoded"), HttpStatusCode.UnsupportedMediaType);
            await api.PatchAsync($"{things}/{id}", new StringContent("<x/>", Encoding.UTF8, "application/xml"), HttpStatusCode.UnsupportedMediaType);
            await api.PostAsync(things, new StringContent("{\"title\":\"" + new string('x', 6 * 1024 * 1024) + "\"}", Encoding.UTF8, "application/json"), HttpStatusCode.RequestEntityTooLarge);
            await api.PostAsync(things, new StringContent("{\"title\":\"" + new string('x', 6 * 1024 * 1024) + "\"}", Encoding.UTF8, "application/json"), HttpStatusCode.RequestEntityTooLarge, ("Idempotency-Key", "big"));
            // Signs that PostgreSQL keeps nowhere.
            foreach (var text in (string[])["a\\u0000b", "a\\ud800b"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1" + things) { Content = new StringContent($$"""{"title":"{{text}}","name":"{{text}}","lastName":"{{text}}","body":"{{text}}"}""", Encoding.UTF8, "application/json") };
                using var response = await api.Client.SendAsync(request);
                ((int)response.StatusCode).Should().BeLessThan(500, $"{things} {text}: {await response.Content.ReadAsStringAsync()}");
            }
        }

        await api.SendAsync("PUT", "/contacts", new { }, HttpStatusCode.MethodNotAllowed);
        await api.GetAsync("/unicorns", HttpStatusCode.NotFound);
        await api.GetAsync("/contacts/not-an-id", HttpStatusCode.NotFound);
        await api.GetAsync("/contacts?q=" + "%00", HttpStatusCode.OK);
        var stranger = new ApiCaller(app.CreateClient(new() { AllowAutoRedirect = false }));
        (await stranger.GetAsync("/contacts", HttpStatusCode.Unauthorized)).Headers["WWW-Authenticate"].Should().Be("Bearer");
    }

    [Fact]
    public async Task If_Match_holds_on_changes_and_deletions()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        var bodies = new Dictionary<string, (object Body, object Change)>
        {
            ["/contacts"] = (new { lastName = "Match", phones = new[] { new { number = Given.Mobile() } } }, new { lastName = "Changed" }), ["/tasks"] = (new { title = "Match" }, new { title = "Changed" }), ["/templates"] = (new { name = "Match " + Guid.CreateVersion7(), body = "x" }, new { body = "y" }),
            ["/forms"] = (new { name = "Match " + Guid.CreateVersion7(), fields = new[] { new { name = "a", label = "A", kind = "text", required = true } } }, new { description = "Changed" }), ["/roles"] = (new { name = "Match" }, new { description = "Changed" }), ["/branches"] = (new { name = "Match" }, new { city = "Changed" }),
            ["/messages"] = (new { channel = "sms", address = "09121234567", body = "x", draft = true }, new { body = "y" }),
        };
        foreach (var (things, (body, change)) in bodies)
        {
            var made = await api.PostAsync(things, body);
            var url = $"{things}/{made.Text("id")}";
            made.Location.Should().Be("/api/v1" + url);
            (await api.GetAsync(url)).ETag.Should().Be(made.ETag).And.NotBeNull();
            var changed = await api.PatchAsync(url, change, HttpStatusCode.OK, ("If-Match", made.ETag!));
            changed.ETag.Should().NotBe(made.ETag, things);
            await api.PatchAsync(url, change, HttpStatusCode.PreconditionFailed, ("If-Match", made.ETag!));
            await api.PatchAsync(url, change, HttpStatusCode.PreconditionFailed, ("If-Match", "\"of-another-system\""));
            await api.PatchAsync(url, change, HttpStatusCode.OK, ("If-Match", "*"));
            if (things is "/branches" or "/messages") continue;
            if (things is "/contacts" or "/templates" or "/tasks") await api.DeleteAsync(url, HttpStatusCode.PreconditionFailed, ("If-Match", made.ETag!));
            await api.DeleteAsync(url);
            await api.GetAsync(url, HttpStatusCode.NotFound);
            await api.DeleteAsync(url, HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task The_document_describes_every_call_and_its_page_is_as_strict_as_the_others()
    {
        var browse = await app.As("admin");
        var document = JsonNode.Parse(await browse.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;
        var paths = document["paths"]!.AsObject();
        var routes = (await app.RoutesAsync()).Where(r => r.Pattern.StartsWith("/api/v1", StringComparison.Ordinal)).ToList();
        foreach (var route in routes)
        {
            var path = System.Text.RegularExpressions.Regex.Replace(route.Pattern, @"\{(\w+)[^}]*\}", "{$1}").TrimEnd('/');
            var operation = (paths[path] ?? paths[path + "/"])?[route.Method.ToLowerInvariant()];
            operation.Should().NotBeNull(route.Name);
            operation!["responses"]!["401"].Should().NotBeNull(route.Name);
            if (route.Method == "PATCH") operation["requestBody"].Should().NotBeNull(route.Name);
        }

        document["components"]!["securitySchemes"]!["token"]!["scheme"]!.ToString().Should().Be("bearer");
        var list = paths["/api/v1/contacts"]!["get"]!["parameters"]!.AsArray().Select(p => p!["name"]!.ToString());
        list.Should().Contain(["q", "filter", "sort", "size", "after", "count"]);
        paths["/api/v1/contacts"]!["post"]!["parameters"]!.AsArray().Select(p => p!["name"]!.ToString()).Should().Contain("Idempotency-Key");

        using var page = await browse.Client.GetAsync(new Uri("/api", UriKind.Relative));
        page.StatusCode.Should().Be(HttpStatusCode.OK);
        page.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("script-src 'self'").And.NotContain("unsafe");
        var html = await page.Content.ReadAsStringAsync();
        html.Should().Contain("swagger-ui-bundle.js").And.NotContain("<style").And.NotMatchRegex("<script(?![^>]*src=)");
        foreach (System.Text.RegularExpressions.Match file in System.Text.RegularExpressions.Regex.Matches(html, "(?:src|href)=\"(/(?:lib|_content)[^\"]+)\""))
            (await browse.Client.GetAsync(new Uri(WebUtility.HtmlDecode(file.Groups[1].Value), UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK, file.Value);
        (await app.Anonymous().OpenAsync("/api")).Location.Should().StartWith("/sign-in");
    }

    [Fact]
    public async Task A_narrowed_token_does_only_what_it_was_narrowed_to()
    {
        var api = await ApiCaller.AsAsync(app, "admin", "en", "contacts.see");
        await api.GetAsync("/contacts");
        await api.PostAsync("/contacts", new { lastName = "x" }, HttpStatusCode.Forbidden);
        await api.GetAsync("/tasks", HttpStatusCode.Forbidden);
        await api.GetAsync("/users", HttpStatusCode.Forbidden);
        var me = await api.GetAsync("/users/me");
        me["permissions"]!.AsArray().Select(p => p!.ToString()).Should().Equal("contacts.see");
        me["isAdministrator"]!.GetValue<bool>().Should().BeFalse();
    }

    private static string Forged(JsonObject keys) => Convert.ToBase64String(Encoding.UTF8.GetBytes(keys.ToJsonString())).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

/// <summary>429 with the time to come again, in an application that allows little.</summary>
public sealed class LimitTests(LimitTests.SmallApp app) : IClassFixture<LimitTests.SmallApp>
{
    [Fact]
    public async Task Who_asks_too_much_is_told_when_to_come_again_and_the_others_go_on()
    {
        var greedy = await ApiCaller.AsAsync(app, "reza");
        var modest = await ApiCaller.AsAsync(app, "maryam");
        for (var i = 0; i < 20; i++) await greedy.GetAsync("/users/me");
        var refused = await greedy.GetAsync("/users/me", HttpStatusCode.TooManyRequests);
        int.Parse(refused.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(1, 60);
        await (await ApiCaller.AsAsync(app, "reza")).GetAsync("/users/me", HttpStatusCode.TooManyRequests);
        await modest.GetAsync("/users/me");
        // Pages are another matter.
        (await (await app.As("reza")).OpenAsync("/profile")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Strangers_may_knock_only_so_often()
    {
        var stranger = new ApiCaller(app.CreateClient(new() { AllowAutoRedirect = false }));
        for (var i = 0; i < 5; i++) await stranger.GetAsync("/contacts", HttpStatusCode.Unauthorized);
        (await stranger.GetAsync("/contacts", HttpStatusCode.TooManyRequests)).Headers.Should().ContainKey("Retry-After");
    }

    public sealed class SmallApp : CrmApp
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Crm:Api:PerMinute", "20"), ("Crm:Api:StrangersPerMinute", "5")];
    }
}
