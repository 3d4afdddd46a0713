using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Dashboard;

internal sealed record MyJob(Guid Id, long Number, string Title, string? Contact, string Stages, DateTimeOffset? DueAt);

internal sealed record MyJobsModel(IReadOnlyList<MyJob> Jobs, DateTimeOffset Now);

/// <summary>Running jobs that I started or carry out, with the stage each stands at.</summary>
internal sealed class MyJobsBlock(RoutinesDb db, IContactDirectory contacts, ICurrentUser me, TimeProvider time) : IDashboardBlock
{
    public string Key => "routines.my-jobs";

    public string Title => "My jobs";

    public string Icon => "route";

    public int Order => 80;

    public bool Wide => false;

    public string? Permission => RoutinesPermissions.SeeJobs;

    public string? Url => "/jobs?show=mine";

    public string? Live => "worklist";

    public TimeSpan Keep => TimeSpan.Zero;

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var jobs = await db.Jobs.AsNoTracking().Where(j => (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted) && (j.AgentIds.Contains(me.Id!.Value) || j.StartedBy == me.Id)).OrderByDescending(j => j.StartedAt).ThenByDescending(j => j.Id).Take(8).Select(j => new { j.Id, j.Number, j.Title, j.ContactId }).ToListAsync(ct);
        var ids = jobs.Select(j => j.Id).ToArray();
        var stages = (await db.Stages.AsNoTracking().Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).Select(s => new { s.JobId, s.Title, s.DueAt }).ToListAsync(ct)).ToLookup(s => s.JobId);
        var names = await contacts.CardsAsync([.. jobs.Select(j => j.ContactId).OfType<Guid>().Distinct()], ct);
        return new MyJobsModel([.. jobs.Select(j => new MyJob(j.Id, j.Number, j.Title, j.ContactId is { } c ? names.GetValueOrDefault(c)?.Name : null, Texts.List(stages[j.Id].Select(s => s.Title)), stages[j.Id].Min(s => s.DueAt)))], now);
    }
}
