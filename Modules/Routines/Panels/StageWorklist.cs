using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Tasks.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Panels;

/// <summary>Stages in the worklist: those of the user, and those of his roles that nobody took yet.</summary>
internal sealed class StageWorklist(RoutinesDb db, IOrganisation organisation, IUserDirectory users, TimeProvider time) : IWorklistSource
{
    public string Key => "stages";

    public string Title => "Stages of jobs";

    public async Task<IReadOnlyList<WorklistItem>> LoadAsync(UserAccess user, int take, CancellationToken ct)
    {
        var standIn = await organisation.StandInAsync(user.Id, time.GetUtcNow(), ct);
        var rows = await (await OfAsync(user, standIn, ct)).OrderBy(s => s.DueAt ?? DateTimeOffset.MaxValue.ToUniversalTime()).ThenBy(s => s.OpenedAt).Take(take)
            .Join(db.Jobs, s => s.JobId, j => j.Id, (s, j) => new { s.Id, s.Title, s.ContactId, s.DueAt, s.OpenedAt, s.UserIds, s.RoleIds, s.TakenBy, s.PostId, j = j.Title }).ToListAsync(ct);
        // A role that only those away have: it is theirs that the user looks after.
        var ofRole = new Dictionary<Guid, IEnumerable<Guid>>();
        foreach (var role in standIn.Roles.Except(user.RoleIds)) ofRole[role] = [.. (await users.InRoleAsync(role, ct)).Select(u => u.Id).Where(standIn.Users.Contains)];
        var away = rows.Where(r => !r.UserIds.Contains(user.Id) && (r.TakenBy is not null || !r.RoleIds.Any(user.RoleIds.Contains)))
            .ToDictionary(r => r.Id, r => standIn.Of(r.UserIds, r.PostId).Concat(r.TakenBy is null ? r.RoleIds.SelectMany(role => ofRole.GetValueOrDefault(role) ?? []) : []).Distinct().ToList());
        var names = away.Values.Any(a => a.Count > 0) ? await users.CardsAsync([.. away.Values.SelectMany(a => a).Distinct()], ct) : new Dictionary<Guid, UserCard>();
        string Detail(Guid id, string job)
        {
            if (away.GetValueOrDefault(id) is not { Count: > 0 } of) return job;
            var whom = Texts.Get("for {0}", Texts.List(of.Where(names.ContainsKey).Select(u => names[u].Name)));
            return $"{job} · {whom}";
        }

        return [.. rows.OrderBy(r => r.DueAt ?? DateTimeOffset.MaxValue).ThenBy(r => r.OpenedAt).Select(r => new WorklistItem(r.Id, Key, r.Title, Detail(r.Id, r.j), r.ContactId, r.DueAt, r.OpenedAt, $"/jobs/stages/{r.Id}", "user-check"))];
    }

    public async Task<(int Open, int Late)> CountAsync(UserAccess user, DateTimeOffset now, CancellationToken ct)
    {
        var standIn = await organisation.StandInAsync(user.Id, now, ct);
        var mine = await OfAsync(user, standIn, ct);
        return (await mine.Take(1000).CountAsync(ct), await mine.Where(s => s.DueAt < now).Take(1000).CountAsync(ct));
    }

    private async Task<IQueryable<StageItem>> OfAsync(UserAccess user, StandIn standIn, CancellationToken ct)
    {
        Guid[] me = [user.Id, .. standIn.Users];
        Guid[] roles = [.. user.RoleIds.Concat(standIn.Roles).Distinct()];
        // Work is shown to whose it is, however far his rights on jobs reach: a deputy has to see what he does for another. The wall of the branches stands.
        var open = db.Stages.IgnoreQueryFilters([Filters.Scope]).AsNoTracking().Where(s => s.Status == StageStatus.Open);
        if (!user.SeesAllBranches)
        {
            var branches = user.Branches.ToArray();
            open = open.Where(s => branches.Contains(s.BranchId));
        }

        // A deputy of one post of somebody: only what came to that one through the post. There are few of those.
        List<Guid> through = [];
        foreach (var (away, post) in standIn.Posts) through.AddRange(await open.Where(s => s.PostId == post && s.UserIds.Contains(away)).OrderBy(s => s.Id).Select(s => s.Id).Take(500).ToListAsync(ct));
        return open.Where(s => me.Any(i => s.UserIds.Contains(i)) || (s.TakenBy == null && roles.Any(r => s.RoleIds.Contains(r))) || through.Contains(s.Id));
    }
}
