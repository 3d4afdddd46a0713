using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Versions;

internal sealed record MoveArguments(Guid MoveId);

/// <param name="Done">How many are behind it, moved or not.</param>
internal sealed record MoveCheckpoint(long Done);

/// <summary>Which jobs a move means, within the rights of the current user.</summary>
internal static class MovingJobs
{
    public static IQueryable<Job> Of(RoutinesDb db, VersionMove move)
    {
        var scope = move.Scope;
        var jobs = db.Jobs.AsNoTracking().Where(j => j.RoutineId == move.RoutineId && j.VersionId != move.ToVersionId && (j.Status == JobStatus.Running || j.Status == JobStatus.Faulted));
        if (scope.Jobs is { } chosen) jobs = jobs.Where(j => chosen.Contains(j.Id));
        if (scope.FromVersionId is { } from) jobs = jobs.Where(j => j.VersionId == from);
        if (scope.Agent is { } agent) jobs = jobs.Where(j => j.AgentIds.Contains(agent));
        if (scope.Stage is { Length: > 0 } stage) jobs = jobs.Where(j => db.Stages.Any(s => s.JobId == j.Id && s.Status == StageStatus.Open && s.Title == stage));
        return jobs;
    }

    public static async Task<VersionMove> LoadAsync(IServiceProvider services, Guid id, CancellationToken ct) =>
        await services.GetRequiredService<RoutinesDb>().Set<VersionMove>().AsNoTracking().FirstOrDefaultAsync(m => m.Id == id, ct) ?? throw new NotFound("move", id);
}

/// <summary>Looks what would become of each job of a move, and where they stand. Changes no job; begun again it looks at all of them again.</summary>
internal sealed class CheckMoveRun : IBackgroundJob
{
    public const string JobKey = "routines.check-move";
    private const int Batch = 500;

    public string Key => JobKey;

    public string Title => "Dry run of a move";

    public string? Permission => RoutinesPermissions.Move;

    public bool IsHeavy => false;

    [BypassesSave("Thousands of findings; they are no records of anybody.")]
    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var id = run.Args<MoveArguments>().MoveId;
        var total = await run.InScopeAsync(async s =>
        {
            var db = s.GetRequiredService<RoutinesDb>();
            var move = await MovingJobs.LoadAsync(s, id, ct);
            await db.Database.ExecuteSqlAsync($"delete from routines.moved_jobs where move_id = {id} and status = 'Checked'", ct);
            return await MovingJobs.Of(db, move).LongCountAsync(ct);
        });
        var places = new Dictionary<string, MovePlace>(StringComparer.Ordinal);
        var (after, done, moves) = (Guid.Empty, 0L, 0L);
        while (true)
        {
            var found = await run.InScopeAsync(async s =>
            {
                var db = s.GetRequiredService<RoutinesDb>();
                var move = await MovingJobs.LoadAsync(s, id, ct);
                var ids = await MovingJobs.Of(db, move).Where(j => j.Id > after).OrderBy(j => j.Id).Select(j => j.Id).Take(Batch).ToListAsync(ct);
                if (ids.Count == 0) return [];
                var mover = s.GetRequiredService<JobMover>();
                var some = await mover.CheckAsync(move, ids, ct);
                await mover.SaveAsync(move, some, ct);
                after = ids[^1];
                return some;
            });
            if (found.Count == 0) break;
            foreach (var job in found)
                foreach (var (key, title, auto) in job.Standing)
                    places[key] = places.TryGetValue(key, out var known) ? known with { Jobs = known.Jobs + 1 } : new(key, title, job.FromVersionId, 1, auto);
            done += found.Count;
            moves += found.Count(f => f.Verdict == MoveVerdict.Moves);
            await run.ReportAsync(done, Math.Max(total, done));
        }

        await run.InScopeAsync(s =>
        {
            var json = VersionMove.Write(places.Values.OrderByDescending(p => p.Jobs).ThenBy(p => p.Key, StringComparer.Ordinal));
            var now = s.GetRequiredService<TimeProvider>().GetUtcNow();
            return s.GetRequiredService<RoutinesDb>().Database.ExecuteSqlAsync($"update routines.version_moves set places = {json}, checked_at = {now} where id = {id} and check_run_id = {run.Id}", ct);
        });
        run.Result("{0} of {1} jobs would move.", moves, done);
    }
}

/// <summary>Does a move or takes it back: a batch a transaction, in which the jobs' own rows say how far it is, so that a run that is taken up again goes on where the last commit was.</summary>
internal abstract class MovesJobs(BurstRunner bursts, CallRunner calls, TimeProvider time) : IBackgroundJob
{
    private const int Batch = 100;
    private const int Rounds = 20;

    public abstract string Key { get; }

    public abstract string Title { get; }

    public string? Permission => RoutinesPermissions.Move;

