using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Testing;
using Crm.Workflows;
using FluentAssertions;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Crm.Tests.Routines;

/// <summary>Drawings as Studio, files and pages bring them, on the real application.</summary>
public sealed class DefinitionsTests(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string s_samples = Path.Combine(Root(AppContext.BaseDirectory), "tests", "data", "elsa-definitions");

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "Crm.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);

    private static JsonObject Drawing(string name, string title = "گام نخست", string? definitionId = null) => JsonNode.Parse($$"""
        { "definitionId": {{(definitionId is null ? "null" : $"\"{definitionId}\"")}}, "name": "{{name}}", "customProperties": { "theirs": { "kept": [1, 2] } }, "options": { "ofANewerElsa": true },
          "variables": [ { "id": "v1", "name": "Count", "typeName": "Int32", "value": 3, "isArray": false, "unknownHere": "x" } ],
          "root": { "id": "Flowchart1", "type": "Elsa.Flowchart", "version": 1, "activities": [
            { "id": "Line1", "type": "Elsa.WriteLine", "version": 1, "metadata": { "displayText": "{{title}}" }, "text": { "typeName": "String", "expression": { "type": "Literal", "value": "سلام" } }, "ofANewerElsa": { "a": 1 } },
            { "id": "End1", "type": "Elsa.Finish", "version": 1 } ],
            "connections": [ { "source": { "activity": "Line1", "port": "Done" }, "target": { "activity": "End1", "port": "In" }, "ofANewerElsa": 7 } ] } }
        """)!.AsObject();

    private async Task<(Browse Browse, JsonObject Definition)> SaveAsync(JsonObject model, bool publish = false, string user = "admin")
    {
        var browse = await app.As(user);
        return (browse, (await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = model.DeepClone(), ["publish"] = publish }))["workflowDefinition"]!.AsObject());
    }

    private static async Task<HttpResponseMessage> RawAsync(Browse browse, HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, "/elsa/api" + path);
        if (body is not null) request.Content = JsonContent.Create(body);
        request.Headers.Add("Origin", "http://localhost");
        return await browse.Client.SendAsync(request);
    }

    private static async Task<JsonObject> PostAsync(Browse browse, string path, JsonNode? body = null)
    {
        using var response = await RawAsync(browse, HttpMethod.Post, path, body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    private static async Task<JsonObject> GetAsync(Browse browse, string path)
    {
        using var response = await RawAsync(browse, HttpMethod.Get, path);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    [Fact]
    public async Task What_Studio_does_not_know_survives_opening_and_saving()
    {
        var (browse, first) = await SaveAsync(Drawing("می‌ماند"));
        // As Studio sends it back: its own fields only, variables as text, arrows made anew.
        var model = new JsonObject
        {
            ["id"] = first["id"]!.DeepClone(), ["definitionId"] = first["definitionId"]!.DeepClone(), ["name"] = "می‌ماند", ["description"] = "تازه", ["customProperties"] = first["customProperties"]!.DeepClone(), ["options"] = new JsonObject { ["usableAsActivity"] = false },
            ["variables"] = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "Count", ["typeName"] = "Int32", ["value"] = "3", ["isArray"] = false }), ["root"] = first["root"]!.DeepClone(),
        };
        model["root"]!["connections"] = new JsonArray(JsonNode.Parse("""{ "source": { "activity": "Line1", "port": "Done" }, "target": { "activity": "End1", "port": "In" }, "vertices": [ { "x": 1, "y": 2 } ] }"""));
        await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = model, ["publish"] = false });

        var again = await GetAsync(browse, $"/workflow-definitions/by-definition-id/{first["definitionId"]}?versionOptions=Latest");
        again["options"]!["ofANewerElsa"]!.GetValue<bool>().Should().BeTrue();
        again["customProperties"]!["theirs"]!["kept"]!.AsArray().Should().HaveCount(2);
        again["variables"]![0]!["unknownHere"]!.GetValue<string>().Should().Be("x");
        again["variables"]![0]!["value"]!.GetValue<int>().Should().Be(3);
        again["root"]!["activities"]![0]!["ofANewerElsa"]!["a"]!.GetValue<int>().Should().Be(1);
        again["root"]!["connections"]![0]!["ofANewerElsa"]!.GetValue<int>().Should().Be(7);
        again["root"]!["connections"]![0]!["vertices"]!.AsArray().Should().HaveCount(1);
        again["description"]!.GetValue<string>().Should().Be("تازه");
        again["version"]!.GetValue<int>().Should().Be(1);
    }

    [Fact]
    public async Task Saving_a_published_version_makes_the_next_draft_and_saving_no_change_makes_none()
    {
        var (browse, published) = await SaveAsync(Drawing("منتشر"), publish: true);
        published["isPublished"]!.GetValue<bool>().Should().BeTrue();
        var same = (await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = published.DeepClone(), ["publish"] = false }))["workflowDefinition"]!;
        same["version"]!.GetValue<int>().Should().Be(1);
        same["isPublished"]!.GetValue<bool>().Should().BeTrue();

        var changed = published.DeepClone().AsObject();
        changed["root"]!["activities"]![0]!["metadata"]!["displayText"] = "گام دوم";
        var draft = (await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = changed, ["publish"] = false }))["workflowDefinition"]!;
        draft["version"]!.GetValue<int>().Should().Be(2);
        draft["isPublished"]!.GetValue<bool>().Should().BeFalse();
        (await GetAsync(browse, $"/workflow-definitions/by-definition-id/{published["definitionId"]}?versionOptions=Published"))["version"]!.GetValue<int>().Should().Be(1);
    }

    [Fact]
    public async Task A_drawing_that_cannot_run_is_saved_but_not_published_and_the_box_is_named()
    {
        var drawing = Drawing("ناتمام", title: "پیام به مشتری");
        drawing["root"]!["activities"]![0]!["text"]!["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "variables.NotThere + " };
        var (browse, saved) = await SaveAsync(drawing);
        using var refused = await RawAsync(browse, HttpMethod.Post, "/workflow-definitions", new JsonObject { ["model"] = saved.DeepClone(), ["publish"] = true });
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        refused.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var errors = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["errors"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        errors.Should().Contain("پیام به مشتری");
        (await GetAsync(browse, $"/workflow-definitions/by-definition-id/{saved["definitionId"]}?versionOptions=Latest"))["isPublished"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task The_second_of_two_who_draw_at_once_is_told_and_loses_nothing_of_the_first()
    {
        var (browse, opened) = await SaveAsync(Drawing("دو نفر"));
        var mine = opened.DeepClone().AsObject();
        mine["description"] = "از نفر اول";
        await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = mine, ["publish"] = false });
        var late = opened.DeepClone().AsObject();
        late["description"] = "از نفر دوم";
        using var refused = await RawAsync(browse, HttpMethod.Post, "/workflow-definitions", new JsonObject { ["model"] = late, ["publish"] = false });
        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await refused.Content.ReadAsStringAsync()).Should().Contain("meanwhile");
        (await GetAsync(browse, $"/workflow-definitions/by-definition-id/{opened["definitionId"]}?versionOptions=Latest"))["description"]!.GetValue<string>().Should().Be("از نفر اول");
    }

    [Theory]
    [InlineData("ExplicitJoins/join-all-1.json")]
    [InlineData("ImportAndExecute/implicit-loop.json")]
    [InlineData("JoinBehaviors/fork-decision-join-waitall.json")]
    [InlineData("HttpWorkflows/http-hello-world.json")]
    public async Task A_file_of_an_Elsa_server_comes_out_as_it_went_in(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(s_samples, file));
        var browse = await app.As("admin");
        var imported = await PostAsync(browse, "/workflow-definitions/import", JsonNode.Parse(text));
        using var export = await RawAsync(browse, HttpMethod.Get, $"/workflow-definitions/{imported["definitionId"]}/export?versionOptions=Latest");
        var there = WorkflowDefinition.Parse(text);
        there.AssignMissingIds();
        var back = JsonNode.Parse(await export.Content.ReadAsStringAsync())!.AsObject();
        // Being the newest and being published is what a routine is here, not what is drawn.
        foreach (var name in (string[])["isLatest", "isPublished"])
        {
            there.Json.Remove(name);
            back.Remove(name);
        }

        JsonNode.DeepEquals(there.Json, back).Should().BeTrue(back.ToJsonString());
    }

    [Fact]
    public async Task Several_routines_travel_in_one_zip()
    {
        var (browse, one) = await SaveAsync(Drawing("زیپ یک"));
        var (_, two) = await SaveAsync(Drawing("زیپ دو"));
        using var response = await RawAsync(browse, HttpMethod.Post, "/bulk-actions/export/workflow-definitions", new JsonObject { ["ids"] = new JsonArray(one["id"]!.DeepClone(), two["id"]!.DeepClone()) });
        var bytes = await response.Content.ReadAsByteArrayAsync();
        using (var zip = new ZipArchive(new MemoryStream(bytes))) zip.Entries.Should().HaveCount(2);

        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "files", "routines.zip" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/elsa/api/workflow-definitions/import-files") { Content = form };
        request.Headers.Add("Origin", "http://localhost");
        using var imported = await browse.Client.SendAsync(request);
        JsonNode.Parse(await imported.Content.ReadAsStringAsync())!["count"]!.GetValue<int>().Should().Be(2);
    }

    [Fact]
    public async Task A_broken_file_is_refused_in_words()
    {
        var act = () => app.SendAsync(new ImportRoutineCommand("{ this is no json"), "admin");
        (await act.Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Message.Should().Be("This file is not a routine.");
    }

    [Fact]
    public async Task An_older_version_becomes_the_draft_again_and_a_published_one_stays()
    {
        var (browse, published) = await SaveAsync(Drawing("برگشت"), publish: true);
        var changed = published.DeepClone().AsObject();
        changed["root"]!["activities"]![0]!["metadata"]!["displayText"] = "دیگر";
        await PostAsync(browse, "/workflow-definitions", new JsonObject { ["model"] = changed, ["publish"] = true });
        var reverted = await PostAsync(browse, $"/workflow-definitions/{published["definitionId"]}/revert/1");
        reverted["version"]!.GetValue<int>().Should().Be(3);
        var latest = await GetAsync(browse, $"/workflow-definitions/by-definition-id/{published["definitionId"]}?versionOptions=Latest");
        latest["root"]!["activities"]![0]!["metadata"]!["displayText"]!.GetValue<string>().Should().Be("گام نخست");
        using var refused = await RawAsync(browse, HttpMethod.Delete, $"/workflow-definition-versions/{published["id"]}");
        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Every_call_asks_for_the_right()
    {
        using var nobody = await RawAsync(app.Anonymous(), HttpMethod.Get, "/workflow-definitions");
        nobody.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var act = () => app.InScopeAsync(sp =>
        {
            sp.GetRequiredService<CurrentUser>().Become(
                new UserAccess
                {
                    Id = Guid.CreateVersion7(), Name = "Guest", UserName = "guest", SecurityStamp = "", Active = true, IsAdministrator = false, Permissions = new HashSet<string> { "routines.see", "routines.design" }, RoleIds = [],
                    SeesAllBranches = true, Branches = [], HomeBranch = Branches.HeadOffice,
                }, "test");
            return sp.GetRequiredService<IMediator>().Send(new PublishRoutineCommand(Guid.CreateVersion7()));
        });
        await act.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task Studio_is_served_packed_typed_and_kept_and_only_to_who_is_signed_in()
    {
        var browse = await app.As("admin");
        var page = await browse.Client.GetAsync("/studio/editor?id=x");
        page.StatusCode.Should().Be(HttpStatusCode.OK);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        policy.Should().Contain("'wasm-unsafe-eval'").And.Contain("worker-src 'self' blob:").And.NotContain("'unsafe-eval'").And.NotContain("script-src 'self' 'unsafe-inline'");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/studio/_framework/blazor.webassembly.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "br");
        using var script = await browse.Client.SendAsync(request);
        script.Content.Headers.ContentEncoding.Should().Equal("br");
        script.Content.Headers.ContentType!.MediaType.Should().Be("text/javascript");
        using var outside = await browse.Client.GetAsync("/studio/..%2f..%2fpackage.json");
        outside.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var nobody = await app.Anonymous().Client.GetAsync("/studio/_framework/blazor.webassembly.js");
        nobody.StatusCode.Should().Be(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task The_tool_box_offers_the_choices_of_today()
    {
        var browse = await app.As("admin", "fa");
        var items = (await GetAsync(browse, "/descriptors/activities"))["items"]!.AsArray();
        var stage = items.Single(i => i!["typeName"]!.GetValue<string>() == "Crm.Stage")!;
        stage["inputs"]!.AsArray().Should().Contain(i => i!["name"]!.GetValue<string>() == "Outcomes" && i["uiHint"]!.GetValue<string>() == "dynamic-outcomes");
        var role = stage["inputs"]!.AsArray().Single(i => i!["name"]!.GetValue<string>() == "RoleId")!;
        role["uiSpecifications"]!["dropdown"]!["selectList"]!["items"]!.AsArray().Should().NotBeEmpty();
        items.Select(i => i!["typeName"]!.GetValue<string>()).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_binding_tells_for_whom_and_a_bad_schedule_is_refused()
    {
        var id = await app.SendAsync(new CreateRoutineCommand { Name = "اتصال" }, "admin");
        var routine = await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<RoutineDefinition>().Where(r => r.DefinitionId == id).Select(r => r.Id).SingleAsync());
        await app.SendAsync(new SaveBindingCommand { RoutineId = routine, Purpose = RoutinePurpose.Sale, Start = RoutineStart.Schedule, Cron = "0 8 * * 6" }, "admin");
        var act = () => app.SendAsync(new SaveBindingCommand { RoutineId = routine, Start = RoutineStart.Schedule, Cron = "every day" }, "admin");
        await act.Should().ThrowAsync<InvalidInput>();
        var again = () => app.SendAsync(new SaveBindingCommand { RoutineId = routine, Purpose = RoutinePurpose.Sale, Start = RoutineStart.Schedule, Cron = "0 8 * * 6" }, "admin");
        await again.Should().ThrowAsync<InvalidInput>("two alike would start it twice");
        var page = await (await app.As("admin")).Client.GetStringAsync($"/routines/{id}/bindings");
        page.Should().Contain("0 8 * * 6");
    }

    [Theory]
    [InlineData("lift-sale.json")]
    [InlineData("after-sales-service.json")]
    public async Task The_demo_routines_can_run(string file)
    {
        var problems = await app.InScopeAsync(sp => Task.FromResult(WorkflowValidator.Validate(Crm.Routines.Seeds.DemoRoutines.Read(file), sp.GetRequiredService<IActivityCatalog>())));
        problems.Where(p => p.Severity == ValidationSeverity.Error).Select(p => p.Text).Should().BeEmpty();
    }
}
