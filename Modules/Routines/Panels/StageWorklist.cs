using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Tasks.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

/// <summary>Stages in the worklist: those of the user, and those of his roles that nobody took yet.</summary>
internal sealed class StageWorklist(RoutinesDb db) : IWorklistSource
{
    public string Key => "stages";

    public string Title => "Stages of jobs";

    public async Task<IReadOnlyList<WorklistItem>> LoadAsync(UserAccess user, int take, CancellationToken ct)
    {
        var rows = await Of(user).OrderBy(s => s.DueAt ?? DateTimeOffset.MaxValue.ToUniversalTime()).ThenBy(s => s.OpenedAt).Take(take)
            .Join(db.Jobs, s => s.JobId, j => j.Id, (s, j) => new { s.Id, s.Title, s.ContactId, s.DueAt, s.OpenedAt, j = j.Title }).ToListAsync(ct);
        return [.. rows.OrderBy(r => r.DueAt ?? DateTimeOffset.MaxValue).ThenBy(r => r.OpenedAt).Select(r => new WorklistItem(r.Id, Key, r.Title, r.j, r.ContactId, r.DueAt, r.OpenedAt, $"/jobs/stages/{r.Id}", "user-check"))];
    }

    public async Task<(int Open, int Late)> CountAsync(UserAccess user, DateTimeOffset now, CancellationToken ct) =>
        (await Of(user).Take(1000).CountAsync(ct), await Of(user).Where(s => s.DueAt < now).Take(1000).CountAsync(ct));

    private IQueryable<StageItem> Of(UserAccess user)
    {
        Guid[] me = [user.Id];
        Guid[] roles = [.. user.RoleIds];
        return db.Stages.AsNoTracking().Where(s => s.Status == StageStatus.Open && (me.Any(i => s.UserIds.Contains(i)) || (s.TakenBy == null && roles.Any(r => s.RoleIds.Contains(r)))));
    }
}
