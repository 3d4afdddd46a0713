using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.AddContact;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.EditRole;
using Crm.Routines;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Features.Simulate;
using Crm.Routines.Simulating;
using Crm.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

/// <summary>Drawings tried out before they are let loose on customers: one job step by step, or hundreds on a virtual clock.</summary>
public sealed class DryRunTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task A_test_run_shows_step_by_step_what_would_be_and_does_nothing()
    {
        var template = await TemplateAsync("Dear {{contact.name}}, we call you.");
        var form = await app.SendAsync(new Crm.Routines.Features.Forms.SaveFormCommand { Name = "Dry " + Guid.CreateVersion7(), Fields = [new() { Name = "floors", Label = "Floors", Kind = FieldKind.Number, Required = true }] });
        var routine = await app.RoutineAsync("Dry", [
            Stage("Call", ("entryTemplate", template.ToString()), ("entryTo", "Customer"), ("formId", form.ToString()), ("outcomes", List("Interested", "No"))), If("Big", "answers.floors > 10"), Stage("Visit"), Delay("Rest", "2.00:00:00")],
            ("Call", "Interested", "Big"), ("Big", "True", "Visit"), ("Big", "False", "Rest"));
        var url = $"/routines/{await DefinitionAsync(routine)}/test";
        var before = await RowsAsync();
        var owner = await OwnerAsync();

        await owner.OpenAsync(url);
        await owner.SubmitAsync(url, [("Contact", app.Customer.ToString())]);
        owner.Text.Should().Contain("Dear Pars Lift, we call you.").And.Contain("Interested").And.Contain("Floors");
        await ClickAsync(owner, url, "Interested");
        owner.Text.Should().Contain("Please fill in “Floors”.");
        await ClickAsync(owner, url, "Interested", ("Command.Answers[floors]", "12"));
        owner.Text.Should().Contain("“Call” ends: Interested").And.Contain("Visit").And.Contain("answers.floors");
        await ClickAsync(owner, url, "back");
        await ClickAsync(owner, url, "Interested", ("Command.Answers[floors]", "3"));
        owner.Text.Should().Contain("Let time pass until");
        await ClickAsync(owner, url, "time");
        owner.Text.Should().Contain("The job is over").And.Contain("Time passes");
        (await RowsAsync()).Should().Equal(before, "nothing is opened, sent or kept");
    }

    [Fact]
    public async Task A_simulation_counts_messages_tasks_stuck_jobs_and_dead_branches_and_the_same_seed_gives_the_same_bytes()
    {
        var template = await TemplateAsync("Dear {{contact.name}}");
        var routine = await app.RoutineAsync("Simulated", [
            Stage("Call", ("who", "Role"), ("roleId", app.Role.ToString()), ("hours", 4), ("outcomes", List("Yes", "No", "Never")), ("entryTemplate", template.ToString()), ("entryTo", "Customer")),
            Stage("Offer", ("who", "Persons"), ("userIds", List(app.Laleh.ToString())), ("hours", 8)), Box("Elsa.Event", "Paid", ("eventName", Value("paid"))), Stage("Lost")],
            ("Call", "Yes", "Offer"), ("Offer", "Done", "Paid"), ("Call", "Never", "Lost"));
        for (var i = 0; i < 30; i++)
        {
            var customer = await app.SendAsync(new AddContactCommand { Kind = ContactKind.Company, CompanyName = $"Simulated {i} {Guid.CreateVersion7()}", OwnerId = app.Laleh });
            await app.InScopeAsync(async sp =>
            {
                // Recorded jobs: only their customers and their moments are read.
                var db = sp.GetRequiredService<RoutinesDb>();
                var version = (await db.Set<RoutineDefinition>().SingleAsync(r => r.Id == routine)).PublishedVersionId!.Value;
                db.Add(new Job(Guid.CreateVersion7(), routine, version, 1, "Simulated", "Old", customer, Branches.HeadOffice, 900_000 + i) { StartedAt = app.Clock.GetUtcNow().AddDays(-30 + i), Status = JobStatus.Finished });
                return await db.SaveChangesAsync();
            });
        }

        var before = await RowsAsync();
        async Task<string> SimulateAsync(long seed)
        {
            var id = await app.SendAsync(new StartSimulationCommand
            {
                DefinitionId = await DefinitionAsync(routine), Customers = SimulationCustomers.OfThisRoutine, Count = 25, From = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).AddDays(-60), To = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime), Days = 60, Seed = seed, SmsCost = 500,
                Weights = [new() { Activity = "Call", Outcome = "Yes", Weight = 2 }, new() { Activity = "Call", Outcome = "No", Weight = 1 }, new() { Activity = "Call", Outcome = "Never", Weight = 0 }],
            }, "admin");
            await app.DrainAsync();
            (await app.QueryAsync<string>("select key from platform.background_work where problem is not null or failures > 0")).Should().BeEmpty();
            last = id;
            return (await app.QueryAsync<string>("select report from routines.simulations where id = @id", new { id })).Single();
        }

        var first = await SimulateAsync(7);
        (await SimulateAsync(7)).Should().Be(first);
        (await SimulateAsync(8)).Should().NotBe(first);
        (await RowsAsync()).Should().Equal(before, "all effects are dry");

        var report = SimulationReport.Read(first);
        report.Jobs.Should().Be(25);
        (report.Finished + report.StuckJobs).Should().Be(25);
        report.Finished.Should().BeGreaterThan(0);
        var call = report.Stages.Single(s => s.Title == "Call");
        call.Outcomes.Sum(o => o.Count).Should().Be(25);
        report.Stuck.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Title = "Paid", Reason = "Waits for the event “{0}”", Args = new[] { "paid" }, Count = call.Outcomes.Single(o => o.Name == "Yes").Count });
        report.DeadBoxes.Select(d => d.From).Should().Equal("Lost");
        report.DeadArrows.Should().ContainSingle().Which.Should().BeEquivalentTo(new { From = "Call", Outcome = "Never", To = "Lost" });
        report.Messages.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Channel = "sms", Count = 25, Parts = 25, Cost = 12_500L });
        report.People.Sum(p => p.Tasks).Should().Be(25 + call.Outcomes.Single(o => o.Name == "Yes").Count);
        report.People.Select(p => p.User).Should().BeSubsetOf([app.Nima, app.Laleh]);
        report.Days.Sum(d => d.Tasks).Should().Be(report.People.Sum(p => p.Tasks));

        var owner = await OwnerAsync();
        await owner.OpenAsync($"/routines/simulations/{last}");
        owner.Text.Should().Contain("Stuck jobs").And.Contain("Waits for the event “paid”").And.Contain("from “Call” by “Never” to “Lost”").And.Contain("Given weights").And.Contain("12,500");
    }

    private Guid last;

    [Fact]
    public async Task Durations_and_outcomes_are_drawn_from_what_was_recorded()
    {
        var routine = await app.RoutineAsync("Recorded", [Stage("Call", ("outcomes", List("Yes", "No")))]);
        for (var i = 0; i < 6; i++)
        {
            var job = await app.StartAsync(routine);
            await app.FinishAsync((await app.StageAsync(job, "Call")).Id, "No");
        }

        var id = await app.SendAsync(new StartSimulationCommand { DefinitionId = await DefinitionAsync(routine), Customers = SimulationCustomers.OfThisRoutine, Count = 10, From = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).AddDays(-2), To = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).AddDays(2) }, "admin");
        await app.DrainAsync();
        var report = SimulationReport.Read((await app.QueryAsync<string>("select report from routines.simulations where id = @id", new { id })).Single());
        report.Jobs.Should().Be(6);
        var call = report.Stages.Single();
        (call.Source, call.Cases).Should().Be((SimulationSource.History, 6));
        call.Outcomes.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Name = "No", Count = 6 });
    }

    [Fact]
    public async Task What_is_typed_wrongly_is_said_beside_the_field_and_who_may_not_draw_may_not_simulate()
    {
        var routine = await app.RoutineAsync("Refused", [Stage("Call")]);
        var url = $"/routines/{await DefinitionAsync(routine)}/simulate";
        var owner = await OwnerAsync();
        await owner.OpenAsync(url);
        await owner.SubmitAsync(url, [("Command.Count", "0"), ("Command.From", "2026-05-01"), ("Command.To", "2026-01-01")]);
        ((int)owner.Status).Should().Be(422);
        owner.Text.Should().Contain("The period ends before it begins");
        var nima = await app.As("nima");
        await nima.OpenAsync(url);
        ((int)nima.Status).Should().Be(403);
    }

    // ---- kit

    private async Task<Browse> OwnerAsync()
    {
        if ((await app.QueryAsync<int>("select 1 from platform.users where user_name = 'owner'")).Count == 0)
        {
            var all = await app.InScopeAsync(sp => Task.FromResult(sp.GetServices<IPermissionSource>().SelectMany(s => s.Permissions).Select(p => p.Key).Where(k => k.StartsWith("routines.", StringComparison.Ordinal) || k.StartsWith("contacts.", StringComparison.Ordinal)).ToList()));
            var role = await app.SendAsync(new SaveRoleCommand { Name = "Owners", Permissions = all });
            await app.SendAsync(new AddUserCommand { UserName = "owner", Name = "Olga Owner", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        }

        var browse = app.Anonymous();
        await browse.SignInAsync("owner", CrmApp.Password);
        return browse;
    }

    /// <summary>Presses the button whose value holds the word.</summary>
    private static async Task ClickAsync(Browse browse, string url, string word, params (string Name, string? Value)[] typed)
    {
        var act = Regex.Matches(browse.Html, "name=\"Act\" value=\"([^\"]*)\"").Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value)).First(v => v == word || v.EndsWith("|" + word, StringComparison.Ordinal));
        await browse.SubmitAsync(url, [("Act", act), .. typed], $"value=\"{System.Net.WebUtility.HtmlEncode(act)}\"");
    }

    private Task<Guid> TemplateAsync(string body) => app.SendAsync(new SaveTemplateCommand { Name = "Dry " + Guid.CreateVersion7(), Channel = MessageChannel.Sms, Category = MessageCategory.Service, Language = "en", Body = body });

    private Task<string> DefinitionAsync(Guid routine) => app.InScopeAsync(sp => sp.GetRequiredService<RoutinesDb>().Set<RoutineDefinition>().Where(r => r.Id == routine).Select(r => r.DefinitionId).SingleAsync());

    /// <summary>How much there is of what real jobs leave behind.</summary>
    private async Task<IReadOnlyList<long>> RowsAsync() => await app.QueryAsync<long>("""
        select count(*) from routines.jobs union all select count(*) from routines.stage_items union all select count(*) from routines.journal union all select count(*) from routines.stimuli
        union all select count(*) from routines.calls union all select count(*) from routines.bookmarks union all select count(*) from messaging.messages union all select count(*) from tasks.work_tasks
        """);
}
