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
        var asked = values.Where(v => v.Id is not null && (v.Property == "taskId" || (v.Property == "id" && v.Entity == "tasks.WorkTask"))).ToLookup(v => v.Id!.Value);
        if (asked.Count == 0) return names;
        var ids = asked.Select(g => g.Key).ToArray();
        foreach (var t in await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(t => ids.Contains(t.Id)).Select(t => new { t.Id, t.Title }).ToListAsync(ct)) HistoryValue.Name(names, asked, t.Id, t.Title);
        return names;
    }
}
