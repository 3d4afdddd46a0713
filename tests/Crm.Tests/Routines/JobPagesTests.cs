using System.Net;
using Crm.Routines.Activities;
using Crm.Routines.Features.JobSteering;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

public sealed class JobPagesTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Theory]
    [InlineData("en")]
    [InlineData("fa")]
    public async Task The_pages_of_jobs_show_where_a_job_stands(string language)
    {
        var routine = await app.RoutineAsync("Shown " + language, [Stage("Visit", ("hours", 1)), Stage("Offer")], ("Visit", "Done", "Offer"));
        var job = await app.StartAsync(routine);
        var admin = await app.As("admin", language);
        foreach (var url in (string[])["/jobs", "/jobs?show=mine", "/jobs?q=Shown", $"/jobs?contact={app.Customer}", $"/jobs/{job}", "/jobs/incidents", "/jobs/incidents?all=true", "/jobs/new", $"/jobs/new?contact={app.Customer}", "/routines/forms", "/routines/forms/new", $"/contacts/{app.Customer}"])
        {
            await admin.OpenAsync(url);
            admin.Status.Should().Be(HttpStatusCode.OK, url);
            admin.Html.Should().NotContain(" asp-");
        }

        await admin.OpenAsync($"/contacts/{app.Customer}");
        admin.Text.Should().Contain("Visit");
        await admin.OpenAsync($"/jobs/{job}");
        admin.Html.Should().Contain("<svg").And.Contain("drawing-here");
    }

    [Fact]
    public async Task A_job_of_another_branch_looks_as_if_it_were_not_there()
    {
        var routine = await app.RoutineAsync("Branch", [Stage("Visit")]);
        var job = await app.StartAsync(routine);
        await app.QueryAsync<int>("update routines.jobs set branch_id = gen_random_uuid() where id = @job returning 1", new { job });
        await app.QueryAsync<int>("update routines.stage_items set branch_id = gen_random_uuid() where job_id = @job returning 1", new { job });
        var nima = await app.As("nima");
        (await nima.OpenAsync($"/jobs/{job}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await nima.OpenAsync($"/jobs/stages/{await StageIdAsync(job)}")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_without_the_right_suspends_or_ends_a_job()
    {
        var routine = await app.RoutineAsync("Rights", [Stage("Visit")]);
        var job = await app.StartAsync(routine);
        var suspend = () => app.SendAsync(new SuspendJobCommand { JobId = job, Reason = "x" }, "nima");
        await suspend.Should().ThrowAsync<Crm.Core.Forbidden>();
        var end = () => app.SendAsync(new EndJobCommand { JobId = job, Reason = "x" }, "nima");
        await end.Should().ThrowAsync<Crm.Core.Forbidden>();
    }

    [Fact]
    public async Task A_job_is_started_from_the_customers_page_and_its_stage_done_with_one_click_there()
    {
        var routine = await app.RoutineAsync("By hand", [Stage("Greet"), Stage("Next")], ("Greet", "Done", "Next"));
        var nima = await app.As("nima");
        await nima.PostAsync($"/jobs/new?contact={app.Customer}", [("Command.RoutineId", routine.ToString())], null);
        nima.Location.Should().Be($"/contacts/{app.Customer}");
        await app.DrainAsync();
        var job = (await app.QueryAsync<Guid>("select id from routines.jobs where routine_id = @routine", new { routine })).Single();
        var stage = await app.StageAsync(job, "Greet");
        await nima.OpenAsync($"/contacts/{app.Customer}");
        await nima.SubmitAsync($"/contacts/{app.Customer}", [("Command.Outcome", "Done")], $"/jobs/stages/{stage.Id}?handler=Finish");
        nima.Location.Should().Be($"/contacts/{app.Customer}");
        await nima.OpenAsync($"/contacts/{app.Customer}");
        nima.Text.Should().Contain("Goes on at once", "what is done is not waited for any more");
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Next");
    }

    private async Task<Guid> StageIdAsync(Guid job) => (await app.QueryAsync<Guid>("select id from routines.stage_items where job_id = @job", new { job })).Single();
}
