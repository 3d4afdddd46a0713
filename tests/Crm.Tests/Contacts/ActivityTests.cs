using System.Text.Json.Nodes;
using Crm.Contacts.Activities;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

public sealed class ActivityTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task Status_rank_type_and_role_are_changed()
    {
        var id = await Given.PersonAsync(app, "روال", "پیموده");
        var (status, rank, type, role) = (Given.Value(BaseLists.Status, 3), Given.Value(BaseLists.Rank, 1), Given.Value(BaseLists.Type, 2), Given.Value(BaseLists.Role, 3));
        (await RunAsync<ChangeStatus>(new ChangeStatusInput { Status = status.ToString() }, id)).Outcome.Should().Be(Outcome.Done);
        (await RunAsync<ChangeRank>(new ChangeRankInput { Rank = rank.ToString() }, id)).Outcome.Should().Be(Outcome.Done);
        (await RunAsync<ChangeType>(new ChangeTypeInput { ContactType = type.ToString() }, id)).Outcome.Should().Be(Outcome.Done);
        (await RunAsync<ChangeRole>(new ChangeRoleInput { Role = role.ToString() }, id)).Outcome.Should().Be(Outcome.Done);
        var row = (await app.QueryAsync<(Guid Status, Guid Rank, Guid Type, Guid[] Roles)>("select status_id, rank_id, type_id, role_ids from contacts.contacts where id = @id", new { id })).Single();
        (row.Status, row.Rank, row.Type).Should().Be((status, rank, type));
        row.Roles.Should().Equal(role);
        await RunAsync<ChangeRole>(new ChangeRoleInput { Role = role.ToString(), Remove = true }, id);
        (await app.QueryAsync<Guid[]>("select role_ids from contacts.contacts where id = @id", new { id })).Single().Should().BeEmpty();
    }

    [Fact]
    public async Task An_expert_is_assigned_or_there_is_nobody_to_assign()
    {
        var id = await Given.PersonAsync(app, "کارشناس", "بی‌نام");
        var reza = await app.UserIdAsync("reza");
        (await RunAsync<AssignExpert>(new AssignExpertInput(), id)).Outcome.Should().Be(AssignExpert.Nobody);
        (await RunAsync<AssignExpert>(new AssignExpertInput(), id, startedBy: reza)).Outcome.Should().Be(Outcome.Done);
        (await app.QueryAsync<Guid?>("select owner_id from contacts.contacts where id = @id", new { id })).Single().Should().Be(reza);
    }

    [Fact]
    public async Task A_repeat_of_the_same_execution_is_answered_and_not_done_again()
    {
        var id = await Given.PersonAsync(app, "یک‌بار", "بیشتر نه");
        var input = new LogCommunicationInput { Kind = Given.Value(BaseLists.CommunicationKind).ToString(), Text = "از روال ثبت شد" };
        var execution = Guid.CreateVersion7();
        var first = await RunAsync<LogCommunicationActivity>(input, id, execution: execution);
        var second = await RunAsync<LogCommunicationActivity>(input, id, execution: execution);
        first.Outcome.Should().Be(Outcome.Done);
        second.Outcome.Should().Be(Outcome.Done);
        second.Output!["communicationId"]!.GetValue<Guid>().Should().Be(first.Output!["communicationId"]!.GetValue<Guid>());
        (await app.QueryAsync<string>("select text from contacts.communications where contact_id = @id", new { id })).Should().Equal("از روال ثبت شد");
    }

    [Fact]
    public async Task A_follow_up_is_planned_for_the_expert_or_there_is_nobody()
    {
        var id = await Given.PersonAsync(app, "بی‌مسئول", "پیگیری‌دار", more: c => c with { OwnerId = null });
        var input = new PlanFollowUpInput { Kind = Given.Value(BaseLists.CommunicationKind).ToString(), Hours = 48, Text = "تماس" };
        (await RunAsync<PlanFollowUpActivity>(input, id)).Outcome.Should().Be(PlanFollowUpActivity.Nobody);
        var reza = await app.UserIdAsync("reza");
        await app.SendAsync(new Crm.Contacts.Features.ChangeContact.AssignExpertCommand(id, reza), "sara");
        (await RunAsync<PlanFollowUpActivity>(input, id)).Outcome.Should().Be(Outcome.Done);
        (await app.QueryAsync<Guid>("select assignee_id from contacts.follow_ups where contact_id = @id", new { id })).Should().Equal(reza);
    }

    [Fact]
    public async Task What_an_activity_can_not_do_is_an_error_with_its_reason()
    {
        await FluentActions.Awaiting(() => RunAsync<ChangeStatus>(new ChangeStatusInput { Status = "gone" }, Guid.CreateVersion7())).Should().ThrowAsync<InvalidInput>();
        await FluentActions.Awaiting(() => RunAsync<ChangeStatus>(new ChangeStatusInput { Status = Given.Value(BaseLists.Status).ToString() }, Guid.CreateVersion7())).Should().ThrowAsync<NotFound>();
        await FluentActions.Awaiting(() => RunAsync<ChangeStatus>(new ChangeStatusInput { Status = Given.Value(BaseLists.Status).ToString() }, null)).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public void A_trigger_means_the_change_and_not_the_state()
    {
        var trigger = new ContactChangedTrigger();
        var status = Guid.CreateVersion7().ToString();
        JsonObject Told(params string[] changed) => new() { ["kind"] = "person", ["statusId"] = status, ["roles"] = new JsonArray(), ["changed"] = new JsonArray([.. changed.Select(c => (JsonNode)c)]) };
        trigger.Matches([], Told("phones")).Should().BeTrue();
        trigger.Matches(new() { ["Status"] = status }, Told("statusId")).Should().BeTrue();
        trigger.Matches(new() { ["status"] = status }, Told("phones")).Should().BeFalse("the telephone changed, not the status");
        trigger.Matches(new() { ["status"] = Guid.CreateVersion7().ToString() }, Told("statusId")).Should().BeFalse();
        trigger.Matches(new() { ["field"] = "rankId" }, Told("statusId")).Should().BeFalse();
        new ContactCreatedTrigger().Matches(new() { ["kind"] = "company" }, Told()).Should().BeFalse();
        new ContactCreatedTrigger().Matches(new() { ["kind"] = "person", ["status"] = "" }, Told()).Should().BeTrue();
    }

    private Task<ActivityResult> RunAsync<T>(object input, Guid? contact, Guid? startedBy = null, Guid? execution = null) where T : class, IActivity => app.InScopeAsync(async sp =>
    {
        var activity = sp.GetServices<IActivity>().OfType<T>().Single();
        var context = new ActivityContext
        {
            ExecutionId = execution ?? Guid.CreateVersion7(), JobId = Guid.CreateVersion7(), JobNumber = 1, JobTitle = "آزمون", ContactId = contact, BranchId = Branches.HeadOffice, StartedBy = startedBy,
            Agents = [], Data = [], Now = app.Clock.GetUtcNow(),
        };
        ActivityResult? ran = null;
        // As the runtime does it: effect and answer in one transaction, by the execution's id.
        var answer = await Inbox.OnceAsync(sp.GetRequiredService<ContactsDb>(), "test-activity", context.ExecutionId, async ct =>
        {
            ran = await activity.RunAsync(input, context, ct);
            return new JsonObject { ["outcome"] = ran.Outcome!.Name, ["output"] = ran.Output?.DeepClone() }.ToJsonString();
        }, default);
        var kept = JsonNode.Parse(answer!)!.AsObject();
        var outcome = activity.Outcomes.Single(o => o.Name == (string)kept["outcome"]!);
        return ActivityResult.Go(outcome, kept["output"]?.DeepClone().AsObject());
    });
}
