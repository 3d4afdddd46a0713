using Crm.Platform.Contracts;
using Crm.Tasks.Activities.OpenTask;

namespace Crm.Tasks.Activities;

/// <summary>When a task that a routine opens is due.</summary>
internal sealed class TaskDues(IWorkingTime workingTime)
{
    public async Task<DateTimeOffset> OfAsync(int due, TaskDueUnit unit, DateTimeOffset now, CancellationToken ct)
    {
        switch (unit)
        {
            case TaskDueUnit.Hours:
                return now.AddHours(due);
            case TaskDueUnit.Days:
                return now.AddDays(due);
            case TaskDueUnit.WorkingHours:
                return await workingTime.AddAsync(now, TimeSpan.FromHours(due), ct);
            default:
                // The same time of day, so many days later on which there is work at all.
                var at = now;
                for (var left = Math.Min(due, 250); left > 0;)
                {
                    at = at.AddDays(1);
                    if (await workingTime.BetweenAsync(at.AddHours(-12), at.AddHours(12), ct) > TimeSpan.Zero) left--;
                    if (at > now.AddYears(3)) break;
                }

                return at;
        }
    }
}
