using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Domain;
using Crm.Routines.Features.DoStage;
using Crm.Routines.Features.Forms;
using Crm.Tasks.Contracts;
using Microsoft.Extensions.DependencyInjection;
using static Crm.Tests.Routines.RoutinesApp;

namespace Crm.Tests.Routines;

public sealed class StageTests(RoutinesApp app) : IClassFixture<RoutinesApp>
{
    [Fact]
    public async Task A_stage_of_a_role_stands_in_everybodys_worklist_until_one_takes_it()
    {
        var routine = await app.RoutineAsync("Role", [Stage("Anybody", ("who", "Role"), ("roleId", app.Role.ToString()))]);
        var stage = await app.StageAsync(await app.StartAsync(routine), "Anybody");
        (await WorklistAsync("nima")).Should().Contain(stage.Id);
        (await WorklistAsync("laleh")).Should().Contain(stage.Id);

        await app.SendAsync(new TakeStageCommand(stage.Id), "laleh");

        (await WorklistAsync("nima")).Should().NotContain(stage.Id);
        (await WorklistAsync("laleh")).Should().Contain(stage.Id);
        var late = () => app.SendAsync(new FinishStageCommand { StageId = stage.Id, Outcome = "Done" }, "nima");
        await late.Should().ThrowAsync<Forbidden>();
    }

    [Fact]
    public async Task A_stage_handed_over_is_the_colleagues_work()
    {
        var routine = await app.RoutineAsync("Hand over", [Stage("Call")]);
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Call");
        await app.SendAsync(new HandOverStageCommand { StageId = stage.Id, UserId = app.Laleh, Why = "I am away" }, "nima");
        await app.DrainAsync();
        (await WorklistAsync("laleh")).Should().Contain(stage.Id);
        (await WorklistAsync("nima")).Should().NotContain(stage.Id);
        await app.FinishAsync(stage.Id, user: "laleh");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
    }

    [Fact]
    public async Task A_stage_goes_to_whoever_did_another_one_to_the_expert_or_to_all_agents()
    {
        var routine = await app.RoutineAsync("People", [Stage("First", ("who", "Agents")), Stage("Again", ("who", "DoerOfStage"), ("doerOf", "First")), Stage("Expert", ("who", "Expert"))], ("First", "Done", "Again"), ("Again", "Done", "Expert"));
        var job = await app.StartAsync(routine, "nima", null, app.Nima, app.Laleh);
        var first = await app.StageAsync(job, "First");
        first.UserIds.Should().BeEquivalentTo([app.Nima, app.Laleh]);
        await app.FinishAsync(first.Id, user: "laleh");
        var again = await app.StageAsync(job, "Again");
        again.UserIds.Should().Equal(app.Laleh);
        await app.FinishAsync(again.Id, user: "laleh");
        (await app.StageAsync(job, "Expert")).UserIds.Should().Equal(app.Laleh);
    }

