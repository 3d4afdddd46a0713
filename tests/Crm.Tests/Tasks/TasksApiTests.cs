using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Platform.Features.Tokens;
using Crm.Testing;

namespace Crm.Tests.Tasks;

public sealed class TasksApiTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task A_task_is_made_read_changed_and_done_by_the_api()
    {
        var api = await ClientAsync("reza");
        using var made = await api.PostAsJsonAsync("/api/v1/tasks", new { title = "از راه API", dueAt = "2026-04-10T08:30:00Z", remindBefore = 30, priority = "high" });
        made.StatusCode.Should().Be(HttpStatusCode.Created);
        var task = (await made.Content.ReadFromJsonAsync<JsonObject>())!;
        var url = made.Headers.Location!.ToString();
        url.Should().Be($"/api/v1/tasks/{task["id"]}");
        task["assigneeIds"]!.AsArray().Select(a => a!.GetValue<Guid>()).Should().Equal(await app.UserIdAsync("reza"));
        (task["state"]!.GetValue<string>(), task["priority"]!.GetValue<string>(), task["dueAt"]!.GetValue<string>()).Should().Be(("open", "high", "2026-04-10T08:30:00Z"));

        var tag = made.Headers.ETag!;
        using var changed = await SendAsync(api, HttpMethod.Patch, url, new { title = "نام تازه" }, tag);
        changed.StatusCode.Should().Be(HttpStatusCode.OK);
        (await changed.Content.ReadFromJsonAsync<JsonObject>())!["dueAt"]!.GetValue<string>().Should().Be("2026-04-10T08:30:00Z", "only what is sent changes");
        using var stale = await SendAsync(api, HttpMethod.Patch, url, new { title = "دیر رسید" }, tag);
        stale.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);

        using var done = await api.PostAsJsonAsync(url + "/complete", new { note = "پایان" });
        (await done.Content.ReadFromJsonAsync<JsonObject>())!["state"]!.GetValue<string>().Should().Be("done");
        using var again = await api.PostAsJsonAsync(url + "/complete", new { });
        again.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await api.GetFromJsonAsync<JsonArray>(url + "/history"))!.Select(h => h!["kind"]!.GetValue<string>()).Should().Equal("opened", "changed", "done");
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_field_in_the_callers_language()
    {
        var api = await ClientAsync("reza");
        api.DefaultRequestHeaders.AcceptLanguage.Clear();
        api.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fa");
        using var wrong = await api.PostAsJsonAsync("/api/v1/tasks", new { title = "", weight = 0 });
        wrong.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var problem = (await wrong.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject();
        problem["title"]!.AsArray().Single()!.GetValue<string>().Should().Be("این فیلد را پر کنید.");
        problem.Should().ContainKey("weight");
    }

    [Fact]
    public async Task The_list_is_filtered_paged_and_counted_and_shows_nobody_elses()
    {
        for (var i = 0; i < 7; i++) await app.TaskAsync($"فهرست API {i}", "maryam", ["maryam"]);
        await app.TaskAsync("از آنِ علی", "ali", ["ali"]);
        var api = await ClientAsync("maryam");
        var first = (await api.GetFromJsonAsync<JsonObject>("/api/v1/tasks?filter[state]=open&size=5&count=exact"))!;
        first["total"]!.GetValue<int>().Should().Be(7);
        first["items"]!.AsArray().Should().HaveCount(5);
        var rest = (await api.GetFromJsonAsync<JsonObject>("/api/v1/tasks?filter[state]=open&size=5&after=" + first["next"]!.GetValue<string>()))!;
        rest["items"]!.AsArray().Should().HaveCount(2);
        rest["next"].Should().BeNull();
        using var bad = await api.GetAsync(new Uri("/api/v1/tasks?filter[state]=flying", UriKind.Relative));
        bad.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Somebody_elses_task_is_404_and_no_token_is_401()
    {
        var id = await app.TaskAsync("پنهان", "ali", ["ali"]);
        var api = await ClientAsync("reza");
        using var missing = await api.GetAsync(new Uri($"/api/v1/tasks/{id}", UriKind.Relative));
        missing.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var anonymous = await app.Anonymous().Client.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        anonymous.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_worklist_comes_with_groups_and_counts()
    {
        await app.TaskAsync("در کارتابل", "hossein", ["hossein"], app.Clock.GetUtcNow().AddHours(1));
        var api = await ClientAsync("hossein");
        var worklist = (await api.GetFromJsonAsync<JsonObject>("/api/v1/worklist"))!;
        var item = worklist["items"]!.AsArray().Should().ContainSingle().Subject!;
        (item["group"]!.GetValue<string>(), item["source"]!.GetValue<string>()).Should().Be(("today", "tasks"));
        worklist["kinds"]!.AsArray().Single(k => k!["key"]!.GetValue<string>() == "tasks")!["open"]!.GetValue<int>().Should().Be(1);
    }

    private async Task<HttpClient> ClientAsync(string user)
    {
        var token = await app.SendAsync(new CreateTokenCommand { Label = "test", ForUserId = await app.UserIdAsync(user) });
        var client = app.Anonymous().Client;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient api, HttpMethod method, string url, object body, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(method, url) { Content = JsonContent.Create(body) };
        request.Headers.IfMatch.Add(tag);
        return await api.SendAsync(request);
    }
}
