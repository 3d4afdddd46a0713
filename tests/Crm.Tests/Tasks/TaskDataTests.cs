using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Tasks;

public sealed class TaskDataTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task The_demo_company_has_tasks_of_all_kinds_and_its_checks_find_nothing()
    {
        var states = await app.QueryAsync<(string State, long Count)>("select state, count(*) from tasks.work_tasks group by state order by state");
        states.Select(s => s.State).Should().Equal("Cancelled", "Done", "Open");
        states.Sum(s => s.Count).Should().BeGreaterThanOrEqualTo(40);
        (await app.QueryAsync<long>("select count(*) from tasks.work_tasks where contact_id is not null")).Single().Should().BeGreaterThan(15);
        (await FindingsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Bulk_tasks_come_by_copy_are_the_same_for_the_same_seed_and_the_checks_find_nothing()
    {
        var rows = await app.InScopeAsync(s => s.GetServices<IBulkSeed>().Single(b => b.Option == "tasks").SeedAsync(2000, 7, default));
        rows.Should().Be(6000);
        (await FindingsAsync()).Should().BeEmpty();
        var highest = (await app.QueryAsync<long>("select max(number) from tasks.work_tasks")).Single();
        var next = await app.TaskAsync("پس از انبوه", "sara", ["sara"]);
        (await app.QueryAsync<long>("select number from tasks.work_tasks where id = @next", new { next })).Single().Should().Be(highest + 1);
    }

    [Fact]
    public async Task A_check_finds_a_worklist_that_is_otherwise_than_the_task()
    {
        var id = await app.TaskAsync("خراب می‌شود", "sara", ["sara"]);
        await app.QueryAsync<int>("update tasks.task_assignees set waits = false where task_id = @id returning 1", new { id });
        (await FindingsAsync()).Should().ContainSingle(f => f.Contains("stands in a worklist otherwise", StringComparison.Ordinal));
        await app.QueryAsync<int>("update tasks.task_assignees set waits = true where task_id = @id returning 1", new { id });
    }

    private Task<List<string>> FindingsAsync() => app.InScopeAsync(async services =>
    {
        var found = new List<string>();
        foreach (var check in services.GetServices<ICheck>().Where(c => c.GetType().Assembly.GetName().Name == "Crm.Tasks"))
        {
            await foreach (var finding in check.FindAsync(default)) found.Add(finding);
        }

        return found;
    });
}
