using Crm.Core;
using Crm.Tasks.Features.EditTask;
using Crm.Tasks.Features.RemindTasks;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Tasks;

public sealed class ReminderTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task A_reminder_comes_once_at_its_time_to_all_who_have_the_task()
    {
        var id = await app.TaskAsync("یادآوری یک‌باره", "sara", ["reza", "maryam"], app.Clock.GetUtcNow().AddHours(3), 60);
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(0, "it is two hours early");

        app.Clock.Advance(TimeSpan.FromHours(2));
        await RunAsync();
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(1);
        (await ToldAsync("maryam", id)).Should().Be(1);
        (await ToldAsync("sara", id)).Should().Be(0);
    }

    [Fact]
    public async Task Moving_the_date_moves_the_reminder_and_another_change_does_not_repeat_it()
    {
        var reza = await app.UserIdAsync("reza");
        var due = app.Clock.GetUtcNow().AddHours(1);
        var id = await app.TaskAsync("یادآوری جابه‌جا", "reza", ["reza"], due, 60);
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(1);

        var edit = new EditTaskCommand { Id = id, Title = "عنوان تازه", AssigneeIds = [reza], DueAt = due, RemindBefore = 60, Weight = 1, Priority = Crm.Tasks.Domain.TaskPriority.Normal };
        await app.SendAsync(edit, "reza");
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(1);

        await app.SendAsync(edit with { DueAt = due.AddHours(2) }, "reza");
        app.Clock.Advance(TimeSpan.FromHours(2));
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(2);
    }

    [Fact]
    public async Task What_is_done_no_longer_reminds()
    {
        var id = await app.TaskAsync("انجام‌شده پیش از یادآوری", "reza", ["reza"], app.Clock.GetUtcNow().AddHours(1), 15);
        await app.SendAsync(new Crm.Tasks.Features.CompleteTask.CompleteTaskCommand { Id = id }, "reza");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await RunAsync();
        (await ToldAsync("reza", id)).Should().Be(0);
    }

    [Fact]
    public async Task The_schedule_looks_every_minute()
    {
        var job = await app.InScopeAsync(s => Task.FromResult(s.GetServices<IScheduledJob>().Single(j => j.Key == "tasks.remind")));
        job.Cron.Should().Be("0 * * * * ?");
    }

    private Task<int> RunAsync() => app.SendAsync(new RemindTasksCommand());

    private async Task<int> ToldAsync(string user, Guid id) => (await app.ToldAsync(user, $"/tasks/{id}")).Count(t => t == "Reminder: {0}");
}
