using System.Runtime.CompilerServices;
using Crm.Core;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Data;

internal sealed class OpenTasksWait(TasksDb db) : ICheck
{
    public string Title => "Every open task stands in the worklist of somebody, with its due date; no ended task does";

    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var number in db.WorkTasks.Where(t => t.State == TaskState.Open && !t.Assignees.Any()).Select(t => t.Number).AsAsyncEnumerable().WithCancellation(ct))
            yield return $"Task {number} is open, but nobody has to do it.";
        await foreach (var number in db.WorkTasks.Where(t => t.Assignees.Any(a => a.Waits != (t.State == TaskState.Open) || a.DueAt != t.DueAt)).Select(t => t.Number).AsAsyncEnumerable().WithCancellation(ct))
            yield return $"Task {number} stands in a worklist otherwise than it is.";
    }
}

internal sealed class EndedTasksHaveAnEnd(TasksDb db) : ICheck
{
    public string Title => "Every ended task knows when it ended, no open one does, and no routine waits for an ended one";

    public async IAsyncEnumerable<string> FindAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var number in db.WorkTasks.Where(t => (t.State == TaskState.Open) != (t.EndedAt == null)).Select(t => t.Number).AsAsyncEnumerable().WithCancellation(ct))
            yield return $"Task {number} has no end, or one too many.";
        await foreach (var number in db.WorkTasks.Where(t => t.State != TaskState.Open && t.Waits.Any()).Select(t => t.Number).AsAsyncEnumerable().WithCancellation(ct))
            yield return $"A routine waits for task {number}, which has ended.";
        await foreach (var number in db.WorkTasks.Where(t => t.State != TaskState.Open && t.RemindAt != null).Select(t => t.Number).AsAsyncEnumerable().WithCancellation(ct))
            yield return $"Task {number} has ended and would still remind.";
    }
}
