using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Simulating;

/// <summary>A stage that was done: how, and in how many working minutes.</summary>
internal sealed record DoneStage(string Outcome, int Minutes);

/// <summary>How stages of a routine went so far, by box and by title.</summary>
internal sealed class StageHistory
{
    private const int Newest = 5_000;
    private const int Enough = 5;

    private readonly Dictionary<string, List<DoneStage>> _byActivity = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<DoneStage>> _byTitle = new(StringComparer.Ordinal);

    public static async Task<StageHistory> LoadAsync(RoutinesDb db, IWorkingTime workingTime, Guid routineId, CancellationToken ct)
    {
        var history = new StageHistory();
        var rows = await db.Stages.AsNoTracking().Where(s => s.Status == StageStatus.Done && s.DoneAt != null && s.Outcome != null && db.Jobs.Any(j => j.Id == s.JobId && j.RoutineId == routineId))
            .OrderByDescending(s => s.DoneAt).ThenBy(s => s.Id).Take(Newest).Select(s => new { s.ActivityId, s.Title, s.Outcome, s.OpenedAt, s.DoneAt }).ToListAsync(ct);
        foreach (var row in rows)
        {
            var done = new DoneStage(row.Outcome!, (int)Math.Min(int.MaxValue, (await workingTime.BetweenAsync(row.OpenedAt, row.DoneAt!.Value, ct)).TotalMinutes));
            (history._byActivity.TryGetValue(row.ActivityId, out var own) ? own : history._byActivity[row.ActivityId] = []).Add(done);
            (history._byTitle.TryGetValue(row.Title, out var titled) ? titled : history._byTitle[row.Title] = []).Add(done);
        }

        return history;
    }

    /// <summary>Cases that ended by one of these outcomes; none when there are too few to say anything.</summary>
    public IReadOnlyList<DoneStage> Of(string activityId, string title, IReadOnlyList<string> outcomes)
    {
        foreach (var found in new[] { _byActivity.GetValueOrDefault(activityId), _byTitle.GetValueOrDefault(title) })
            if (found?.Where(d => outcomes.Contains(d.Outcome)).ToList() is { Count: >= Enough } fits) return fits;
        return [];
    }
}
