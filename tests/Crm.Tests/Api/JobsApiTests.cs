using System.Net;
using System.Text.Json.Nodes;
using Crm.Routines.Domain;
using Crm.Tests.Routines;

namespace Crm.Tests.Api;

/// <summary>Routines and their jobs by the API, from the drawing to the last step.</summary>
public sealed class JobsApiTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task A_routine_is_sent_published_started_worked_and_seen_to_its_end()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        var drawing = new JsonObject
        {
            ["name"] = "By API " + Guid.CreateVersion7(),
            ["root"] = new JsonObject
            {
                ["type"] = "Elsa.Flowchart", ["id"] = "flow", ["version"] = 1,
                ["activities"] = new JsonArray(RoutinesApp.Stage("Call", ("outcomes", RoutinesApp.List("Yes", "No"))), RoutinesApp.Stage("Visit")),
                ["connections"] = new JsonArray(new JsonObject { ["source"] = new JsonObject { ["activity"] = "Call", ["port"] = "Yes" }, ["target"] = new JsonObject { ["activity"] = "Visit", ["port"] = "In" } }),
            },
        };
        var routine = await api.PostAsync("/routines", drawing.ToJsonString());
        routine.Json!["publishedVersion"].Should().BeNull();
        var id = routine.Text("id");
        await api.PostAsync("/jobs", new { routineId = id }, HttpStatusCode.Conflict);
        (await api.PostAsync($"/routines/{id}/publish", null, HttpStatusCode.OK)).Text("publishedVersion").Should().Be("1");
        (await api.GetAsync($"/routines/{id}/definition"))["root"]!["activities"]!.AsArray().Should().HaveCount(2);

        var nima = await ApiCaller.AsAsync(app, "nima");
        var job = await nima.PostAsync("/jobs", new { routineId = id, contactId = app.Customer, title = "Sale to Pars", agentIds = new[] { app.Nima }, status = "finished", endedAt = "2001-01-01T00:00:00Z", branchId = Guid.CreateVersion7() });
        (job.Text("status"), job.Text("title"), job.Json!["endedAt"]).Should().Be(("running", "Sale to Pars", null));
        job.Text("startedAt").Should().EndWith("Z");
        await app.DrainAsync();
        var url = $"/jobs/{job.Text("id")}";
        var step = (await nima.GetAsync(url))["steps"]!.AsArray().Single()!;
        (step["title"]!.ToString(), step["outcomes"]!.AsArray().Select(o => o!.ToString())).Should().BeEquivalentTo(("Call", new[] { "Yes", "No" }));

        (await nima.PostAsync($"{url}/steps/{step["id"]}/complete", new { }, HttpStatusCode.UnprocessableEntity)).Errors("outcome").Should().NotBeEmpty();
        ((int)(await nima.Client.PostAsync(new Uri($"/api/v1{url}/steps/{step["id"]}/complete", UriKind.Relative), new StringContent("{\"outcome\":\"Perhaps\"}", System.Text.Encoding.UTF8, "application/json"))).StatusCode).Should().BeOneOf(409, 422);
        await nima.PostAsync($"{url}/steps/{Guid.CreateVersion7()}/complete", new { outcome = "Yes" }, HttpStatusCode.NotFound);
        await nima.PostAsync($"/jobs/{Guid.CreateVersion7()}/steps/{step["id"]}/complete", new { outcome = "Yes" }, HttpStatusCode.NotFound);
        // The guest of the company may not; who sees jobs but has no part in this one may not either.
        await (await ApiCaller.AsAsync(app, "laleh")).PostAsync($"{url}/steps/{step["id"]}/complete", new { outcome = "Yes" }, HttpStatusCode.Forbidden);
        var key = ("Idempotency-Key", Guid.CreateVersion7().ToString());
        await nima.PostAsync($"{url}/steps/{step["id"]}/complete", new { outcome = "Yes", note = "They want it" }, HttpStatusCode.NoContent, key);
        await nima.PostAsync($"{url}/steps/{step["id"]}/complete", new { outcome = "Yes", note = "They want it" }, HttpStatusCode.NoContent, key);
        await nima.PostAsync($"{url}/steps/{step["id"]}/complete", new { outcome = "Yes" }, HttpStatusCode.Conflict);
        await app.DrainAsync();
        var visit = (await nima.GetAsync(url))["steps"]!.AsArray().Single()!;
        visit["title"]!.ToString().Should().Be("Visit");

        // Steering is for those who may.
        await nima.PostAsync($"{url}/suspend", new { reason = "x" }, HttpStatusCode.Forbidden);
        (await api.PostAsync($"{url}/suspend", new { }, HttpStatusCode.UnprocessableEntity)).Errors("reason").Should().ContainSingle();
        await api.PostAsync($"{url}/suspend", new { reason = "The customer is away" }, HttpStatusCode.NoContent);
        await app.DrainAsync();
        (await api.GetAsync(url))["suspended"]!.GetValue<bool>().Should().BeTrue();
        await nima.PostAsync($"{url}/steps/{visit["id"]}/complete", new { outcome = "Done" }, HttpStatusCode.Conflict);
        await api.PostAsync($"{url}/suspend", new { reason = "Again" }, HttpStatusCode.Conflict);
        await api.PostAsync($"{url}/resume", null, HttpStatusCode.NoContent);
        await app.DrainAsync();
        await nima.PostAsync($"{url}/steps/{visit["id"]}/complete", new { outcome = "Done" }, HttpStatusCode.NoContent);
        await app.DrainAsync();
        var over = await api.GetAsync(url);
        (over.Text("status"), over["steps"]!.AsArray().Count).Should().Be(("finished", 0));
        (await api.GetAsync($"{url}/trace")).Items.Select(i => i["title"]!.ToString()).Should().Contain(["Call", "Visit"]);
        await api.PostAsync($"{url}/end", new { reason = "Too late" }, HttpStatusCode.Conflict);

        // A routine with jobs that have ended may go; the jobs stay to be read.
        await api.PostAsync($"/routines/{id}/retract", null, HttpStatusCode.OK);
        await api.PostAsync("/jobs", new { routineId = id }, HttpStatusCode.Conflict);
        await api.DeleteAsync($"/routines/{id}");
        await api.GetAsync($"/routines/{id}", HttpStatusCode.NotFound);
        (await api.GetAsync(url)).Text("status").Should().Be("finished");
    }

    [Fact]
    public async Task A_job_is_ended_with_a_reason_and_the_list_tells_it_apart()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        var routine = await app.RoutineAsync("To be ended", [RoutinesApp.Stage("Wait")]);
        var job = await app.StartAsync(routine);
        (await api.PostAsync($"/jobs/{job}/end", new { reason = " " }, HttpStatusCode.UnprocessableEntity)).Errors("reason").Should().ContainSingle();
        await api.PostAsync($"/jobs/{job}/end", new { reason = "The customer left" }, HttpStatusCode.NoContent);
        await app.DrainAsync();
        var ended = await api.GetAsync($"/jobs/{job}");
        (ended.Text("status"), ended.Text("endedBecause")).Should().Be(("cancelled", "The customer left"));
        (await api.GetAsync($"/jobs?filter[routineId]={routine}&filter[show]=ended&count=exact"))["total"]!.GetValue<int>().Should().Be(1);
        (await api.GetAsync($"/jobs?filter[routineId]={routine}&filter[show]=running")).Items.Should().BeEmpty();
        (await api.GetAsync("/jobs?filter[show]=sleeping", HttpStatusCode.UnprocessableEntity)).Errors("filter[show]").Should().ContainSingle();
    }

    [Fact]
    public async Task An_incident_is_retried_by_its_own_job_only()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        // A form that is not there stops the stage.
        var routine = await app.RoutineAsync("Incident", [RoutinesApp.Stage("Lonely", ("formId", Guid.CreateVersion7().ToString()))]);
        var job = await app.StartAsync(routine);
        var other = await app.StartAsync(await app.RoutineAsync("Other", [RoutinesApp.Stage("S")]));
        var incident = (await app.IncidentsAsync(job)).Single().Id;
        await api.PostAsync($"/jobs/{other}/incidents/{incident}/retry", null, HttpStatusCode.NotFound);
        await (await ApiCaller.AsAsync(app, "nima")).PostAsync($"/jobs/{job}/incidents/{incident}/retry", null, HttpStatusCode.Forbidden);
        await api.PostAsync($"/jobs/{job}/incidents/{incident}/retry", null, HttpStatusCode.NoContent);
        await app.DrainAsync();
        (await app.IncidentsAsync(job)).Select(i => i.Status).Should().BeEquivalentTo([IncidentStatus.Retried, IncidentStatus.Open], "it was tried, and the form is still not there");
    }

    [Fact]
    public async Task Forms_are_made_changed_and_removed()
    {
        var api = await ApiCaller.AsAsync(app, "admin");
        var made = await api.PostAsync("/forms", new { name = "Measure", description = "On site", fields = new object[] { new { name = "width", label = "Width", kind = "number", required = true }, new { name = "colour", label = "Colour", kind = "choice", choices = new[] { "Red", "Blue" } } } });
        var url = "/forms/" + made.Text("id");
        (await api.PostAsync("/forms", new { name = "Measure" }, HttpStatusCode.UnprocessableEntity)).Errors("name").Should().ContainSingle();
        var changed = await api.PatchAsync(url, new { description = "Changed" });
        changed["fields"]!.AsArray().Select(f => f!["name"]!.ToString()).Should().Equal("width", "colour");
        changed["fields"]![1]!["choices"]!.AsArray().Select(c => c!.ToString()).Should().Equal("Red", "Blue");
        (await api.PatchAsync(url, new { fields = new object[] { new { name = "x y", label = "", kind = "text" } } }, HttpStatusCode.UnprocessableEntity)).Json!["errors"]!.AsObject().Select(e => e.Key).Should().Contain(["fields[0].label", "fields[0].name"]);
        await (await ApiCaller.AsAsync(app, "nima")).GetAsync("/forms", HttpStatusCode.Forbidden);
        await api.DeleteAsync(url);
        await api.GetAsync(url, HttpStatusCode.NotFound);
    }
}
