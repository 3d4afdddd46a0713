using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Data;

internal sealed class TaskHistory(TasksDb db) : IHistoryOwner
{
    public string Entity => "tasks.WorkTask";

    public async Task<HistoryTitle?> FindAsync(Guid id, CancellationToken ct) =>
        await db.Visible().Where(t => t.Id == id).Select(t => new HistoryTitle(t.Title, $"/tasks/{t.Id}")).SingleOrDefaultAsync(ct);
}
