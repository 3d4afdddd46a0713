using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Data;

internal sealed class TaskHistory(TasksDb db) : IHistoryOwner
{
    public string Entity => "tasks.WorkTask";

    public async Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct) =>
        await db.Visible().Where(t => t.Id == id).Select(t => new HistoryTitle(t.Title, $"/tasks/{t.Id}")).SingleOrDefaultAsync(ct);
}

/// <summary>Tasks by their titles, as far as the user sees them; deleted ones have theirs still.</summary>
internal sealed class TaskHistoryNames(TasksDb db) : IHistoryNames
{
    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var names = new Dictionary<HistoryValue, string>();
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["tasks.WorkTask"], "taskId"),
            ids => db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(t => ids.Contains(t.Id)).Select(t => new NamedRecord(t.Id, t.Title)).AsAsyncEnumerable(), ct);
        return names;
    }
}
