using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Tasks.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Reactions;

/// <summary>One of the tasks that a routine gave to several people has ended: with the last one, or with the first where that counts, the routine goes on.</summary>
internal sealed class WhenGroupTaskEnded(TasksDb db, TimeProvider time) : IReactTo<TaskEnded>
{
    [BypassesSave("The tasks of one group are looked at one after another: two that end at once must not both think that the other is still open.")]
    public async Task ReactAsync(TaskEnded e, EventInfo info, CancellationToken ct)
    {
        var ended = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(t => t.Id == e.TaskId && t.GroupExecutionId != null).Select(t => new { t.GroupExecutionId, t.FirstOfGroupCounts, t.BranchId }).FirstOrDefaultAsync(ct);
        if (ended?.GroupExecutionId is not { } execution) return;
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({execution.ToString()}, 0))", ct);
        // Each task of a group that ends comes here, and with the first that counts all others do: told once, it is told.
        var first = ended.FirstOfGroupCounts && e.Outcome == nameof(TaskState.Done);
        if (!first && await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).AnyAsync(t => t.GroupExecutionId == execution && t.State == TaskState.Open, ct)) return;
        if (!await Inbox.NoteAsync(db, "tasks.group", execution, ct)) return;
        var tasks = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).Include(t => t.Assignees).Include(t => t.Waits).Where(t => t.GroupExecutionId == execution).ToListAsync(ct);
        foreach (var other in tasks.Where(t => t.State == TaskState.Open)) other.Cancel(null, time.GetUtcNow(), null);
        var outcome = tasks.Exists(t => t.State == TaskState.Done) ? nameof(TaskState.Done) : nameof(TaskState.Cancelled);
        var output = new JsonObject { ["taskIds"] = new JsonArray([.. tasks.Select(t => JsonValue.Create(t.Id))]), ["done"] = tasks.Count(t => t.State == TaskState.Done), ["notes"] = new JsonArray([.. tasks.Where(t => t.EndNote is not null).Select(t => (JsonNode)t.EndNote!)]) };
        db.AddToOutbox(new ActivityFinished(execution, outcome, output.ToJsonString(), e.ByUserId), ended.BranchId);
    }
}
