using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Platform.Contracts;
using Crm.Testing;
using Crm.Core;
using Crm.Tests.Routines;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Api;

/// <summary>Elsa's API as Studio calls it, as far as <see cref="DefinitionsTests"/> leaves it open: jobs, journal, starting, the expression editor, one box alone, what can be drawn with.</summary>
public sealed class StudioApiTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task The_viewer_finds_the_job_its_state_its_journal_and_the_path_on_the_drawing()
    {
        var admin = await app.As("admin");
        var routine = await app.RoutineAsync("Viewed " + Guid.CreateVersion7(), [RoutinesApp.Stage("One"), RoutinesApp.Stage("Two")], ("One", "Done", "Two"));
        var (definition, _) = await IdsAsync(routine);
        var job = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(job, "One")).Id);

        var list = await CallAsync(admin, "POST", "/workflow-instances", new { definitionIds = new[] { definition }, page = 0, pageSize = 10, statuses = new[] { "Running" } });
        list["totalCount"]!.GetValue<int>().Should().Be(1);
        var row = list["items"]![0]!;
        (row["id"]!.ToString(), row["definitionId"]!.ToString(), row["status"]!.ToString(), row["subStatus"]!.ToString()).Should().Be((job.ToString("N"), definition, "Running", "Suspended"));
        (await CallAsync(admin, "POST", "/workflow-instances", new { definitionIds = new[] { definition }, statuses = new[] { "Finished" } }))["totalCount"]!.GetValue<int>().Should().Be(0);
        (await CallAsync(admin, "POST", "/workflow-instances", new { searchTerm = job.ToString("N") }))["totalCount"]!.GetValue<int>().Should().Be(1);

        var id = job.ToString("N");
        var one = await CallAsync(admin, "GET", $"/workflow-instances/{id}");
        one["workflowState"]!["bookmarks"]!.AsArray().Select(b => b!["activityId"]!.ToString()).Should().Contain("Two");
        (await CallAsync(admin, "GET", $"/workflow-instances/{id}/execution-state"))["status"]!.ToString().Should().Be("Running");
        (await CallAsync(admin, "GET", $"/workflow-instances/{id}/variables"))["items"].Should().NotBeNull();

        var journal = await CallAsync(admin, "GET", $"/workflow-instances/{id}/journal?page=0&pageSize=100");
        journal["totalCount"]!.GetValue<int>().Should().Be(journal["items"]!.AsArray().Count);
        journal["items"]!.AsArray().Where(l => l!["activityId"]!.ToString() == "One").Select(l => l!["eventName"]!.ToString()).Should().ContainInOrder("Started", "Suspended", "Completed");
        var filtered = await CallAsync(admin, "POST", $"/workflow-instances/{id}/journal", new { filter = new { activityIds = new[] { "One" }, eventNames = new[] { "Completed" } }, skip = 0, take = 10 });
        filtered["items"]!.AsArray().Should().ContainSingle().Which!["payload"]!["Outcomes"]!.AsArray().Select(o => o!.ToString()).Should().Equal("Done");

        var node = journal["items"]!.AsArray().First(l => l!["activityId"]!.ToString() == "Two")!["nodeId"]!.ToString();
        var report = (await CallAsync(admin, "POST", "/activity-executions/report", new { workflowInstanceId = id, activityNodeIds = new[] { node } }))["stats"]!.AsArray().Single()!;
        (report["startedCount"]!.GetValue<int>(), report["completedCount"]!.GetValue<int>(), report["isBlocked"]!.GetValue<bool>()).Should().Be((1, 0, true));
        var executions = await CallAsync(admin, "GET", $"/activity-executions/list?workflowInstanceId={id}&activityNodeId={Uri.EscapeDataString(node)}");
        var execution = executions["items"]!.AsArray().Single()!["id"]!.ToString();
        (await CallAsync(admin, "GET", $"/activity-executions/by-id?id={execution}"))["activityId"]!.ToString().Should().Be("Two");
        (await CallAsync(admin, "GET", $"/activity-execution-summaries/list?workflowInstanceId={id}&activityNodeId={Uri.EscapeDataString(node)}"))["items"]!.AsArray().Should().ContainSingle();
        var export = await CallAsync(admin, "GET", $"/workflow-instances/{id}/export");
        export["workflowState"]!["definitionId"]!.ToString().Should().Be(definition);

        foreach (var missing in (string[])[$"/workflow-instances/{Guid.CreateVersion7():N}", "/workflow-instances/nonsense", $"/workflow-instances/{Guid.CreateVersion7():N}/journal", $"/activity-executions/by-id?id={Guid.CreateVersion7():N}"])
            (await RawAsync(admin, "GET", missing)).StatusCode.Should().Be(HttpStatusCode.NotFound, missing);
    }

    [Fact]
    public async Task A_routine_is_started_from_the_editor_with_its_input()
    {
        var admin = await app.As("admin");
        var routine = await app.RoutineAsync("Executed " + Guid.CreateVersion7(), [RoutinesApp.Stage("One")]);
        var (definition, _) = await IdsAsync(routine);
        foreach (var verb in (string[])["execute", "dispatch"])
        {
            using var started = await RawAsync(admin, "POST", $"/workflow-definitions/{definition}/{verb}", new { input = new { contactId = app.Customer } });
            started.StatusCode.Should().Be(HttpStatusCode.OK);
            var instance = started.Headers.GetValues("x-elsa-workflow-instance-id").Single();
            await app.DrainAsync();
            (await app.JobAsync(Guid.Parse(instance))).ContactId.Should().Be(app.Customer);
        }

        (await RawAsync(admin, "POST", $"/workflow-definitions/{Guid.CreateVersion7():n}/execute", new { })).StatusCode.Should().Be(HttpStatusCode.NotFound);
        // Who sees routines may not start one by that.
        (await RawAsync(await app.As("nima"), "POST", $"/workflow-definitions/{definition}/publish", new { })).StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_expression_editor_knows_the_variables_and_the_customer()
    {
        var admin = await app.As("admin");
        var saved = await CallAsync(admin, "POST", "/workflow-definitions", new { model = new { name = "Typed " + Guid.CreateVersion7(), variables = new object[] { new { id = "v", name = "Price", typeName = "Decimal", isArray = false }, new { id = "w", name = "Names", typeName = "String", isArray = true } }, root = new { type = "Elsa.Flowchart", id = "f", version = 1, activities = Array.Empty<object>(), connections = Array.Empty<object>() } }, publish = false });
        using var types = await RawAsync(admin, "POST", $"/scripting/javascript/type-definitions/{saved["workflowDefinition"]!["definitionId"]}", new { activityTypeName = "Elsa.WriteLine", propertyName = "Text" });
        types.StatusCode.Should().Be(HttpStatusCode.OK);
        (await types.Content.ReadAsStringAsync()).Should().Contain("Price: number;").And.Contain("Names: string[];").And.Contain("declare function getPrice(): number;").And.Contain("declare const customer: {");
    }

    [Fact]
    public async Task One_box_is_tried_alone_and_a_hostile_expression_in_it_is_stopped_while_others_work()
    {
        var admin = await app.As("admin");
        async Task<JsonNode> TryAsync(string script)
        {
            var box = RoutinesApp.Box("Elsa.WriteLine", "Line", ("text", RoutinesApp.Value(script, "JavaScript", "String")));
            var saved = await CallAsync(admin, "POST", "/workflow-definitions", new JsonObject { ["model"] = new JsonObject { ["name"] = "Tried " + Guid.CreateVersion7(), ["root"] = new JsonObject { ["type"] = "Elsa.Flowchart", ["id"] = "f", ["version"] = 1, ["activities"] = new JsonArray(box), ["connections"] = new JsonArray() } }, ["publish"] = false });
            return await CallAsync(admin, "POST", "/tests/activities", new { workflowDefinitionHandle = new { definitionId = saved["workflowDefinition"]!["definitionId"]!.ToString() }, activityHandle = new { id = "Line" } });
        }

        var fine = await TryAsync("'a' + 'b'");
        (fine["status"]!.ToString(), fine["activityState"]!["Text"]?.ToString() ?? fine["activityState"]!["text"]!.ToString()).Should().Be(("Completed", "ab"));
        foreach (var hostile in (string[])["'x'.repeat(1e9)", "const a = 'x,'.repeat(20000).split(','); a.map(x => a.map(y => a.map(z => 1))).length", "'a'.repeat(100000).replaceAll('a', 'b'.repeat(100000))", "while (true) {}", "/(a+)+$/.test('aaaa')", "this.constructor.constructor('return process')()", "System.IO.File.ReadAllText('/etc/passwd')", "getVariable.constructor('return 1')()", "import('fs')", "''.__proto__.x = 1"])
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var tried = TryAsync(hostile);
            // Others are served meanwhile.
            (await (await app.As("nima")).OpenAsync("/worklist")).Status.Should().Be(HttpStatusCode.OK);
            (await tried)["status"]!.ToString().Should().Be("Faulted", hostile);
            clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10), "the expression itself is stopped within a second (ExpressionTests); the rest is saving the drawing on a busy machine");
        }
    }

    [Fact]
    public async Task Everything_that_can_be_drawn_with_is_listed()
    {
        var admin = await app.As("admin");
        foreach (var list in (string[])["/descriptors/expression-descriptors", "/descriptors/storage-drivers", "/descriptors/variables", "/descriptors/incident-strategies", "/descriptors/workflow-activation-strategies", "/descriptors/log-persistence-strategies", "/descriptors/commit-strategies/workflows", "/descriptors/commit-strategies/activities", "/resilience/strategies", "/features/installed"])
            (await CallAsync(admin, "GET", list))["items"]!.AsArray().Should().NotBeEmpty(list);
        (await CallAsync(admin, "GET", "/features/installed"))["items"]!.AsArray().Select(f => f!["fullName"]!.ToString()).Should().Contain("Elsa.Resilience", "else Studio hides the tab for retries");
        foreach (var empty in (string[])["/descriptors/output-converters", "/workflow-contexts/provider-descriptors"])
            (await CallAsync(admin, "GET", empty))["items"]!.AsArray().Should().BeEmpty(empty);
        var roles = await CallAsync(admin, "POST", "/descriptors/activities/Crm.Stage/options/RoleId", new { });
        roles["items"]!["dropdown"]!["selectList"]!["items"]!.AsArray().Select(i => i!["text"]!.ToString()).Should().Contain("Doers");
        (await RawAsync(admin, "POST", "/descriptors/activities/Crm.Stage/options/Nothing", new { })).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await CallAsync(admin, "GET", "/workflow-definitions/query/count"))["count"]!.GetValue<int>().Should().BeGreaterThanOrEqualTo(0);
        var name = "Unique " + Guid.CreateVersion7();
        (await CallAsync(admin, "GET", "/workflow-definitions/validation/is-name-unique?name=" + Uri.EscapeDataString(name)))["isUnique"]!.GetValue<bool>().Should().BeTrue();
        var (definition, version) = await IdsAsync(await app.RoutineAsync(name, [RoutinesApp.Stage("One")]));
        (await CallAsync(admin, "GET", "/workflow-definitions/validation/is-name-unique?name=" + Uri.EscapeDataString(name)))["isUnique"]!.GetValue<bool>().Should().BeFalse();
        (await CallAsync(admin, "GET", $"/workflow-definitions/{definition}/consumers"))["consumingWorkflowDefinitionIds"]!.AsArray().Should().BeEmpty();
        (await CallAsync(admin, "GET", $"/workflow-definitions/subgraph/{version}"))["children"]![0]!["children"]!.AsArray().Should().ContainSingle();
        (await CallAsync(admin, "GET", $"/workflow-definitions/many-by-id?ids={version}"))["items"]!.AsArray().Should().ContainSingle();
        (await CallAsync(admin, "GET", $"/workflow-definitions/by-id/{version}"))["definitionId"]!.ToString().Should().Be(definition);
    }

    [Fact]
    public async Task Definitions_are_published_retracted_and_deleted_in_bulk_and_single_files_travel()
    {
        var admin = await app.As("admin");
        var ids = new List<string>();
        for (var i = 0; i < 2; i++) ids.Add((await IdsAsync(await app.RoutineAsync($"Bulk {i} {Guid.CreateVersion7()}", [RoutinesApp.Stage("One")]))).Definition);
        var retracted = await CallAsync(admin, "POST", "/bulk-actions/retract/workflow-definitions/by-definition-ids", new { definitionIds = ids.Append("gone") });
        (retracted["retracted"]!.AsArray().Count, retracted["notFound"]!.AsArray().Count).Should().Be((2, 1));
        var published = await CallAsync(admin, "POST", "/bulk-actions/publish/workflow-definitions/by-definition-ids", new { definitionIds = ids });
        published["published"]!.AsArray().Should().HaveCount(2);

        var file = await CallAsync(admin, "GET", $"/workflow-definitions/{ids[0]}/export?versionOptions=Latest");
        file.AsObject().Remove("definitionId");
        file["name"] = "Imported " + Guid.CreateVersion7();
        var imported = await CallAsync(admin, "POST", "/workflow-definitions/import", file);
        imported["name"]!.ToString().Should().StartWith("Imported ");
        imported["isPublished"]!.GetValue<bool>().Should().BeFalse();
        (await RawAsync(admin, "POST", "/workflow-definitions/import", new { root = 5 })).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        var deleted = await CallAsync(admin, "POST", "/bulk-actions/delete/workflow-definitions/by-definition-ids", new { definitionIds = ids });
        deleted["deleted"]!.GetValue<int>().Should().Be(2);
        (await RawAsync(admin, "GET", $"/workflow-definitions/by-definition-id/{ids[0]}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await RawAsync(admin, "POST", "/bulk-actions/export/workflow-definitions", new { ids = new[] { "gone" } })).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Studios_token_opens_the_designers_paths_for_as_long_as_the_session_lives_and_no_further()
    {
        var admin = await app.As("admin");
        var token = (await admin.Client.GetFromJsonAsync<JsonObject>("/studio/token"))!["token"]!.ToString();
        async Task<HttpStatusCode> WithTokenAsync(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            using var answer = await app.Anonymous().Client.SendAsync(request);
            return answer.StatusCode;
        }

        (await WithTokenAsync("/elsa/api/workflow-definitions")).Should().Be(HttpStatusCode.OK);
        (await WithTokenAsync("/api/v1/users/me")).Should().Be(HttpStatusCode.Unauthorized);
        (await WithTokenAsync("/contacts")).Should().NotBe(HttpStatusCode.OK);
        (await WithTokenAsync("/elsa/api/unicorns")).Should().Be(HttpStatusCode.NotFound);
    }

    private async Task<(string Definition, string Version)> IdsAsync(Guid routine) =>
        (await app.QueryAsync<(string, string)>("select d.definition_id, v.version_id from routines.routine_definitions d join routines.routine_versions v on v.routine_id = d.id where d.id = @routine", new { routine })).First();

    private static async Task<HttpResponseMessage> RawAsync(Browse browse, string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/elsa/api" + path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType());
        request.Headers.Add("Origin", "http://localhost");
        return await browse.Client.SendAsync(request);
    }

    private static async Task<JsonNode> CallAsync(Browse browse, string method, string path, object? body = null)
    {
        using var response = await RawAsync(browse, method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, $"{method} {path}: {text}");
        return JsonNode.Parse(text)!;
    }
}