    [Fact]
    public async Task A_stage_chosen_then_waits_until_somebody_of_the_list_is_chosen()
    {
        var routine = await app.RoutineAsync("Chosen", [Stage("Plan"), Stage("Build", ("who", "ChosenThen"), ("userIds", List(app.Laleh.ToString())))], ("Plan", "Done", "Build"));
        var job = await app.StartAsync(routine);
        await app.FinishAsync((await app.StageAsync(job, "Plan")).Id);
        var build = await app.StageAsync(job, "Build");
        var early = () => app.FinishAsync(build.Id);
        (await early.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("stage.choose");
        var other = () => app.SendAsync(new HandOverStageCommand { StageId = build.Id, UserId = app.Nima }, "nima");
        await other.Should().ThrowAsync<InvalidInput>();
        await app.SendAsync(new HandOverStageCommand { StageId = build.Id, UserId = app.Laleh }, "nima");
        await app.FinishAsync(build.Id, user: "laleh");
        (await app.JobAsync(job)).Status.Should().Be(JobStatus.Finished);
    }

    [Fact]
    public async Task Lateness_counts_working_time_and_alarms_come_before_at_and_after_it()
    {
        var routine = await app.RoutineAsync("Late", [Stage("Slow", ("hours", 10), ("alarmBefore", 2), ("alarmAfter", 3))]);
        var stage = await app.StageAsync(await app.StartAsync(routine), "Slow");
        var due = await app.InScopeAsync(sp => sp.GetRequiredService<IWorkingTime>().AddAsync(app.Clock.GetUtcNow(), TimeSpan.FromHours(10), default));
        stage.DueAt.Should().Be(due);
        due.Should().BeAfter(app.Clock.GetUtcNow() + TimeSpan.FromHours(10), "the evening between is no working time");

        await app.AdvanceAsync(due - app.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        (await AlarmsAsync(stage.Id)).Should().Equal("“{0}” is due soon");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await AlarmsAsync(stage.Id)).Should().Contain("“{0}” is late from now on");
        await app.AdvanceAsync(TimeSpan.FromDays(3));
        (await AlarmsAsync(stage.Id)).Should().Equal("“{0}” is due soon", "“{0}” is late from now on", "“{0}” is still not done");
    }

    [Fact]
    public async Task A_stage_done_in_time_raises_no_alarm()
    {
        var routine = await app.RoutineAsync("In time", [Stage("Quick", ("hours", 2))]);
        var stage = await app.StageAsync(await app.StartAsync(routine), "Quick");
        await app.FinishAsync(stage.Id);
        await app.AdvanceAsync(TimeSpan.FromDays(2));
        (await AlarmsAsync(stage.Id)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_customer_gets_a_new_status_when_the_stage_is_done_and_the_next_stage_sees_it()
    {
        var status = (await app.InScopeAsync(sp => sp.GetRequiredService<IBaseDataDirectory>().ListAsync("contact-status", default)))[^1];
        var routine = await app.RoutineAsync("Status", [Stage("Close", ("statusId", status.Id.ToString()))]);
        await app.FinishAsync((await app.StageAsync(await app.StartAsync(routine), "Close")).Id);
        var data = await app.InScopeAsync(sp => sp.GetRequiredService<IContactDirectory>().DataAsync(app.Customer, default));
        Crm.Routines.Runtime.JobData.IdOf(data!["statusId"]).Should().Be(status.Id);
    }

    [Fact]
    public async Task A_stage_can_be_done_from_a_communication_that_was_logged()
    {
        var routine = await app.RoutineAsync("Communication", [Stage("Phone", ("outcomes", List("Interested", "No")), ("who", "Expert")), Stage("Visit")], ("Phone", "Interested", "Visit"));
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Phone");
        await app.InScopeAsync(async sp =>
        {
            sp.GetRequiredService<IEventSink>().Tell(new CommunicationLogged(Guid.CreateVersion7(), app.Customer, app.Laleh, job, stage.Id, "Interested"));
            await sp.GetRequiredService<Crm.Routines.Data.RoutinesDb>().SaveChangesAsync();
            return 0;
        });
        await app.DrainAsync();
        (await app.OpenStagesAsync(job)).Select(s => s.Title).Should().Equal("Visit");
    }

    [Fact]
    public async Task A_message_of_a_stage_names_the_job_and_the_stage()
    {
        var template = await app.SendAsync(new Crm.Messaging.Features.EditTemplate.SaveTemplateCommand { Name = "Job " + Guid.CreateVersion7(), Channel = Crm.Messaging.Domain.MessageChannel.Sms, Category = Crm.Messaging.Domain.MessageCategory.Service, Language = "en", Body = "Job {{job.number}}, {{stage.title}}" });
        var customer = await app.SendAsync(new Crm.Contacts.Features.AddContact.AddContactCommand { Kind = Crm.Contacts.Domain.ContactKind.Company, CompanyName = "Message", OwnerId = app.Laleh, Phones = [new() { Number = "09121112233" }] });
        var job = await app.StartAsync(await app.RoutineAsync("Message", [Stage("Survey", ("entryTemplate", template.ToString()), ("entryTo", "Customer"))]), contact: customer);
        await app.DrainAsync();
        var number = (await app.JobAsync(job)).Number;
        (await app.QueryAsync<string>("select body from messaging.messages where job_id = @job", new { job })).Should().Equal($"Job {number}, Survey");
    }

    [Fact]
    public async Task The_page_shows_the_customer_takes_the_answers_and_tells_the_slower_one_who_was_faster()
    {
        var form = await app.SendAsync(new SaveFormCommand { Name = "Page " + Guid.CreateVersion7(), Fields = [new() { Name = "price", Label = "Price", Kind = FieldKind.Money, Required = true }, new() { Name = "note", Label = "Remark", Kind = FieldKind.Text }] });
        var routine = await app.RoutineAsync("Page", [Stage("Offer", ("formId", form.ToString()), ("instructions", "Ask for the shaft."), ("outcomes", List("Accepted", "Refused")), ("who", "Role"), ("roleId", app.Role.ToString()))]);
        var job = await app.StartAsync(routine);
        var stage = await app.StageAsync(job, "Offer");
        var url = $"/jobs/stages/{stage.Id}";
        var nima = await app.As("nima");
        var laleh = await app.As("laleh");

        await nima.OpenAsync(url);
        nima.Text.Should().Contain("Pars Lift").And.Contain("Ask for the shaft.").And.Contain("Price");
        await laleh.OpenAsync(url);

        await nima.SubmitAsync(url, [("Command.Outcome", "Accepted"), ("Command.Answers[note]", "Before noon")], $"action=\"{url}?handler=Finish\"");
        nima.Text.Should().Contain("Please fill in").And.Contain("Offer");
        nima.Html.Should().Contain("Before noon");
        await nima.SubmitAsync(url, [("Command.Outcome", "Accepted"), ("Command.Answers[price]", "۲۵٬۰۰۰٬۰۰۰")], $"action=\"{url}?handler=Finish\"");
        nima.Location.Should().Be("/worklist");
        await app.DrainAsync();

        await laleh.SubmitAsync(url, [("Command.Outcome", "Refused"), ("Command.Answers[price]", "1000"), ("Command.Answers[note]", "My long remark")], $"action=\"{url}?handler=Finish\"");
        ((int)laleh.Status).Should().Be(409);
        laleh.Text.Should().Contain("Nima finished this stage: Accepted").And.Contain("My long remark");

        await laleh.OpenAsync($"/jobs/{job}");
        laleh.Text.Should().Contain("Finished").And.Contain("25,000,000");
    }

    private Task<Guid> CustomerAsync(string name, string? mobile = null) => app.SendAsync(new Crm.Contacts.Features.AddContact.AddContactCommand
    {
        Kind = Crm.Contacts.Domain.ContactKind.Company, CompanyName = $"{name} {Guid.CreateVersion7()}", OwnerId = app.Laleh, Phones = mobile is null ? [] : [new() { Number = mobile }],
    });

    private Task<List<Guid>> WorklistAsync(string user) => app.InScopeAsync(async sp =>
        (await sp.GetServices<IWorklistSource>().Single(s => s.Key == "stages").LoadAsync(sp.GetRequiredService<ICurrentUser>().Access!, 500, default)).Select(i => i.Id).ToList(), user);

    private async Task<IReadOnlyList<string>> AlarmsAsync(Guid stage) =>
        await app.QueryAsync<string>("select text from platform.notifications where url = @url and text like '“%' and user_id = @user order by at, id", new { url = $"/jobs/stages/{stage}", user = app.Nima });
}
