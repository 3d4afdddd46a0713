using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Dashboard;

/// <summary>Jobs that run, and how many of them stand at a stage whose time is over.</summary>
internal sealed class RunningJobsFigure(RoutinesDb db, TimeProvider time) : IDashboardFigure
{
    public string Title => "Running jobs";

    public int Order => 40;

    public string Permission => RoutinesPermissions.SeeJobs;

    public async Task<DashboardFigure?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var running = await db.Jobs.AsNoTracking().LongCountAsync(j => j.Status == JobStatus.Running || j.Status == JobStatus.Faulted, ct);
        var late = await db.Jobs.AsNoTracking().LongCountAsync(j => db.Stages.Any(s => s.JobId == j.Id && s.Status == StageStatus.Open && s.DueAt < now), ct);
        return new(running, late > 0 ? "/jobs?show=late" : "/jobs") { Late = late };
    }
}
