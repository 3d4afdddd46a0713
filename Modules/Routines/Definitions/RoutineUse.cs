using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Counts over all branches: a routine is shared, so a job nobody here may see holds it as well.</summary>
internal sealed class RoutineUse(RoutinesDb db) : IRoutineUse
{
    public async Task<IReadOnlyDictionary<Guid, int>> RunningAsync(IReadOnlyCollection<Guid> routineIds, CancellationToken ct) =>
        await db.Set<Job>().IgnoreQueryFilters([Crm.Data.Filters.Scope]).Where(j => routineIds.Contains(j.RoutineId) && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted))
            .GroupBy(j => j.RoutineId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
}
