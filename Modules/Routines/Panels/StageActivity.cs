using Crm.Contacts.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

/// <summary>Stages of jobs that somebody did, for his activity report.</summary>
internal sealed class StageActivity(RoutinesDb db) : IActivitySource
{
    public string Key => "stages";

    public string Title => "Stages of jobs";

    public int Order => 40;

    public async Task<IReadOnlyList<ActivityLine>> LinesAsync(Guid userId, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        var rows = await db.Stages.AsNoTracking().Where(s => s.DoneBy == userId && s.Status == StageStatus.Done && s.DoneAt >= from && s.DoneAt < until).OrderBy(s => s.DoneAt).Take(200)
            .Select(s => new { s.Id, s.DoneAt, s.Title, s.ContactId, s.JobId, Job = db.Jobs.Where(j => j.Id == s.JobId).Select(j => j.Title).FirstOrDefault() }).ToListAsync(ct);
        return [.. rows.Select(r => new ActivityLine(r.Id, r.DoneAt!.Value, r.Job is null ? r.Title : $"{r.Title} – {r.Job}", $"/jobs/{r.JobId}", r.ContactId))];
    }
}