    protected abstract bool Undo { get; }

    [BypassesSave("A batch of jobs is one transaction with the runtime's rows.")]
    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var id = run.Args<MoveArguments>().MoveId;
        var (from, to) = Undo ? (MovedJobStatus.Moved, "undone_at") : (MovedJobStatus.Checked, "moved_at");
        var done = run.Checkpoint<MoveCheckpoint>()?.Done ?? 0;
        var left = await run.InScopeAsync(s => Open(s, id, from, []).LongCountAsync(ct));
        var busy = new HashSet<Guid>();
        for (var round = 0; ; round++)
        {
            var waiting = new List<Guid>();
            while (true)
            {
                var batch = await run.InScopeAsync(async s =>
                {
                    Guid[] skip = [.. waiting];
                    var ids = await Open(s, id, from, skip).OrderBy(m => m.JobId).Select(m => m.JobId).Take(Batch).ToListAsync(ct);
                    if (ids.Count == 0) return null;
                    var mover = s.GetRequiredService<JobMover>();
                    var move = await MovingJobs.LoadAsync(s, id, ct);
                    Task Save(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction, MoveBatch b) => run.SaveCheckpointAsync(new MoveCheckpoint(done + b.Moved + b.Left), connection, transaction, ct);
                    return Undo ? await mover.UndoAsync(move, ids, Save, ct) : await mover.MoveAsync(move, ids, Save, ct);
                });
                if (batch is null) break;
                waiting.AddRange(batch.Busy);
                done += batch.Moved + batch.Left;
                left -= batch.Moved + batch.Left;
                await run.ReportAsync(done, done + left);
                // Rows that nobody can lock any more (a job that was removed) would come again for ever.
                if (batch.Moved + batch.Left + batch.Busy.Count == 0) break;
            }

            if (waiting.Count == 0 || round == Rounds)
            {
                busy.UnionWith(waiting);
                break;
            }

            // What happened to them is taken in on the version it happened on; then they can go.
            foreach (var job in waiting)
                while (await bursts.RunAsync(1, time.GetUtcNow(), job, ct) > 0) { }
            for (var call = 0; call < waiting.Count && await calls.RunOneAsync(time, ct); call++) { }
            if (round > 2) await Task.Delay(100, ct);
        }

        await run.InScopeAsync(async s =>
        {
            var move = await MovingJobs.LoadAsync(s, id, ct);
            if (busy.Count > 0) await s.GetRequiredService<JobMover>().GiveUpAsync(move, [.. busy], Undo, ct);
            var db = s.GetRequiredService<RoutinesDb>().Database;
            var now = time.GetUtcNow();
            return to == "moved_at"
                ? await db.ExecuteSqlAsync($"update routines.version_moves set moved_at = {now} where id = {id}", ct)
                : await db.ExecuteSqlAsync($"update routines.version_moves set undone_at = {now} where id = {id}", ct);
        });
        var (good, bad) = await run.InScopeAsync(async s =>
        {
            var rows = s.GetRequiredService<RoutinesDb>().Set<MovedJob>();
            var (yes, no) = Undo ? (MovedJobStatus.Undone, MovedJobStatus.Kept) : (MovedJobStatus.Moved, MovedJobStatus.Left);
            return (await rows.LongCountAsync(m => m.MoveId == id && m.Status == yes, ct), await rows.LongCountAsync(m => m.MoveId == id && m.Status == no, ct));
        });
        if (bad == 0) run.Result(Undo ? "{0} jobs brought back." : "{0} jobs moved.", good);
        else run.Result(Undo ? "{0} jobs brought back, {1} had gone on." : "{0} jobs moved, {1} stayed.", good, bad);
        run.ResultUrl($"/routines/moves/{id}");
    }

    private static IQueryable<MovedJob> Open(IServiceProvider services, Guid move, MovedJobStatus status, Guid[] skip)
    {
        var rows = services.GetRequiredService<RoutinesDb>().Set<MovedJob>().AsNoTracking().Where(m => m.MoveId == move && m.Status == status && !skip.Contains(m.JobId));
        return status == MovedJobStatus.Checked ? rows.Where(m => m.Verdict == MoveVerdict.Moves) : rows;
    }
}

internal sealed class MoveJobsRun(BurstRunner bursts, CallRunner calls, TimeProvider time) : MovesJobs(bursts, calls, time)
{
    public const string JobKey = "routines.move-jobs";

    public override string Key => JobKey;

    public override string Title => "Move of jobs to another version";

    protected override bool Undo => false;
}

internal sealed class UndoMoveRun(BurstRunner bursts, CallRunner calls, TimeProvider time) : MovesJobs(bursts, calls, time)
{
    public const string JobKey = "routines.undo-move";

    public override string Key => JobKey;

    public override string Title => "Taking back a move of jobs";

    protected override bool Undo => true;
}
