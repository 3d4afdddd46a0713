using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.JobSteering;
using Crm.Routines.Features.MoveJobs;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

/// <summary>Versions told apart in words, and running jobs that go over to a new one.</summary>
public sealed class MoveTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task The_difference_of_two_versions_is_told_in_words_with_names_for_ids()
    {
        var routine = await app.RoutineAsync("Words", [Stage("Call", ("who", "Role"), ("roleId", app.Role.ToString()), ("hours", 4)), Stage("Offer"), Stage("Old")], ("Call", "Done", "Offer"), ("Offer", "Done", "Old"));
        var call = Stage("Call", ("who", "Persons"), ("userIds", List(app.Nima.ToString())), ("hours", 8), ("outcomes", List("Interested", "No")));
        var offer = Stage("Offer");
        offer["title"] = Value("Quotation");
        await NextAsync(routine, [call, offer, Stage("Sign")], ("Call", "Interested", "Offer"), ("Offer", "Done", "Sign"));
        var browse = await (await OwnerAsync()).OpenAsync($"/routines/{await DefinitionAsync(routine)}/versions?from=1&to=2");
        browse.Text.Should().Contain("“Sign” is new (Stage)").And.Contain("“Old” is gone (Stage)").And.Contain("“Offer” is called “Quotation” now").And.Contain("“Call” is set otherwise")
            .And.Contain("Who does it").And.Contain("Doers").And.Contain("Nima").And.Contain("From “Call” by “Interested” it goes to “Quotation” now").And.Contain("From “Call” it no longer goes to “Offer”");
        browse.Text.Should().NotContain(app.Role.ToString()).And.NotContain(app.Nima.ToString());

        var persian = await (await AdminAsync()).OpenAsync($"/routines/{await DefinitionAsync(routine)}/versions?from=1&to=2");
        persian.Text.Should().Contain("«Sign» تازه است (مرحله)").And.Contain("«Offer» اکنون «Quotation» نام دارد");
    }

    [Fact]
    public async Task Jobs_go_over_with_their_stages_and_come_back()
    {
        var routine = await app.RoutineAsync("Over", [Stage("Call", ("hours", 10)), Stage("Offer")], ("Call", "Done", "Offer"));
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Call");
        var call = Stage("Call", ("hours", 99), ("outcomes", List("Interested", "No")), ("instructions", "Ask for the shaft."));
        call["title"] = Value("First call");
        await NextAsync(routine, [call, Stage("Offer"), Stage("Archive")], ("Call", "Interested", "Offer"), ("Call", "No", "Archive"));

        var move = await PlanAsync(routine);
        (await CountsAsync(move)).Should().Equal(("Moves", "Checked", 1));
        (await app.JobAsync(job)).VersionNumber.Should().Be(1, "a dry run changes nothing");
        await BeginAsync(move);
        (await app.JobAsync(job)).VersionNumber.Should().Be(2);
        var moved = (await app.OpenStagesAsync(job)).Single();
        (moved.Id, moved.Title, moved.DueAt, moved.Instructions).Should().Be((stage.Id, "First call", stage.DueAt, "Ask for the shaft."));
        moved.Setup.Outcomes.Should().Equal("Interested", "No");
        (await app.CheckAsync()).Should().BeEmpty();

        var browse = await (await OwnerAsync()).OpenAsync($"/jobs/{job}");
        browse.Text.Should().Contain("Moved from version 1 to 2").And.Contain("First call");

        await app.SendAsync(new UndoMoveCommand(move), "admin");
        await app.DrainAsync();
        (await app.JobAsync(job)).VersionNumber.Should().Be(1);
        var back = (await app.OpenStagesAsync(job)).Single();
        (back.Id, back.Title, back.Instructions).Should().Be((stage.Id, "Call", null));
        back.Setup.Outcomes.Should().Equal("Done");
        (await app.CheckAsync()).Should().BeEmpty();
        await app.FinishAsync(stage.Id);
        (await app.OpenStagesAsync(job)).Single().Title.Should().Be("Offer");
    }

    [Fact]
    public async Task A_job_in_a_removed_stage_is_never_lost()
    {
        var routine = await app.RoutineAsync("Removed", [Stage("Call"), Stage("Visit"), Stage("Offer")], ("Call", "Done", "Visit"), ("Visit", "Done", "Offer"));
        var jobs = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            jobs.Add(await app.StartAsync(routine));
            await app.FinishAsync((await app.StageAsync(jobs[i], "Call")).Id);
        }
        await NextAsync(routine, [Stage("Call"), Stage("Offer")], ("Call", "Done", "Offer"));

        var move = await PlanAsync(routine);
        (await CountsAsync(move)).Should().Equal(("NeedsChoice", "Checked", 4));
        var page = await (await OwnerAsync()).OpenAsync($"/routines/moves/{move}");
        page.Text.Should().Contain("Visit is not in the new version").And.Contain("Ends here").And.Contain("Stays on the old version");

        await app.SendAsync(new ChooseMoveCommand { MoveId = move, Choices = { ["Visit"] = "stays" } }, "admin");
        await app.DrainAsync();
        (await CountsAsync(move)).Should().Equal(("Stays", "Checked", 4));

        await app.SendAsync(new ChooseMoveCommand { MoveId = move, Choices = { ["Visit"] = "to:Offer" } }, "admin");
        await app.DrainAsync();
        await BeginAsync(move);
        foreach (var job in jobs) (await app.OpenStagesAsync(job)).Single().Title.Should().Be("Offer");
        await app.FinishAsync((await app.StageAsync(jobs[0], "Offer")).Id);
        (await app.JobAsync(jobs[0])).Status.Should().Be(JobStatus.Finished);

        // The finished one has gone on; the others come back.
        await app.SendAsync(new UndoMoveCommand(move), "admin");
        await app.DrainAsync();
        (await CountsAsync(move)).Should().BeEquivalentTo([("NeedsChoice", "Undone", 3), ("NeedsChoice", "Kept", 1)], o => o.Excluding(x => x.Item1));
        (await app.StageAsync(jobs[1], "Visit")).Status.Should().Be(StageStatus.Open);
        (await (await OwnerAsync()).OpenAsync($"/routines/moves/{move}?show=kept")).Text.Should().Contain("The job is over");

        var end = await PlanAsync(routine, new() { ["Visit"] = "ends" });
        await BeginAsync(end);
        (await app.JobAsync(jobs[1])).Status.Should().Be(JobStatus.Finished);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Another_kind_of_box_begins_and_its_undo_opens_the_stage_anew()
    {
        var routine = await app.RoutineAsync("Kind", [Stage("Call"), Stage("Offer")], ("Call", "Done", "Offer"));
        var job = await app.StartAsync(routine);
        await NextAsync(routine, [Delay("Pause", "2.00:00:00"), Stage("Offer")], ("Pause", "Done", "Offer"));
        var move = await PlanAsync(routine, new() { ["Call"] = "to:Pause" });
        await BeginAsync(move);
        (await app.OpenStagesAsync(job)).Should().BeEmpty();
        (await app.CheckAsync()).Should().BeEmpty();
        await app.SendAsync(new UndoMoveCommand(move), "admin");
        await app.DrainAsync();
        (await app.StageAsync(job, "Call")).Status.Should().Be(StageStatus.Open);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Joins_timers_incidents_and_suspended_jobs_are_right_after_a_move()
    {
        JsonObject[] Boxes(string condition) => [Box("Elsa.Start", "s"), Stage("A"), Stage("B"), Delay("Wait", "1.00:00:00"), Box("Elsa.FlowJoin", "j", ("mode", Value("WaitAll"))), If("Test", condition), Stage("End")];
        (string, string, string)[] arrows = [("s", "Done", "A"), ("s", "Done", "B"), ("s", "Done", "Wait"), ("A", "Done", "j"), ("B", "Done", "j"), ("Wait", "Done", "Test"), ("Test", "True", "j"), ("j", "Done", "End")];
        var routine = await app.RoutineAsync("Hard", Boxes("answers.nothing.there > 1"), arrows);
        var job = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(job, "A")).Id);
        var early = await app.StartAsync(routine);
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        (await app.IncidentsAsync(job)).Should().ContainSingle(i => i.Status == IncidentStatus.Open);
        await app.SendAsync(new SuspendJobCommand { JobId = early, Reason = "Later" }, "admin");
        await app.DrainAsync();

        await NextAsync(routine, Boxes("true"), arrows);
        var move = await PlanAsync(routine);
        (await CountsAsync(move)).Should().Equal(("Moves", "Checked", 2));
        await BeginAsync(move);
        (await app.JobAsync(early)).Paused.Should().BeTrue();
        (await app.CheckAsync()).Should().BeEmpty();

        var incident = (await app.IncidentsAsync(job)).Single(i => i.Status == IncidentStatus.Open);
        await app.SendAsync(new Crm.Routines.Features.Incidents.RetryIncidentsCommand { Ids = [incident.Id] }, "admin");
        await app.DrainAsync();
        await app.FinishAsync((await app.StageAsync(job, "B")).Id);
        (await app.OpenStagesAsync(job)).Single().Title.Should().Be("End");
    }

    [Fact]
    public async Task What_happened_before_the_move_is_taken_in_on_the_old_version_and_what_comes_after_on_the_new_one()
    {
        var routine = await app.RoutineAsync("Race", [Stage("Call", ("outcomes", List("Yes", "No"))), Stage("Offer"), Stage("Archive"), Delay("Wait", "1.00:00:00")], ("Call", "Yes", "Offer"), ("Call", "No", "Archive"), ("Offer", "Done", "Wait"));
        var done = await app.StartAsync(routine);
        var ended = await app.StartAsync(routine);
        var timed = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(timed, "Call")).Id, "Yes");
        await app.FinishAsync((await app.StageAsync(timed, "Offer")).Id);
        await NextAsync(routine, [Stage("Call", ("outcomes", List("Ja", "Nein"))), Stage("Offer"), Stage("Archive"), Delay("Wait", "1.00:00:00"), Stage("After")], ("Call", "Ja", "Offer"), ("Call", "Nein", "Archive"), ("Offer", "Done", "Wait"), ("Wait", "Done", "After"));
        var move = await PlanAsync(routine);

        // Accepted, not yet taken in: a stage done by an outcome that the new version does not know, an end, a timer.
        await app.SendAsync(new FinishStageCommand { StageId = (await app.StageAsync(done, "Call")).Id, Outcome = "No" }, "nima");
        await app.SendAsync(new EndJobCommand { JobId = ended, Reason = "Enough" }, "admin");
        app.Clock.Advance(TimeSpan.FromHours(25));
        await app.InScopeAsync(sp => sp.GetRequiredService<TimerFirer>().FireAsync(app.Clock, default));
        await BeginAsync(move);

        (await app.OpenStagesAsync(done)).Single().Title.Should().Be("Archive");
        (await app.JobAsync(done)).VersionNumber.Should().Be(2);
        (await app.JobAsync(ended)).Status.Should().Be(JobStatus.Cancelled);
        (await app.JobAsync(ended)).VersionNumber.Should().Be(1);
        (await app.JobAsync(timed)).Status.Should().Be(JobStatus.Finished, "its moment came on the old version, where nothing lay behind it");
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_stage_that_is_ended_while_its_job_is_moved_is_taken_in_once_and_not_lost()
    {
        var routine = await app.RoutineAsync("Same time", [Stage("Call"), Stage("Offer")], ("Call", "Done", "Offer"));
        var jobs = new List<(Guid Job, Guid Stage)>();
        for (var i = 0; i < 12; i++)
        {
            var job = await app.StartAsync(routine);
            jobs.Add((job, (await app.StageAsync(job, "Call")).Id));
        }
        await NextAsync(routine, [Stage("Call"), Stage("Offer"), Stage("Sign")], ("Call", "Done", "Offer"), ("Offer", "Done", "Sign"));
        var move = await PlanAsync(routine);
        await app.SendAsync(new BeginMoveCommand(move), "admin");

        var told = 0;
        await Task.WhenAll(jobs.Select(async j =>
        {
            try
            {
                await app.SendAsync(new FinishStageCommand { StageId = j.Stage, Outcome = "Done" }, "nima");
            }
            catch (StaleRecord)
            {
                // The stage was drawn anew while it was being ended: the page shows it again.
                Interlocked.Increment(ref told);
                await app.SendAsync(new FinishStageCommand { StageId = j.Stage, Outcome = "Done" }, "nima");
            }
        }).Append(app.DrainAsync()));
        await app.DrainAsync();
        foreach (var (job, _) in jobs)
        {
            (await app.OpenStagesAsync(job)).Single().Title.Should().Be("Offer");
            (await app.JobAsync(job)).VersionNumber.Should().Be(2);
        }
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_started_routine_and_its_parent_find_each_other_after_both_were_moved()
    {
        var child = await app.RoutineAsync("Child", [Stage("Work")]);
        JsonObject Sub() => Box("Elsa.ExecuteWorkflow", "Sub", ("workflowDefinitionId", Value(child.ToString())), ("waitForCompletion", Value(true, "Literal", "Boolean")));
        var parent = await app.RoutineAsync("Parent", [Sub(), Stage("End")], ("Sub", "Done", "End"));
        var job = await app.StartAsync(parent);
        var started = (await app.QueryAsync<Guid>("select id from routines.jobs where parent_job_id = @job", new { job })).Single();
        await NextAsync(child, [Stage("Work"), Stage("Check")], ("Work", "Done", "Check"));
        await NextAsync(parent, [Sub(), Stage("Thank"), Stage("End")], ("Sub", "Done", "Thank"), ("Thank", "Done", "End"));
        foreach (var routine in new[] { child, parent }) await BeginAsync(await PlanAsync(routine));
        await app.FinishAsync((await app.StageAsync(started, "Work")).Id);
        await app.FinishAsync((await app.StageAsync(started, "Check")).Id);
        (await app.OpenStagesAsync(job)).Single().Title.Should().Be("Thank");
    }

    [Fact]
    public async Task Only_chosen_jobs_move_and_only_who_may()
    {
        var routine = await app.RoutineAsync("Chosen few", [Stage("Call")]);
        var one = await app.StartAsync(routine);
        var other = await app.StartAsync(routine);
        await NextAsync(routine, [Stage("Call"), Stage("Sign")], ("Call", "Done", "Sign"));
        var refused = () => app.SendAsync(new PlanMoveCommand { RoutineId = routine }, "nima");
        await refused.Should().ThrowAsync<Forbidden>();

        var admin = await OwnerAsync();
        var url = $"/routines/{await DefinitionAsync(routine)}/move?job={one}";
        await admin.OpenAsync(url);
        admin.Text.Should().Contain("Chosen few – Pars Lift");
        await admin.SubmitAsync(url, []);
        admin.Location.Should().StartWith("/routines/moves/");
        var move = Guid.Parse(admin.Location![^36..]);
        await app.DrainAsync();
        await BeginAsync(move);
        (await app.JobAsync(one)).VersionNumber.Should().Be(2);
        (await app.JobAsync(other)).VersionNumber.Should().Be(1);
        var again = () => app.SendAsync(new BeginMoveCommand(move), "admin");
        (await again.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("move.done");
    }

    // ---- kit

    private async Task<Crm.Testing.Browse> AdminAsync()
    {
        var browse = app.Anonymous("fa");
        await browse.SignInAsync("admin", Crm.Testing.CrmApp.Password);
        return browse;
    }

    /// <summary>Somebody who may do all with routines and reads English.</summary>
    private async Task<Crm.Testing.Browse> OwnerAsync()
    {
        if ((await app.QueryAsync<int>("select 1 from platform.users where user_name = 'owner'")).Count == 0)
        {
            var all = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(s => s.Permissions).Select(p => p.Key).Where(k => k.StartsWith("routines.", StringComparison.Ordinal) || k.StartsWith("contacts.", StringComparison.Ordinal)).ToList()));
            var role = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Owners", Permissions = all });
            await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "owner", Name = "Olga Owner", Password = Crm.Testing.CrmApp.Password, RoleIds = [role], Language = "en" });
        }

        // Anew each time: other tests let days pass, and with them sessions.
        var browse = app.Anonymous();
        await browse.SignInAsync("owner", Crm.Testing.CrmApp.Password);
        return browse;
    }

    private Task<string> DefinitionAsync(Guid routine) => app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<RoutineDefinition>().Where(r => r.Id == routine).Select(r => r.DefinitionId).SingleAsync());

    /// <summary>Draws and publishes the next version.</summary>
    private async Task NextAsync(Guid routine, IEnumerable<JsonObject> boxes, params (string From, string Port, string To)[] arrows)
    {
        var (id, name) = await app.InScopeAsync(async sp =>
        {
            var found = await sp.GetRequiredService<RoutinesDb>().Set<RoutineDefinition>().SingleAsync(r => r.Id == routine);
            return (found.DefinitionId, found.Name);
        });
        var definition = new JsonObject
        {
            ["definitionId"] = id, ["name"] = name, ["version"] = 2, ["variables"] = new JsonArray(),
            ["root"] = new JsonObject
            {
                ["type"] = "Elsa.Flowchart", ["id"] = "flow", ["version"] = 1, ["activities"] = new JsonArray([.. boxes.Select(b => (JsonNode)b)]),
                ["connections"] = new JsonArray([.. arrows.Select(a => (JsonNode)new JsonObject { ["source"] = new JsonObject { ["activity"] = a.From, ["port"] = a.Port }, ["target"] = new JsonObject { ["activity"] = a.To, ["port"] = "In" } })]),
            },
        };
        (await app.SendAsync(new ImportRoutineCommand(definition.ToJsonString()))).RoutineId.Should().Be(routine);
        await app.SendAsync(new PublishRoutineCommand(routine));
    }

    private async Task<Guid> PlanAsync(Guid routine, Dictionary<string, string>? choices = null)
    {
        var id = await app.SendAsync(new PlanMoveCommand { RoutineId = routine, Choices = choices ?? [] }, "admin");
        await DoneAsync();
        return id;
    }

    private async Task BeginAsync(Guid move)
    {
        await app.SendAsync(new BeginMoveCommand(move), "admin");
        await DoneAsync();
    }

    private async Task DoneAsync()
    {
        await app.DrainAsync();
        (await app.QueryAsync<string>("select key || ' ' || coalesce(problem::text, '') from platform.background_work where problem is not null or failures > 0")).Should().BeEmpty();
    }

    private Task<List<(string Verdict, string Status, int Count)>> CountsAsync(Guid move) => app.InScopeAsync(async sp =>
        (await sp.GetRequiredService<RoutinesDb>().Set<MovedJob>().Where(m => m.MoveId == move).GroupBy(m => new { m.Verdict, m.Status }).Select(g => new { g.Key.Verdict, g.Key.Status, Count = g.Count() }).ToListAsync())
        .Select(g => (g.Verdict.ToString(), g.Status.ToString(), g.Count)).ToList());
}
