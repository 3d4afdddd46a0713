using Crm.Core;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Routines.Features.Incidents;
using Crm.Routines.Features.JobSteering;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

public sealed class RuntimeTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task A_job_stands_at_its_first_stage_moves_on_when_it_is_done_and_ends()
    {
        var routine = await app.RoutineAsync("Two stages", [Stage("Visit"), Stage("Offer")], ("Visit", "Done", "Offer"));
        var job = await app.StartAsync(routine);

        var visit = (await app.OpenStagesAsync(job)).Should().ContainSingle().Subject;
        visit.Title.Should().Be("Visit");
        visit.UserIds.Should().Equal(app.Nima);
        (await app.JobAsync(job)).Title.Should().Be("Two stages – Pars Lift");

        await app.FinishAsync(visit.Id);
        var offer = await app.StageAsync(job, "Offer");
        await app.FinishAsync(offer.Id);

        var over = await app.JobAsync(job);
        over.Status.Should().Be(JobStatus.Finished);
        over.EndedAt.Should().Be(app.Clock.GetUtcNow());
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_decision_follows_what_was_answered_in_the_form()
    {
        var form = await app.SendAsync(new SaveFormCommand { Name = "Size " + Guid.CreateVersion7(), Fields = [new() { Name = "floors", Label = "Floors", Kind = FieldKind.Number, Required = true }] });
        var routine = await app.RoutineAsync("Decision", [Stage("Measure", ("formId", form.ToString())), If("Tall", "answers.floors > 5"), Stage("Engineer"), Stage("Technician")],
            ("Measure", "Done", "Tall"), ("Tall", "True", "Engineer"), ("Tall", "False", "Technician"));
        var job = await app.StartAsync(routine);
        var measure = await app.StageAsync(job, "Measure");

        var empty = () => app.FinishAsync(measure.Id);
        await empty.Should().ThrowAsync<InvalidInput>();
        await app.FinishAsync(measure.Id, answers: ("floors", "۱۲"));

        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Engineer");
    }

    [Fact]
    public async Task A_delay_goes_on_when_its_moment_comes_and_not_before()
    {
        var routine = await app.RoutineAsync("Delay", [Delay("Wait", "02:00:00"), Stage("Call")], ("Wait", "Done", "Call"));
        var job = await app.StartAsync(routine);
        await app.AdvanceAsync(TimeSpan.FromMinutes(119));
        (await app.OpenStagesAsync(job)).Should().BeEmpty();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Call");
    }

    [Fact]
    public async Task Two_hosts_hand_over_each_moment_once()
    {
        var routine = await app.RoutineAsync("Many delays", [Delay("Wait", "00:10:00"), Stage("Call")], ("Wait", "Done", "Call"));
        var jobs = new List<Guid>();
        for (var i = 0; i < 40; i++) jobs.Add(await app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = routine, ContactId = app.Customer }, "nima"));
        await app.DrainAsync();
        app.Clock.Advance(TimeSpan.FromMinutes(10));

        var hosts = Enumerable.Range(0, 2).Select(_ => OtherHost()).ToList();
        await Task.WhenAll(hosts.Select(h => h.DrainAsync(default)));

        foreach (var job in jobs) (await app.OpenStagesAsync(job)).Should().ContainSingle();
        (await app.QueryAsync<long>("select count(*) from routines.journal where job_id = any(@ids) and event = 'Resumed' and activity_id = 'Wait'", new { ids = jobs.ToArray() })).Single().Should().Be(40);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Two_hosts_that_reach_for_the_same_calls_answer_each_of_them_once()
    {
        var routine = await app.RoutineAsync("Many stages", [Stage("Look")]);
        var jobs = new List<Guid>();
        for (var i = 0; i < 60; i++) jobs.Add(await app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = routine, ContactId = app.Customer }, "nima"));

        // Four that know nothing of one another: each may read a call that another one is just ending.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => OtherHost().DrainAsync(default))));

        (await app.QueryAsync<long>("select count(*) from routines.journal where job_id = any(@ids) and event = 'Suspended' and activity_id = 'Look'", new { ids = jobs.ToArray() })).Single().Should().Be(60);
        (await app.QueryAsync<long>("select count(*) from routines.bookmarks where job_id = any(@ids)", new { ids = jobs.ToArray() })).Single().Should().Be(60);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Fifty_finish_one_stage_at_once_and_one_of_them_does_it()
    {
        var routine = await app.RoutineAsync("Race", [Stage("Decide", ("outcomes", List("Yes", "No")), ("mayEnd", "Anyone")), Stage("After yes"), Stage("After no")], ("Decide", "Yes", "After yes"), ("Decide", "No", "After no"));
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Decide");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async n =>
        {
            try
            {
                await app.SendAsync(new Crm.Routines.Features.DoStage.FinishStageCommand { StageId = stage.Id, Outcome = n % 2 == 0 ? "Yes" : "No" }, n % 3 == 0 ? "laleh" : "nima");
                return "won";
            }
            catch (Exception e) when (e is RuleBroken or StaleRecord)
            {
                return "told";
            }
        }));
        await app.DrainAsync();

        answers.Count(a => a == "won").Should().Be(1);
        answers.Count(a => a == "told").Should().Be(49);
        (await app.OpenStagesAsync(job)).Should().ContainSingle();
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_stage_that_is_done_while_its_time_runs_out_and_while_its_job_is_ended_has_one_outcome_and_nobody_is_left_in_doubt()
    {
        // The stage races with its time: whoever comes first opens what follows, once.
        var race = await app.RoutineAsync("Against time", [Stage("Answer"), Delay("Time", "01:00:00"), Box("Elsa.FlowFork", "Fork", ("branches", Value(List("A", "B")))), Box("Elsa.FlowJoin", "First", ("mode", Value("WaitAny"))), Stage("After")],
            ("Fork", "A", "Answer"), ("Fork", "B", "Time"), ("Answer", "Done", "First"), ("Time", "Done", "First"), ("First", "Done", "After"));
        Guid[] jobs = [.. await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = race, ContactId = app.Customer }, "nima")))];
        await app.DrainAsync();
        var open = await Task.WhenAll(jobs.Select(j => app.StageAsync(j, "Answer")));
        app.Clock.Advance(TimeSpan.FromHours(1));
        var done = Task.WhenAll(open.Select(s => TryAsync(() => app.SendAsync(new Crm.Routines.Features.DoStage.FinishStageCommand { StageId = s.Id, Outcome = "Done" }, "nima"))));
        await Task.WhenAll(done, Task.Run(() => OtherHost().DrainAsync(default)), Task.Run(() => OtherHost().DrainAsync(default)));
        await app.DrainAsync();
        foreach (var job in jobs)
        {
            (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("After");
            (await app.QueryAsync<long>("select count(*) from routines.journal where job_id = @job and activity_id = 'After' and event = 'Started'", new { job })).Single().Should().Be(1);
        }

        // Done and ended at the same moment: both say yes, or the later one is told why not; the job is over either way.
        var plain = await app.RoutineAsync("Ended meanwhile", [Stage("Last"), Stage("Never")], ("Last", "Done", "Never"));
        foreach (var _ in Enumerable.Range(0, 5))
        {
            var job = await app.StartAsync(plain);
            var stage = await app.StageAsync(job, "Last");
            var said = await Task.WhenAll(
                TryAsync(() => app.SendAsync(new Crm.Routines.Features.DoStage.FinishStageCommand { StageId = stage.Id, Outcome = "Done" }, "nima")),
                TryAsync(() => app.SendAsync(new Crm.Routines.Features.JobSteering.EndJobCommand { JobId = job, Reason = "Enough" })));
            await app.DrainAsync();
            said[1].Should().BeTrue("nothing keeps a job from being ended");
            (await app.JobAsync(job)).Status.Should().Be(JobStatus.Cancelled);
            (await app.OpenStagesAsync(job)).Should().BeEmpty();
            (await app.QueryAsync<string>("select status from routines.stage_items where id = @id", new { id = stage.Id })).Single().Should().Be(said[0] ? "Done" : "Cancelled");
        }

        (await app.CheckAsync()).Should().BeEmpty();

        static async Task<bool> TryAsync(Func<Task> act)
        {
            try
            {
                await act();
                return true;
            }
            catch (Exception e) when (e is RuleBroken or StaleRecord)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_rule_that_forbids_a_step_makes_an_incident_while_the_other_branch_goes_on_and_a_retry_mends_it()
    {
        var empty = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Nobody yet " + Guid.CreateVersion7(), Permissions = ["tasks.see"] });
        var routine = await app.RoutineAsync("Branches", [Box("Elsa.FlowFork", "Fork", ("branches", Value(List("A", "B")))), Lonely(empty), Stage("Other"), Stage("Later")],
            ("Fork", "A", "Lonely"), ("Fork", "B", "Other"), ("Other", "Done", "Later"));
        var job = await app.StartAsync(routine);

        var incident = (await app.IncidentsAsync(job)).Should().ContainSingle().Subject;
        incident.Status.Should().Be(IncidentStatus.Open);
        incident.Message.Should().Contain("Lonely");
        await app.FinishAsync((await app.StageAsync(job, "Other")).Id);
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Later");

        await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "new" + Random.Shared.Next(), Name = "New one", Password = Crm.Testing.CrmApp.Password, RoleIds = [empty] });
        (await app.SendAsync(new RetryIncidentsCommand { Ids = [incident.Id] }, "admin")).Should().Be(1);
        await app.DrainAsync();

        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Later");
        (await app.QueryAsync<int>("select count(*)::int from tasks.work_tasks where job_id = @job", new { job })).Should().Equal(1);
        (await app.IncidentsAsync(job)).Single().Status.Should().Be(IncidentStatus.Retried);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_job_goes_on_past_an_incident_by_the_outcome_a_person_chooses()
    {
        var empty = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Nobody " + Guid.CreateVersion7() });
        var routine = await app.RoutineAsync("Past it", [Lonely(empty), Stage("After no")], ("Lonely", "Cancelled", "After no"));
        var job = await app.StartAsync(routine);
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Faulted);

        await app.SendAsync(new PassIncidentCommand { Id = (await app.IncidentsAsync(job)).Single().Id, Outcome = "Cancelled" }, "admin");
        await app.DrainAsync();

        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("After no");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Running);
    }

    [Fact]
    public async Task A_suspended_job_keeps_what_happens_and_takes_it_in_when_it_is_resumed()
    {
        var routine = await app.RoutineAsync("Suspend", [Delay("Wait", "01:00:00"), Stage("Call")], ("Wait", "Done", "Call"));
        var job = await app.StartAsync(routine);
        await app.SendAsync(new SuspendJobCommand { JobId = job, Reason = "Customer is away" }, "admin");
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        (await app.OpenStagesAsync(job)).Should().BeEmpty();
        (await app.CheckAsync()).Should().BeEmpty();

        await app.SendAsync(new ResumeJobCommand(job), "admin");
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Should().ContainSingle();
    }

    [Fact]
    public async Task Ending_a_job_takes_its_open_stages_back()
    {
        var routine = await app.RoutineAsync("End", [Stage("Visit")]);
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Visit");
        await app.SendAsync(new EndJobCommand { JobId = job, Reason = "Customer said no" }, "admin");
        await app.DrainAsync();

        var over = await app.JobAsync(job);
        over.Status.Should().Be(JobStatus.Cancelled);
        over.EndedBecause.Should().Be("Customer said no");
        (await app.OpenStagesAsync(job)).Should().BeEmpty();
        var late = () => app.FinishAsync(stage.Id);
        (await late.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("stage.cancelled");
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task The_box_end_job_ends_it_with_all_branches()
    {
        var routine = await app.RoutineAsync("End box", [Box("Elsa.FlowFork", "Fork", ("branches", Value(List("A", "B")))), Stage("Long"), Stage("Short"), Box(EndJob.TypeName, "Stop", ("reason", Value("Enough")))],
            ("Fork", "A", "Long"), ("Fork", "B", "Short"), ("Short", "Done", "Stop"));
        var job = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(job, "Short")).Id);
        (await app.JobAsync(job)).EndedBecause.Should().Be("Enough");
        (await app.OpenStagesAsync(job)).Should().BeEmpty();
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_parent_waits_for_the_job_it_started_and_ending_the_parent_ends_the_child()
    {
        var child = await app.RoutineAsync("Child", [Stage("Inner")]);
        var parent = await app.RoutineAsync("Parent", [Box("Elsa.ExecuteWorkflow", "Sub", ("workflowDefinitionId", Value(child.ToString())), ("waitForCompletion", Value(true, "Literal", "Boolean"))), Stage("Outer")], ("Sub", "Done", "Outer"));
        var job = await app.StartAsync(parent);
        var inner = (await app.QueryAsync<Guid>("select id from routines.jobs where parent_job_id = @job", new { job })).Should().ContainSingle().Subject;
        await app.FinishAsync((await app.StageAsync(inner, "Inner")).Id);
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Outer");

        var second = await app.StartAsync(parent);
        var innerOfSecond = (await app.QueryAsync<Guid>("select id from routines.jobs where parent_job_id = @second", new { second })).Single();
        await app.SendAsync(new EndJobCommand { JobId = second, Reason = "No more" }, "admin");
        await app.DrainAsync();
        (await app.JobAsync(innerOfSecond)).Status.Should().Be(JobStatus.Cancelled);
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_published_event_carries_on_every_job_that_waits_for_it()
    {
        var name = "paid-" + Guid.CreateVersion7().ToString("n");
        var waiting = await app.RoutineAsync("Waiting", [Box("Elsa.Event", "Paid", ("eventName", Value(name))), Stage("Thank")], ("Paid", "Done", "Thank"));
        var telling = await app.RoutineAsync("Telling", [Box("Elsa.PublishEvent", "Tell", ("eventName", Value(name)))]);
        var first = await app.StartAsync(waiting);
        var second = await app.StartAsync(waiting);
        await app.StartAsync(telling);
        (await app.OpenStagesAsync(first)).Should().ContainSingle();
        (await app.OpenStagesAsync(second)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_loop_without_waiting_is_stopped_with_an_incident()
    {
        var routine = await app.RoutineAsync("Loop", [Box("Elsa.WriteLine", "A", ("text", Value("a"))), Box("Elsa.WriteLine", "B", ("text", Value("b")))], ("A", "Done", "B"), ("B", "Done", "A"));
        var job = await app.StartAsync(routine);
        (await app.IncidentsAsync(job)).Should().ContainSingle().Which.Kind.Should().Be(Crm.Workflows.IncidentKind.StepLimit);
    }

    [Fact]
    public async Task A_stimulus_that_cannot_be_read_is_put_aside_with_an_incident_and_the_others_go_on()
    {
        var routine = await app.RoutineAsync("Poison", [Stage("Visit"), Stage("Next")], ("Visit", "Done", "Next"));
        var sick = await app.StartAsync(routine);
        var well = await app.StartAsync(routine);
        await app.QueryAsync<int>("insert into routines.stimuli (job_id, body, ready, at, attempts) values (@sick, 'Nonsense {}', true, now(), 0) returning 1", new { sick });
        await app.FinishAsync((await app.StageAsync(well, "Visit")).Id);
        (await app.OpenStagesAsync(well)).Select(s => s.Title).Should().Equal("Next");
        (await app.QueryAsync<int>("select attempts from routines.stimuli where job_id = @sick", new { sick })).Should().Equal([1], "the second try is due later, without anybody waiting for it");
        (await app.IncidentsAsync(sick)).Should().BeEmpty();

        for (var tries = 2; tries <= 5; tries++) await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        (await app.IncidentsAsync(sick)).Should().ContainSingle();
        (await app.QueryAsync<(int, bool)>("select attempts, ready from routines.stimuli where job_id = @sick", new { sick })).Should().Equal((5, false));
        await app.QueryAsync<int>("delete from routines.stimuli where job_id = @sick returning 1", new { sick });
    }

    [Fact]
    public async Task A_happening_starts_the_routine_that_is_bound_to_it_once_and_for_the_right_kind_of_customer_only()
    {
        var routine = await app.RoutineAsync("Welcome", [Stage("Greet", ("who", "Expert"))]);
        await app.SendAsync(new Crm.Routines.Definitions.SaveBindingCommand { RoutineId = routine, Purpose = Crm.Routines.Definitions.RoutinePurpose.Sale, Start = Crm.Routines.Definitions.RoutineStart.Trigger, Trigger = "Crm.ContactCreated" });
        var contact = await app.SendAsync(new Crm.Contacts.Features.AddContact.AddContactCommand { Kind = Crm.Contacts.Domain.ContactKind.Company, CompanyName = "New Tower " + Guid.CreateVersion7(), OwnerId = app.Laleh });
        await app.DrainAsync();
        await app.DrainAsync();

        var job = (await app.QueryAsync<Guid>("select id from routines.jobs where routine_id = @routine and contact_id = @contact", new { routine, contact })).Should().ContainSingle().Subject;
        (await app.StageAsync(job, "Greet")).UserIds.Should().Equal(app.Laleh);
        await app.QueryAsync<int>("delete from routines.triggers where routine_id = @routine returning 1", new { routine });
    }

    [Fact]
    public async Task A_schedule_starts_one_job_at_each_of_its_moments()
    {
        var routine = await app.RoutineAsync("Daily", [Stage("Report", ("who", "Persons"), ("userIds", List(app.Nima.ToString())))]);
        await app.SendAsync(new Crm.Routines.Definitions.SaveBindingCommand { RoutineId = routine, Start = Crm.Routines.Definitions.RoutineStart.Schedule, Cron = "0 8 * * *" });
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        (await app.QueryAsync<long>("select count(*) from routines.jobs where routine_id = @routine", new { routine })).Single().Should().Be(2);
        await app.QueryAsync<int>("delete from routines.triggers where routine_id = @routine returning 1", new { routine });
    }

    [Fact]
    public async Task A_clock_that_is_put_forward_and_back_makes_nothing_happen_twice_and_leaves_nothing_out()
    {
        // Fault 10: by two hours, forward and back.
        var routine = await app.RoutineAsync("By the clock", [Delay("Wait", "01:00:00"), Stage("Call")], ("Wait", "Done", "Call"));
        var hourly = await app.RoutineAsync("Hourly", [Stage("Report", ("who", "Persons"), ("userIds", List(app.Nima.ToString())))]);
        await app.SendAsync(new Crm.Routines.Definitions.SaveBindingCommand { RoutineId = hourly, Start = Crm.Routines.Definitions.RoutineStart.Schedule, Cron = "0 * * * *" });
        var start = app.Clock.GetUtcNow();
        var first = await app.StartAsync(routine);

        app.Clock.Set(start + TimeSpan.FromHours(2));
        await app.DrainAsync();
        (await CallsAsync(first)).Should().Be(1);
        (await ReportsAsync()).Should().Be(1, "moments that were slept through start one job");

        app.Clock.Set(start);
        await app.DrainAsync();
        var second = await app.StartAsync(routine);
        (await app.OpenStagesAsync(second)).Should().BeEmpty();
        await app.AdvanceAsync(TimeSpan.FromMinutes(59));
        (await CallsAsync(second)).Should().Be(0);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await CallsAsync(second)).Should().Be(1);
        await app.AdvanceAsync(TimeSpan.FromMinutes(59));
        (await ReportsAsync()).Should().Be(1, "the hours that the clock goes through again were told already");
        await app.AdvanceAsync(TimeSpan.FromMinutes(61));
        (await ReportsAsync()).Should().Be(2);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        (await ReportsAsync()).Should().Be(3);
        foreach (var job in new[] { first, second }) (await CallsAsync(job)).Should().Be(1);

        // A call of a job that was due at once before the clock was put back is due at once after it.
        app.Clock.Advance(TimeSpan.FromHours(2));
        var third = await app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = await app.RoutineAsync("At once", [Stage("Call")]), ContactId = app.Customer }, "nima");
        await app.InScopeAsync(sp => sp.GetRequiredService<BurstRunner>().RunAsync(16, app.Clock.GetUtcNow(), third, default));
        app.Clock.Set(app.Clock.GetUtcNow() - TimeSpan.FromHours(2));
        await app.DrainAsync();
        (await CallsAsync(third)).Should().Be(1);
        await app.QueryAsync<int>("delete from routines.triggers where routine_id = @hourly returning 1", new { hourly });
        (await app.CheckAsync()).Should().BeEmpty();

        async Task<int> CallsAsync(Guid job) => (await app.QueryAsync<int>("select count(*)::int from routines.stage_items where job_id = @job and title = 'Call'", new { job })).Single();
        async Task<int> ReportsAsync() => (await app.QueryAsync<int>("select count(*)::int from routines.jobs where routine_id = @hourly", new { hourly })).Single();
    }

    [Fact]
    public async Task A_crowd_of_waiting_jobs_that_is_signalled_at_once_goes_on_to_the_last_and_no_transaction_takes_more_than_its_share()
    {
        // Faults 6 and 10: by an event and by a moment that has come for all of them, on two hosts.
        const int crowd = 400;
        var name = "crowd-" + Guid.CreateVersion7().ToString("n");
        var waiting = await app.RoutineAsync("Crowd at an event", [Box("Elsa.Event", "Signal", ("eventName", Value(name)))]);
        var timed = await app.RoutineAsync("Crowd at a moment", [Delay("Signal", "01:00:00")]);
        foreach (var routine in new[] { waiting, timed }) await Crm.Testing.WaitingJobs.CopyAsync(app.ConnectionString, await app.StartAsync(routine), crowd - 1);
        (await app.CheckAsync()).Should().BeEmpty();
        await app.SendAsync(new Crm.Routines.Features.StartJob.StartJobCommand { RoutineId = await app.RoutineAsync("Signals", [Box("Elsa.PublishEvent", "Tell", ("eventName", Value(name)))]), ContactId = app.Customer }, "nima");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await Task.WhenAll(Task.Run(() => OtherHost().DrainAsync(default)), Task.Run(() => OtherHost().DrainAsync(default)));
        await app.DrainAsync();

        foreach (var routine in new[] { waiting, timed })
        {
            (await app.QueryAsync<(string, long)>("select status, count(*) from routines.jobs where routine_id = @routine group by status", new { routine })).Should().Equal(("Finished", crowd));
            (await app.QueryAsync<long>("select count(*) from routines.journal e join routines.jobs j on j.id = e.job_id where j.routine_id = @routine and e.event = 'Resumed' and e.activity_id = 'Signal'", new { routine })).Single().Should().Be(crowd);
            var share = (await app.QueryAsync<long>("select max(n) from (select count(*) as n from routines.job_states s join routines.jobs j on j.id = s.job_id where j.routine_id = @routine group by s.xmin) x", new { routine })).Single();
            share.Should().BeLessThanOrEqualTo(app.Services.GetRequiredService<RuntimeOptions>().JobsPerBurst, "a burst drains in small transactions, so that others get their turn");
        }

        (await app.CheckAsync()).Should().BeEmpty();
    }

    private RuntimePump OtherHost() => ActivatorUtilities.CreateInstance<RuntimePump>(app.Services,
        ActivatorUtilities.CreateInstance<BurstRunner>(app.Services), ActivatorUtilities.CreateInstance<CallRunner>(app.Services), ActivatorUtilities.CreateInstance<TimerFirer>(app.Services));
}
