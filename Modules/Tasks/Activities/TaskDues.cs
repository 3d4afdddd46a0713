using Crm.Platform.Contracts;
using Crm.Tasks.Activities.OpenTask;

namespace Crm.Tasks.Activities;

/// <summary>When a task that a routine opens is due; working time is that of the job's branch.</summary>
internal sealed class TaskDues(IWorkingTime workingTime)
{
    public Task<DateTimeOffset> OfAsync(int due, TaskDueUnit unit, DateTimeOffset now, Guid branchId, CancellationToken ct) => unit switch
    {
        TaskDueUnit.Hours => Task.FromResult(now.AddHours(due)),
        TaskDueUnit.Days => Task.FromResult(now.AddDays(due)),
        TaskDueUnit.WorkingHours => workingTime.AddAsync(now, TimeSpan.FromHours(due), branchId, ct),
        _ => workingTime.AddDaysAsync(now, Math.Min(due, 250), branchId, ct),
    };
}
