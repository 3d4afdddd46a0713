using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Features.EditUser;
using Crm.Platform.Features.Leaves;
using Crm.Platform.Features.Organisation;
using Crm.Platform.Features.Units;
using Crm.Platform.Features.WorkingTime;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Tasks.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

/// <summary>Stages that find their people through the organisation chart, deputies, nobody there, approvals, and moments that move with the working calendar.</summary>
public sealed class StagePeopleTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    private DateOnly Today => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(app.Clock.GetUtcNow(), Zones.Find(null)).DateTime);

    [Fact]
    public async Task A_stage_of_a_vacant_post_waits_visibly_with_an_alarm_and_goes_to_whoever_comes()
    {
        var post = await PostAsync("Vacant");
        var routine = await app.RoutineAsync("Vacant post", [Stage("Sign", ("who", "Post"), ("postId", post.ToString()), ("hours", 4))]);
        var job = await app.StartAsync(routine);

        var stage = await app.StageAsync(job, "Sign");
        stage.UserIds.Should().BeEmpty();
        stage.NobodySince.Should().NotBeNull();
        (await app.IncidentsAsync(job)).Should().BeEmpty("the job waits, it did not fail");
        (await app.CheckAsync()).Should().BeEmpty();
        (await app.QueryAsync<string>("select text from platform.notifications n join platform.users u on u.id = n.user_id where u.user_name = 'admin' and n.url = @url", new { url = $"/jobs/stages/{stage.Id}" })).Should().Contain("Nobody is there to do “{0}”. It waits until it is given to somebody.");
        var admin = await BossAsync();
        await admin.OpenAsync($"/jobs/{job}");
        admin.Text.Should().Contain("Nobody is there to do it");
        await admin.OpenAsync("/jobs?show=nobody");
        admin.Text.Should().Contain("Nobody there");

        await app.SendAsync(new AddHolderCommand { PostId = post, UserId = app.Laleh, From = Today });
        await app.DrainAsync();

        stage = await app.StageAsync(job, "Sign");
        stage.UserIds.Should().Equal(app.Laleh);
        stage.NobodySince.Should().BeNull();
        (await WorklistAsync("laleh")).Should().ContainKey(stage.Id);
        await app.FinishAsync(stage.Id, user: "laleh");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
        await admin.OpenAsync($"/jobs/{job}");
        admin.Text.Should().Contain("given to Laleh, who is there now");
    }

    [Fact]
    public async Task A_holder_who_begins_later_gets_the_stage_on_the_day()
    {
        var post = await PostAsync("Later");
        await app.SendAsync(new AddHolderCommand { PostId = post, UserId = app.Nima, From = Today.AddDays(3) });
        var routine = await app.RoutineAsync("Later", [Stage("Plan", ("who", "Post"), ("postId", post.ToString()))]);
        var job = await app.StartAsync(routine);
        (await app.StageAsync(job, "Plan")).NobodySince.Should().NotBeNull();
        await app.AdvanceAsync(TimeSpan.FromDays(3));
        await app.InScopeAsync(async sp =>
        {
            await sp.GetServices<IScheduledJob>().Single(j => j.Key == "routines.seek-people").RunAsync(default);
            return 0;
        });
        (await app.StageAsync(job, "Plan")).UserIds.Should().Equal(app.Nima);
    }

    [Fact]
    public async Task What_nobody_took_yet_goes_with_the_post_into_other_hands()
    {
        var post = await PostAsync("Handed");
        var holder = await app.SendAsync(new AddHolderCommand { PostId = post, UserId = app.Nima, From = Today.AddDays(-10) });
        await app.DrainAsync();
        var routine = await app.RoutineAsync("Handed", [Stage("Post", ("who", "Post"), ("postId", post.ToString()))]);
        var (open, taken) = (await app.StageAsync(await app.StartAsync(routine), "Post"), await app.StageAsync(await app.StartAsync(routine), "Post"));
        await app.SendAsync(new HandOverStageCommand { StageId = taken.Id, UserId = app.Nima }, "nima");

        await app.SendAsync(new EndHolderCommand { Id = holder, Until = Today.AddDays(-1) });
        await app.DrainAsync();
        (await app.StageAsync(open.JobId, "Post")).NobodySince.Should().NotBeNull("the post is vacant");
        await app.SendAsync(new AddHolderCommand { PostId = post, UserId = app.Laleh, From = Today });
        await app.DrainAsync();

        (await app.StageAsync(open.JobId, "Post")).UserIds.Should().Equal(app.Laleh);
        (await app.StageAsync(taken.JobId, "Post")).UserIds.Should().Equal([app.Nima], "it was given to him by hand");
    }

    [Fact]
    public async Task By_hand_it_is_given_to_several_and_the_history_says_who_gave_it()
    {
        var routine = await app.RoutineAsync("By hand", [Stage("Count", ("who", "Post"), ("postId", (await PostAsync("Empty")).ToString()))]);
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Count");
        var forbidden = () => app.SendAsync(new AssignStageCommand { StageId = stage.Id, UserIds = [app.Nima] }, "nima");
        await forbidden.Should().ThrowAsync<Forbidden>();

        var admin = await BossAsync();
        await admin.OpenAsync($"/jobs/stages/{stage.Id}");
        admin.Text.Should().Contain("Nobody is there to do this stage since");
        await admin.PostAsync($"/jobs/stages/{stage.Id}", [("Assign.UserIds", app.Nima.ToString()), ("Assign.UserIds", app.Laleh.ToString()), ("Assign.Why", "Stock-taking")], action: "handler=Assign");
        await app.DrainAsync();

        (await WorklistAsync("nima")).Should().ContainKey(stage.Id);
        (await WorklistAsync("laleh")).Should().ContainKey(stage.Id);
        await admin.OpenAsync($"/jobs/stages/{stage.Id}");
        admin.Text.Should().Contain("gave it to Nima, Laleh (Stock-taking)");
        await app.FinishAsync(stage.Id, user: "laleh");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
    }

    [Fact]
    public async Task Superiors_and_heads_of_those_who_did_another_stage_or_care_for_the_customer_are_found()
    {
        var (unit, chief) = await UnitAsync("Service");
        var worker = await PostAsync("Worker", unit, chief);
        await app.SendAsync(new AddHolderCommand { PostId = chief, UserId = app.Laleh, From = Today });
        await app.SendAsync(new AddHolderCommand { PostId = worker, UserId = app.Nima, From = Today });
        await app.DrainAsync();
        var routine = await app.RoutineAsync("Superior",
            [Stage("Work"), Stage("Check", ("who", "SuperiorOfDoer"), ("doerOf", "Work")), Stage("Head", ("who", "HeadOfDoersUnit"), ("doerOf", "Work")), Stage("Unit", ("who", "HeadOfUnit"), ("unitId", unit.ToString())), Stage("Expert", ("who", "SuperiorOfExpert"))],
            ("Work", "Done", "Check"), ("Check", "Done", "Head"), ("Head", "Done", "Unit"), ("Unit", "Done", "Expert"));
        var job = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(job, "Work")).Id);
        foreach (var title in (string[])["Check", "Head", "Unit"])
        {
            var stage = await app.StageAsync(job, title);
            stage.UserIds.Should().Equal([app.Laleh], title);
            await app.FinishAsync(stage.Id, user: "laleh");
        }

        (await app.StageAsync(job, "Expert")).NobodySince.Should().NotBeNull("the expert leads the top unit, so nobody is above");
    }

    [Fact]
    public async Task While_somebody_is_away_the_deputy_has_the_work_and_does_it_for_him()
    {
        var role = await app.RoutineAsync("Role away", [Stage("Anybody", ("who", "Role"), ("roleId", app.Role.ToString()))]);
        var routine = await app.RoutineAsync("Away", [Stage("Call", ("who", "Persons"), ("userIds", List(app.Nima.ToString()))), Stage("Again", ("who", "DoerOfStage"), ("doerOf", "Call"))], ("Call", "Done", "Again"));
        var before = await app.StageAsync(await app.StartAsync(routine), "Call");
        var deputy = await DeputyAsync("parisa");
        (await WorklistAsync("parisa")).Should().NotContainKey(before.Id);

        var leave = await app.SendAsync(new SaveLeaveCommand { From = Today, Until = Today.AddDays(2), DeputyId = deputy }, "nima");
        await app.DrainAsync();

        var job = await app.StartAsync(routine, "laleh");
        var stage = await app.StageAsync(job, "Call");
        var list = await WorklistAsync("parisa");
        list.Should().ContainKeys(before.Id, stage.Id);
        list[before.Id].Detail.Should().EndWith("for Nima");
        (await app.QueryAsync<Guid>("select user_id from platform.notifications where url = @url and text like 'A stage waits%'", new { url = $"/jobs/stages/{stage.Id}" })).Should().Equal(deputy);
        var anybody = await app.StageAsync(await app.StartAsync(role, "laleh"), "Anybody");
        (await WorklistAsync("parisa")).Should().ContainKey(anybody.Id, "it is her own role too");
        var rare = await app.SendAsync(new Crm.Platform.Features.EditRole.SaveRoleCommand { Name = "Rare " + Guid.CreateVersion7() });
        var omid = await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "omid", Name = "Omid", Password = Crm.Testing.CrmApp.Password, RoleIds = [app.Role, rare], Language = "en" });
        await app.SendAsync(new SaveLeaveCommand { UserId = omid, From = Today, Until = Today, DeputyId = deputy });
        var his = await app.StageAsync(await app.StartAsync(await app.RoutineAsync("Rare", [Stage("Rare", ("who", "Role"), ("roleId", rare.ToString()))]), "laleh"), "Rare");
        (await WorklistAsync("parisa"))[his.Id].Detail.Should().EndWith("for Omid", "a role that somebody away has is looked after too");

        var parisa = await SignInAsync("parisa");
        await parisa.OpenAsync($"/jobs/stages/{stage.Id}");
        parisa.Text.Should().Contain("You do this for Nima, who is away.").And.Contain("Parisa for Nima");
        await app.FinishAsync(stage.Id, user: "parisa");
        (await app.StageAsync(job, "Again")).UserIds.Should().Equal([app.Nima], "it is his work still");
        await parisa.OpenAsync($"/jobs/stages/{stage.Id}");
        parisa.Text.Should().Contain("Parisa for Nima finished this stage");

        await app.SendAsync(new DeleteLeaveCommand(leave), "nima");
        (await WorklistAsync("parisa")).Should().NotContainKey(before.Id);
        var late = () => app.FinishAsync(before.Id, user: "parisa");
        await late.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task A_deputy_of_one_post_has_the_work_of_that_post_only()
    {
        var post = await PostAsync("Cashier");
        await app.SendAsync(new AddHolderCommand { PostId = post, UserId = app.Laleh, From = Today });
        var deputy = await DeputyAsync("sima");
        await app.DrainAsync();
        await app.SendAsync(new SaveLeaveCommand { UserId = app.Laleh, From = Today, Until = Today, DeputyId = deputy, PostId = post });
        var through = await app.StageAsync(await app.StartAsync(await app.RoutineAsync("Cash", [Stage("Pay", ("who", "Post"), ("postId", post.ToString()))])), "Pay");
        var own = await app.StageAsync(await app.StartAsync(await app.RoutineAsync("Own", [Stage("Own", ("who", "Persons"), ("userIds", List(app.Laleh.ToString())))])), "Own");
        var list = await WorklistAsync("sima");
        list.Should().ContainKey(through.Id).And.NotContainKey(own.Id);
        await app.FinishAsync(through.Id, user: "sima");
        var foreign = () => app.FinishAsync(own.Id, user: "sima");
        await foreign.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task When_the_only_one_who_has_it_leaves_the_stage_stands_open_for_those_in_charge()
    {
        var goes = await DeputyAsync("goli");
        var job = await app.StartAsync(await app.RoutineAsync("Leaves", [Stage("Alone", ("who", "Persons"), ("userIds", List(goes.ToString())))]));
        await app.SendAsync(new SetUserActiveCommand(goes, false));
        await app.DrainAsync();
        (await app.StageAsync(job, "Alone")).NobodySince.Should().NotBeNull();
        await app.SendAsync(new SetUserActiveCommand(goes, true));
        await app.DrainAsync();
        (await app.StageAsync(job, "Alone")).NobodySince.Should().BeNull();
    }

    [Fact]
    public async Task One_agrees_all_agree_or_a_number_of_them_and_whoever_refuses_says_why()
    {
        var third = await DeputyAsync("taha");
        var all = List(app.Nima.ToString(), app.Laleh.ToString(), third.ToString());
        async Task<(Guid Job, StageItem Item)> AskAsync(string name, params (string, System.Text.Json.Nodes.JsonNode?)[] more)
        {
            var routine = await app.RoutineAsync(name, [Approve("Budget", [("userIds", Value(all.DeepClone())), .. more.Select(m => (m.Item1, (System.Text.Json.Nodes.JsonNode?)Value(m.Item2)))]), Stage("Buy", ("who", "Expert")), Stage("Drop", ("who", "Expert"))], ("Budget", "Approved", "Buy"), ("Budget", "Rejected", "Drop"));
            var job = await app.StartAsync(routine);
            return (job, await app.StageAsync(job, "Budget"));
        }

        async Task<string> StandsAsync(Guid job) => string.Join(',', (await app.OpenStagesAsync(job)).Select(s => s.Title));

        var one = await AskAsync("One");
        await app.FinishAsync(one.Item.Id, "Approved", "laleh");
        (await StandsAsync(one.Job)).Should().Be("Buy");

        var every = await AskAsync("All", ("needed", "All"));
        await app.FinishAsync(every.Item.Id, "Approved", "nima");
        (await StandsAsync(every.Job)).Should().Be("Budget");
        (await WorklistAsync("nima")).Should().NotContainKey(every.Item.Id, "he has said his word");
        var twice = () => app.FinishAsync(every.Item.Id, "Approved", "nima");
        await twice.Should().ThrowAsync<Forbidden>();
        var mute = () => app.FinishAsync(every.Item.Id, "Rejected", "laleh");
        (await mute.Should().ThrowAsync<InvalidInput>()).Which.Fields[0].Message.Should().Be("Say why you refuse.");
        await app.SendAsync(new FinishStageCommand { StageId = every.Item.Id, Outcome = "Rejected", Note = "Too dear" }, "laleh");
        await app.DrainAsync();
        (await StandsAsync(every.Job)).Should().Be("Drop", "one refusal decides");
        var page = await SignInAsync("laleh");
        await page.OpenAsync($"/jobs/{every.Job}");
        page.Text.Should().Contain("Nima agreed").And.Contain("Laleh refused: Too dear");

        var two = await AskAsync("Two", ("needed", "Several"), ("number", 2), ("oneRefuses", false));
        await app.SendAsync(new FinishStageCommand { StageId = two.Item.Id, Outcome = "Rejected", Note = "No" }, "laleh");
        await app.FinishAsync(two.Item.Id, "Approved", "nima");
        (await StandsAsync(two.Job)).Should().Be("Budget");
        await app.FinishAsync(two.Item.Id, "Approved", "taha");
        (await StandsAsync(two.Job)).Should().Be("Buy");
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task An_approval_whose_time_is_over_goes_on_by_itself()
    {
        var routine = await app.RoutineAsync("Timeout", [Approve("Discount", [("userIds", Value(List(app.Laleh.ToString()))), ("hours", Value(2))]), Stage("Remind", ("who", "Expert"))], ("Discount", "Timeout", "Remind"));
        var job = await app.StartAsync(routine);
        var due = (await app.StageAsync(job, "Discount")).DueAt!.Value;
        await app.AdvanceAsync(due - app.Clock.GetUtcNow());
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Remind");
    }

    [Fact]
    public async Task A_closure_moves_deadlines_alarms_and_waits_says_why_and_moves_them_back_when_it_is_taken_back()
    {
        var fork = await app.RoutineAsync("Closure both", [Box("Elsa.FlowFork", "fork", ("branches", Value(List("a", "b"), "Object"))), Stage("Visit", ("hours", 40), ("alarmBefore", 2)), Box(Crm.Routines.Activities.WaitForWorkingTime.TypeName, "Wait", ("for", Value("WorkingDays")), ("amount", Value(4))), Stage("After")],
            ("fork", "a", "Visit"), ("fork", "b", "Wait"), ("Wait", "Done", "After"));
        var job = await app.StartAsync(fork);
        var stage = await app.StageAsync(job, "Visit");
        var wait = await WaitAsync(job);
        var alarm = await AlarmAsync(stage.Id);
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddDaysAsync(app.Clock.GetUtcNow(), 1, stage.BranchId, default)), Zones.Find(null)).DateTime);

        var closure = await app.SendAsync(new AddClosureCommand { From = day, Title = "Air pollution" });
        await app.DrainAsync();

        var moved = await app.StageAsync(job, "Visit");
        moved.DueAt.Should().BeAfter(stage.DueAt!.Value);
        moved.DueAt.Should().Be(await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddAsync(stage.OpenedAt, TimeSpan.FromHours(40), stage.BranchId, default)));
        (await AlarmAsync(stage.Id)).Should().BeAfter(alarm);
        (await WaitAsync(job)).Should().BeAfter(wait);
        var admin = await BossAsync();
        await admin.OpenAsync($"/jobs/{job}");
        admin.Text.Should().Contain("closed by decree: Air pollution");
        await admin.OpenAsync($"/jobs/stages/{stage.Id}");
        admin.Text.Should().Contain("closed by decree: Air pollution");
        (await EventsAsync(stage.Id)).Should().Be(1);

        // Nothing else changed: reckoning again moves nothing and says nothing.
        await app.SendAsync(new AddClosureCommand { From = day.AddDays(-400), Title = "Long ago" });
        await app.DrainAsync();
        (await EventsAsync(stage.Id)).Should().Be(1);

        await app.SendAsync(new TakeBackClosureCommand(closure));
        await app.DrainAsync();
        (await app.StageAsync(job, "Visit")).DueAt.Should().Be(stage.DueAt);
        (await AlarmAsync(stage.Id)).Should().Be(alarm);
        (await WaitAsync(job)).Should().Be(wait);
        (await EventsAsync(stage.Id)).Should().Be(2);

        await app.AdvanceAsync(wait - app.Clock.GetUtcNow());
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Contain("After");
        (await app.CheckAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_closure_says_what_it_would_move_before_it_is_entered_and_is_asked_about_again_when_it_is_another_one()
    {
        var job = await app.StartAsync(await app.RoutineAsync("Weighed", [Stage("Weighed visit", ("hours", 40))]));
        var stage = await app.StageAsync(job, "Weighed visit");
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddDaysAsync(app.Clock.GetUtcNow(), 1, stage.BranchId, default)), Zones.Find(null)).DateTime);
        var admin = await BossAsync();
        string On(DateOnly d) => d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Task<Crm.Testing.Browse> EnterAsync(DateOnly until, string? agreed) =>
            admin.PostAsync("/settings/working-time", [("Closure.Title", "Weighed snow"), ("Closure.From", On(day)), ("Closure.Until", On(until)), .. agreed is null ? [] : new[] { ("agreed", agreed) }], action: "handler=Closure");
        Task<IReadOnlyList<int>> EnteredAsync() => app.QueryAsync<int>("select 1 from platform.closures where title = 'Weighed snow' and taken_back_at is null");

        await EnterAsync(day, null);
        admin.Text.Should().Contain("Weighed visit").And.Contain("Enter it and move them");
        var agreed = System.Text.RegularExpressions.Regex.Match(admin.Html, "name=\"agreed\" value=\"([^\"]+)\"").Groups[1].Value;
        (await EnteredAsync()).Should().BeEmpty();
        (await app.StageAsync(job, "Weighed visit")).DueAt.Should().Be(stage.DueAt);

        await EnterAsync(day.AddDays(3), agreed);
        admin.Text.Should().Contain("Enter it and move them", "a longer closure is not the one that was agreed to");
        (await EnteredAsync()).Should().BeEmpty();

        await EnterAsync(day, agreed);
        (await EnteredAsync()).Should().HaveCount(1);
        await app.DrainAsync();
        (await app.StageAsync(job, "Weighed visit")).DueAt.Should().BeAfter(stage.DueAt!.Value);

        var closure = (await app.QueryAsync<Guid>("select id from platform.closures where title = 'Weighed snow'")).Single();
        await app.SendAsync(new TakeBackClosureCommand(closure));
        await app.DrainAsync();

        // What moves nothing is entered at once.
        await admin.PostAsync("/settings/working-time", [("Closure.Title", "Long gone"), ("Closure.From", "1990-01-03")], action: "handler=Closure");
        (await app.QueryAsync<Guid>("select id from platform.closures where title = 'Long gone'")).Should().HaveCount(1);
    }

    [Fact]
    public async Task A_closure_of_another_branch_moves_nothing()
    {
        var other = await app.SendAsync(new Crm.Platform.Features.BranchList.SaveBranchCommand { Name = "Shiraz " + Guid.CreateVersion7() });
        await app.DrainAsync();
        var job = await app.StartAsync(await app.RoutineAsync("Here", [Stage("Here", ("hours", 30))]));
        var stage = await app.StageAsync(job, "Here");
        await app.SendAsync(new AddClosureCommand { From = Today, Until = Today.AddDays(5), Title = "There", Place = $"b{other:N}" });
        await app.DrainAsync();
        (await app.StageAsync(job, "Here")).DueAt.Should().Be(stage.DueAt);
        var there = await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddAsync(stage.OpenedAt, TimeSpan.FromHours(30), other, default));
        there.Should().BeAfter(stage.DueAt!.Value);
    }

    [Fact]
    public async Task A_deputy_says_the_word_of_the_one_who_is_away_and_a_box_that_names_nobody_is_pointed_out()
    {
        var deputy = await DeputyAsync("kian");
        var away = await DeputyAsync("laya");
        await app.SendAsync(new SaveLeaveCommand { UserId = away, From = Today, Until = Today, DeputyId = deputy });
        var routine = await app.RoutineAsync("Away says", [Approve("Offer", [("userIds", Value(List(away.ToString(), app.Nima.ToString()))), ("needed", Value("All"))]), Approve("Empty", [])], ("Offer", "Approved", "Empty"));
        var job = await app.StartAsync(routine);
        var offer = await app.StageAsync(job, "Offer");
        await app.FinishAsync(offer.Id, "Approved", "kian");
        await app.FinishAsync(offer.Id, "Approved", "nima");
        (await app.StageAsync(job, "Empty")).NobodySince.Should().NotBeNull();
        var boss = await BossAsync();
        await boss.OpenAsync($"/jobs/{job}");
        boss.Text.Should().Contain("Kian for Laya agreed").And.Contain("Nima agreed");
        var definition = (await app.QueryAsync<string>("select definition_id from routines.routine_definitions where id = @routine", new { routine })).Single();
        await boss.OpenAsync($"/routines/{definition}");
        boss.Text.Should().Contain("“Empty” does not say who does it: choose under “Persons”.");
    }

    [Fact]
    public async Task The_chart_and_the_leaves_are_drawn_and_entered_in_the_browser()
    {
        var admin = await BossAsync();
        var (unit, _) = await UnitAsync("Chart");
        await admin.PostAsync("/organisation/posts/new", [("Command.Title", "Dispatcher"), ("Command.UnitId", unit.ToString())]);
        var post = admin.Location!;
        post.Should().StartWith("/organisation/posts/");
        await admin.PostAsync(post, [("Holder.UserId", app.Laleh.ToString()), ("Holder.From", "1405/01/01"), ("Holder.Until", "1404/01/01")], action: "handler=Holder");
        admin.Text.Should().Contain("This can't be before the first day.");
        await admin.PostAsync(post, [("Holder.UserId", app.Laleh.ToString()), ("Holder.From", "1400/01/01"), ("Holder.Until", "")], action: "handler=Holder");
        await app.DrainAsync();
        var laleh = await SignInAsync("laleh");
        await laleh.OpenAsync("/organisation");
        laleh.Text.Should().Contain("Dispatcher").And.Contain("Laleh");
        await laleh.PostAsync("/leave", [("Command.From", "1500/01/01"), ("Command.Until", "1500/01/05"), ("Command.DeputyId", app.Laleh.ToString())]);
        laleh.Text.Should().Contain("Nobody can stand in for himself.");
        await laleh.PostAsync("/leave", [("Command.From", "1500/01/01"), ("Command.Until", "1500/01/05"), ("Command.DeputyId", app.Nima.ToString())]);
        laleh.Location.Should().Be("/leave");
        await laleh.OpenAsync("/leave");
        laleh.Text.Should().Contain("to come").And.Contain("Nima");
        var nima = await SignInAsync("nima");
        (await nima.OpenAsync("/leave")).Text.Should().Contain("Laleh", "the deputy sees whom he stands in for");
        var foreign = () => app.SendAsync(new SaveLeaveCommand { UserId = app.Laleh, From = Today, Until = Today, DeputyId = app.Nima }, "nima");
        await foreign.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task A_routine_starts_by_the_Jalali_calendar_and_the_next_moments_are_shown_before()
    {
        var routine = await app.RoutineAsync("Month's end", [Stage("Close", ("who", "Persons"), ("userIds", List(app.Nima.ToString())))]);
        var definition = (await app.QueryAsync<string>("select definition_id from routines.routine_definitions where id = @routine", new { routine })).Single();
        var admin = await BossAsync();
        await admin.OpenAsync($"/routines/{definition}/bindings?handler=Preview&Command.Start=Schedule&Command.By=Jalali&Command.Times=08%3A00&Command.Days=L");
        admin.Text.Should().Contain("By the Jalali calendar: days of the month: the last day, at 08:00").And.Contain("The next moments:");
        await admin.PostAsync($"/routines/{definition}/bindings", [("Command.Start", "Schedule"), ("Command.By", "Jalali"), ("Command.Times", "8 o'clock"), ("Command.Days", "L")]);
        admin.Text.Should().Contain("Write times like 08:00, 14:30.");
        await admin.PostAsync($"/routines/{definition}/bindings", [("Command.Start", "Schedule"), ("Command.By", ""), ("Command.Times", "")]);
        admin.Text.Should().Contain("Choose how the schedule is said.").And.NotContain("This schedule can't be read");
        await admin.PostAsync($"/routines/{definition}/bindings", [("Command.Start", "Schedule"), ("Command.By", "Jalali"), ("Command.Times", "08:00"), ("Command.Days", "L")]);
        var due = (await app.QueryAsync<DateTime>("select due_at from routines.triggers where routine_id = @routine", new { routine })).Single();
        var local = TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(due, DateTimeKind.Utc), Zones.Find(null));
        Calendars.Parts(DateOnly.FromDateTime(local).AddDays(1), CalendarKind.Jalali).Day.Should().Be(1);
        await app.AdvanceAsync(new DateTimeOffset(due, TimeSpan.Zero) - app.Clock.GetUtcNow());
        (await app.QueryAsync<int>("select count(*)::int from routines.jobs where routine_id = @routine", new { routine })).Should().Equal(1);
    }

    // The clock moves by days here, and a session lasts sixteen hours.
    private async Task<Crm.Testing.Browse> SignInAsync(string user)
    {
        var browse = app.Anonymous();
        await browse.SignInAsync(user, Crm.Testing.CrmApp.Password);
        return browse;
    }

    /// <summary>An administrator who reads English.</summary>
    private async Task<Crm.Testing.Browse> BossAsync()
    {
        if ((await app.QueryAsync<int>("select 1 from platform.users where user_name = 'boss'")).Count == 0)
            await app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = "boss", Name = "Boss", Password = Crm.Testing.CrmApp.Password, RoleIds = [Crm.Platform.Domain.Role.Administrators], SeesAllBranches = true, Language = "en" });
        return await SignInAsync("boss");
    }

    private static System.Text.Json.Nodes.JsonObject Approve(string id, (string Name, System.Text.Json.Nodes.JsonNode? Value)[] inputs) => Box(Crm.Routines.Activities.Approve.TypeName, id, [("title", Value(id)), .. inputs]);

    private async Task<(Guid Unit, Guid Chief)> UnitAsync(string name)
    {
        var unit = await app.SendAsync(new SaveUnitCommand { Name = $"{name} {Guid.CreateVersion7()}" });
        return (unit, await app.SendAsync(new SavePostCommand { Title = "Chief", UnitId = unit, Leads = true }));
    }

    private async Task<Guid> PostAsync(string title, Guid? unit = null, Guid? reportsTo = null) =>
        await app.SendAsync(new SavePostCommand { Title = $"{title} {Guid.CreateVersion7()}", UnitId = unit ?? (await UnitAsync("Unit")).Unit, ReportsToId = reportsTo });

    private Task<Guid> DeputyAsync(string name)
    {
        var shown = char.ToUpperInvariant(name[0]) + name[1..];
        return app.SendAsync(new Crm.Platform.Features.AddUser.AddUserCommand { UserName = name, Name = shown, Password = Crm.Testing.CrmApp.Password, RoleIds = [app.Role], Language = "en" });
    }

    private Task<Dictionary<Guid, WorklistItem>> WorklistAsync(string user) => app.InScopeAsync(async sp =>
        (await sp.GetServices<IWorklistSource>().Single(s => s.Key == "stages").LoadAsync(sp.GetRequiredService<ICurrentUser>().Access!, 500, default)).ToDictionary(i => i.Id), user);

    private async Task<DateTimeOffset> WaitAsync(Guid job) => await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<WorkingWait>().Where(w => w.JobId == job).Select(w => w.DueAt).SingleAsync());

    private async Task<DateTimeOffset> AlarmAsync(Guid stage) => await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<StageAlarm>().Where(a => a.StageItemId == stage && a.Kind == AlarmKind.Before).Select(a => a.DueAt).SingleAsync());

    private async Task<int> EventsAsync(Guid stage) => await app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<StageEvent>().CountAsync(e => e.StageItemId == stage && e.Kind == StageEventKind.DueMoved));
}
