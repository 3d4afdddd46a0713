using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Tasks.Activities.OpenTask;
using Crm.Tasks.Activities.WaitForTask;
using Crm.Tasks.Data;
using Crm.Tasks.Features.CancelTask;
using Crm.Tasks.Features.CompleteTask;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Tasks;

public sealed class TaskActivityTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task Open_task_opens_one_task_however_often_it_is_run_and_goes_on_when_it_is_done()
    {
        var context = await ContextAsync("reza");
        var first = await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "کار از روال", Due = 8, Priority = Crm.Tasks.Domain.TaskPriority.High });
        var again = await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "کار از روال", Due = 8 });

        first.Outcome.Should().BeNull("it waits");
        again.WaitsFor.Should().Be(first.WaitsFor);
        var id = (await app.QueryAsync<Guid>("select id from tasks.work_tasks where execution_id = @ExecutionId", context)).Single();
        first.Output!["taskId"]!.GetValue<Guid>().Should().Be(id);
        (await app.QueryAsync<Guid?>("select job_id from tasks.work_tasks where id = @id", new { id })).Should().Equal(context.JobId);

        await app.SendAsync(new CompleteTaskCommand { Id = id, Note = "خوب بود" }, "reza");
        var finished = (await FinishedAsync(context.ExecutionId)).Should().ContainSingle().Subject;
        finished.Outcome.Should().Be("Done");
        JsonNode.Parse(finished.Output!)!["taskId"]!.GetValue<Guid>().Should().Be(id);
        finished.ByUserId.Should().Be(await app.UserIdAsync("reza"));
    }

    [Fact]
    public async Task A_cancelled_task_goes_on_by_its_own_way()
    {
        var context = await ContextAsync("reza");
        await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "لغو می‌شود" });
        await app.SendAsync(new CancelTaskCommand { Id = await TaskOfAsync(context) }, "reza");
        (await FinishedAsync(context.ExecutionId)).Should().ContainSingle().Which.Outcome.Should().Be("Cancelled");
    }

    [Fact]
    public async Task Without_waiting_the_job_goes_on_at_once_and_is_not_told_of_the_end()
    {
        var context = await ContextAsync("reza");
        var result = await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "بدون انتظار", Wait = false });
        result.Outcome.Should().Be(OpenTaskActivity.Done);
        await app.SendAsync(new CompleteTaskCommand { Id = await TaskOfAsync(context) }, "reza");
        (await FinishedAsync(context.ExecutionId)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_task_is_waited_for_by_a_later_step_whether_it_is_open_or_done_already()
    {
        var opening = await ContextAsync("reza");
        var opened = await RunAsync<OpenTaskActivity>(opening, new OpenTaskInput { Title = "منتظر آن می‌مانند", Wait = false });
        var input = new WaitForTaskInput { TaskId = opened.Output!["taskId"]!.GetValue<Guid>().ToString() };
        var waiting = await ContextAsync("reza");
        (await RunAsync<WaitForTaskActivity>(waiting, input)).Outcome.Should().BeNull();

        await app.SendAsync(new CompleteTaskCommand { Id = await TaskOfAsync(opening) }, "reza");
        (await FinishedAsync(waiting.ExecutionId)).Should().ContainSingle().Which.Outcome.Should().Be("Done");

        (await RunAsync<WaitForTaskActivity>(await ContextAsync("reza"), input)).Outcome.Should().Be(WaitForTaskActivity.Done);
    }

    [Fact]
    public async Task A_step_that_is_given_up_takes_its_task_back_and_tells_nothing()
    {
        var context = await ContextAsync("reza");
        await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "پس گرفته می‌شود" });
        for (var i = 0; i < 2; i++)
        {
            await app.InScopeAsync(async s =>
            {
                await s.GetServices<IActivity>().OfType<OpenTaskActivity>().Single().CancelAsync(context, default);
                return 0;
            });
        }

        (await app.QueryAsync<string>("select state from tasks.work_tasks where execution_id = @ExecutionId", context)).Should().Equal("Cancelled");
        (await FinishedAsync(context.ExecutionId)).Should().BeEmpty();
    }

    [Fact]
    public async Task It_finds_the_people_of_a_role_and_complains_when_there_is_nobody()
    {
        var role = (await app.QueryAsync<Guid>("select unnest(role_ids) from platform.users where user_name = 'ali'")).First();
        var context = await ContextAsync("reza");
        await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "برای تکنسین‌ها", Who = TaskFor.Role, RoleId = role });
        var people = await app.QueryAsync<string>("select u.user_name from tasks.task_assignees a join platform.users u on u.id = a.user_id join tasks.work_tasks t on t.id = a.task_id where t.execution_id = @ExecutionId order by 1", context);
        people.Should().Equal("ali", "mehdi");

        var nobody = async () => await RunAsync<OpenTaskActivity>(await ContextAsync("reza"), new OpenTaskInput { Title = "بی‌کس", Who = TaskFor.Role });
        (await nobody.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("task.nobody");
    }

    [Fact]
    public async Task Days_without_work_do_not_count_as_working_days()
    {
        // Saturday 10:00; six working days on is the next Saturday, since Friday is free.
        var context = await ContextAsync("reza") with { Now = new DateTimeOffset(2026, 4, 4, 6, 30, 0, TimeSpan.Zero) };
        await RunAsync<OpenTaskActivity>(context, new OpenTaskInput { Title = "روز کاری", Due = 6, DueUnit = TaskDueUnit.WorkingDays });
        var due = (await app.QueryAsync<DateTime>("select due_at from tasks.work_tasks where execution_id = @ExecutionId", context)).Single();
        due.TimeOfDay.Should().Be(new TimeSpan(6, 30, 0));
        due.Should().BeAfter(new DateTime(2026, 4, 10, 0, 0, 0, DateTimeKind.Utc), "at least one Friday lies between");
    }

    private async Task<ActivityContext> ContextAsync(string agent) => new()
    {
        ExecutionId = Guid.CreateVersion7(), JobId = Guid.CreateVersion7(), JobNumber = 7, JobTitle = "فروش", BranchId = Branches.HeadOffice, Agents = [await app.UserIdAsync(agent)], Data = [], Now = app.Clock.GetUtcNow(),
    };

    private Task<Guid> TaskOfAsync(ActivityContext context) => OneAsync("select id from tasks.work_tasks where execution_id = @ExecutionId", context);

    private async Task<Guid> OneAsync(string sql, object args) => (await app.QueryAsync<Guid>(sql, args)).Single();

    // As the runtime runs it: in the transaction of the module, behind its inbox.
    private Task<ActivityResult> RunAsync<T>(ActivityContext context, object input) where T : IActivity => app.InScopeAsync(async services =>
    {
        ActivityResult? result = null;
        var kept = await Inbox.OnceAsync(services.GetRequiredService<TasksDb>(), "activity", context.ExecutionId, async ct =>
        {
            result = await services.GetServices<IActivity>().OfType<T>().Single().RunAsync(input, context, ct);
            return JsonSerializer.Serialize(new { result.WaitsFor, result.Outcome?.Name });
        }, default);
        return result ?? new ActivityResult { WaitsFor = JsonNode.Parse(kept!)!["WaitsFor"]?.GetValue<string>() };
    });

    private async Task<IReadOnlyList<ActivityFinished>> FinishedAsync(Guid execution) =>
        [.. (await app.QueryAsync<string>("select distinct payload::text from platform.outbox where name = 'core.activity-finished'")).Select(p => JsonSerializer.Deserialize<ActivityFinished>(p, JsonSerializerOptions.Web)!).Where(e => e.ExecutionId == execution)];
}
