using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Routines.Runtime;

/// <summary>
/// Takes stimuli from the queue and carries their jobs on. One transaction: the stimuli are deleted, the rows of their jobs are locked, the interpreter runs,
/// and state, journal, bookmarks, incidents and outgoing calls are written. What is not committed did not happen, so a kill at any instant repeats or loses
/// nothing. Two round trips whatever the number of jobs.
/// </summary>
[BypassesSave("One burst is one transaction of two round trips over many jobs; the change tracker would need a read and a write for each row.")]
internal sealed partial class BurstRunner(NpgsqlDataSource source, JobVersions versions, JobData data, ActivityDirectory activities, RuntimeOptions options, RuntimeSignal signal, HttpAnswers answers, ILogger<BurstRunner> log)
{
    /// <summary>A stimulus that fails in the runtime itself this often is put aside, with an incident.</summary>
    private const string NotTaken = "The step could not be taken: {0}";
    private const int MaxAttempts = 5;

    /// <summary>Wait before the second try of such a step; twice as long before each further one.</summary>
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(200);

    // Jobs in the order of their oldest stimulus; those that another worker holds are passed over. Deleting is the claim: a row that was taken since the
    // snapshot is not deleted again. A stopped host's transaction is ended by the server, which gives its jobs to the others; what it then tries to commit fails.
    private static readonly string s_claimOldest = Claim("select q.job_id from routines.stimuli q where q.ready order by q.id limit $2");

    // Of one job, whatever stands before it.
    private static readonly string s_claimOne = Claim("select q.job_id from routines.stimuli q where q.job_id = $2 and q.ready limit 1");

    // The queue is empty nearly always, and so it looks to the planner: plans made then, which prepared statements keep, read all of it for each job once a hundred thousand stand there. «coalesce» and
    // «+ 0» forbid the index of all that is ready for the stimuli of one job, the setting forbids reading the table from end to end: left is the index by job.
    private const string ByIndex = "set local enable_seqscan = off";

    private static string Claim(string jobs) => $"""
        with c as materialized (
          {jobs}
        ), l as materialized (
          select s.job_id, s.version_id, s.contact_id, s.status, s.paused, s.state from routines.job_states s
          where s.job_id in (select job_id from c) and (s.retry_at is null or s.retry_at <= $3) for update skip locked limit $1
        ), t as (
          select x.id from l cross join lateral (select q.id from routines.stimuli q where q.job_id = l.job_id and coalesce(q.ready, false) order by q.id + 0 limit 50) x
        ), d as (
          delete from routines.stimuli q using t where q.id = t.id returning q.id, q.job_id, q.body, q.attempts
        )
        select l.job_id, l.version_id, l.contact_id, l.status, l.paused, l.state, d.id, d.body, d.attempts from l join d on d.job_id = l.job_id order by l.job_id, d.id
        """;

    /// <summary>Carries on up to <paramref name="take"/> jobs that have something to do.</summary>
    /// <param name="take">At most this many jobs.</param>
    /// <param name="now">The moment of the steps.</param>
    /// <param name="onlyJob">Only this one.</param>
    /// <param name="ct">Stops between two bursts, never within one.</param>
    /// <returns>How many stimuli were taken in.</returns>
    public async Task<int> RunAsync(int take, DateTimeOffset now, Guid? onlyJob, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        List<(Guid Job, List<TakenStimulus> Taken)> claimed = [];
        try
        {
            var n = await OnceAsync(take, 64, now, onlyJob, claimed);
            // All of the oldest ones may belong to jobs in other hands: look further before giving up.
            if (n == 0 && onlyJob is null) n = await OnceAsync(take, 5_000, now, null, claimed);
            return n;
        }
        catch (Exception e) when (!DatabaseFailures.IsTransient(e))
        {
            if (claimed.Count > 1)
            {
                // One of them is at fault; alone, it does not hold up the others.
                var n = 0;
                foreach (var (job, _) in claimed) n += await RunAsync(1, now, job, ct);
                return n;
            }

            if (claimed.Count == 0) throw;
            await using var connection = await source.OpenConnectionAsync();
            await using var batch = new NpgsqlBatch(connection);
            PutBack(batch, claimed[0].Job, claimed[0].Taken, e, now, deleted: false);
            await batch.ExecuteNonQueryAsync();
            return claimed[0].Taken.Count;
        }
    }

    /// <summary>
    /// Carries one job on within a transaction of the caller, who commits: what he wrote into it (a new job, a stimulus) and the step that follows become one. Nobody else sees the job
    /// before the commit.
    /// </summary>
    /// <param name="connection">With the transaction under way.</param>
    /// <param name="facts">The job, where it is new and nobody can read it yet.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="now">The moment of the step.</param>
    /// <returns>What the job did; null when somebody else has it in hand.</returns>
    public async Task<Burst?> RunWithinAsync(NpgsqlConnection connection, JobFacts? facts, Guid jobId, DateTimeOffset now)
    {
        List<ClaimedJob> rows = [];
        await using (var batch = new NpgsqlBatch(connection)) await ClaimAsync(batch, 1, 0, now, jobId, rows, []);
        if (rows.Count == 0) return null;
        var (bursts, failed) = await StepAsync(rows, now, facts);
        if (failed.Count > 0) ExceptionDispatchInfo.Throw(failed[0].Why);
        await using var written = new NpgsqlBatch(connection);
        Write(written, bursts, now);
        await written.ExecuteNonQueryAsync();
        return bursts[0];
    }

    private async Task<int> OnceAsync(int take, int look, DateTimeOffset now, Guid? onlyJob, List<(Guid Job, List<TakenStimulus> Taken)> claimed)
    {
        claimed.Clear();
        await using var connection = await source.OpenConnectionAsync();
        List<ClaimedJob> rows = [];
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
            foreach (var limit in WorkerTransaction.Limits(connection)) batch.BatchCommands.Add(new NpgsqlBatchCommand(limit));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(ByIndex));
            await ClaimAsync(batch, take, look, now, onlyJob, rows, claimed);
        }

        if (rows.Count == 0)
        {
            await EndAsync(connection, "rollback");
            return 0;
        }

        List<Burst> bursts;
        try
        {
            (bursts, var failed) = await StepAsync(rows, now, null);
            await using var batch = new NpgsqlBatch(connection);
            if (bursts.Count > 0) Write(batch, bursts, now);
            foreach (var (row, why) in failed) PutBack(batch, row.Job, row.Taken, why, now, deleted: true);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            await batch.ExecuteNonQueryAsync();
        }
        catch
        {
            await EndAsync(connection, "rollback");
            throw;
        }

        foreach (var burst in bursts) answers.Tell(burst);
        if (bursts.Any(NeedsOthers)) signal.Pulse();
        return rows.Sum(r => r.Taken.Count);
    }

    /// <summary>Whether somebody has to do something for it, or soon.</summary>
    public static bool NeedsOthers(Burst b) => b.GoesOn || b.Calls.Count > 0 || b.NewBookmarks.Any(k => k.DueAt is not null) || b.OrphanedParents.Count > 0 || b.Resumed;

    private static async Task ClaimAsync(NpgsqlBatch batch, int take, int look, DateTimeOffset now, Guid? onlyJob, List<ClaimedJob> rows, List<(Guid Job, List<TakenStimulus> Taken)> claimed)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(onlyJob is null ? s_claimOldest : s_claimOne) { Parameters = { P(take), onlyJob is { } one ? P(one) : P(look), P(now) } });
        await using var r = await batch.ExecuteReaderAsync();
        while (await r.ReadAsync())
        {
            var job = r.GetGuid(0);
            if (rows.Count == 0 || rows[^1].Job != job)
            {
                var taken = new List<TakenStimulus>();
                rows.Add(new ClaimedJob(job, r.GetGuid(1), r.IsDBNull(2) ? null : r.GetGuid(2), Enum.Parse<JobStatus>(r.GetString(3)), r.GetBoolean(4), r.GetFieldValue<byte[]>(5), taken));
                claimed.Add((job, taken));
            }

            rows[^1].Taken.Add(new TakenStimulus(r.GetInt64(6), r.GetString(7), r.GetInt32(8)));
        }
    }

    // What fails here fails for its own job only: the others' steps are written all the same.
    private async Task<(List<Burst> Bursts, List<(ClaimedJob Row, Exception Why)> Failed)> StepAsync(List<ClaimedJob> rows, DateTimeOffset now, JobFacts? facts)
    {
        List<Burst> bursts = [];
        List<(ClaimedJob, Exception)> failed = [];
        foreach (var row in rows)
        {
            try
            {
                var version = await versions.OfAsync(row.Version, CancellationToken.None);
                var burst = new Burst(row.Job, version, WorkflowState.Parse(row.State), row.Status, row.Paused, now, await data.ForAsync(version, row.Job, row.Contact, CancellationToken.None, facts), options.Limits(), activities);
                foreach (var taken in row.Taken) burst.Take(taken);
                bursts.Add(burst);
            }
            catch (Exception e) when (!DatabaseFailures.IsTransient(e))
            {
                failed.Add((row, e));
            }
        }

        return (bursts, failed);
    }

    private sealed record ClaimedJob(Guid Job, Guid Version, Guid? Contact, JobStatus Status, bool Paused, byte[] State, List<TakenStimulus> Taken);

    /// <summary>Adds to a batch all that bursts leave behind: states, journal, bookmarks, calls, incidents. The rows of their jobs are locked by whoever calls.</summary>
    public static void Write(NpgsqlBatch batch, List<Burst> bursts, DateTimeOffset now)
    {
        void Add(string sql, params NpgsqlParameter[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.AddRange(parameters);
            batch.BatchCommands.Add(command);
        }

        Add("""
            update routines.job_states s set state = u.state, status = u.status, paused = u.paused, at = $5
            from unnest($1::uuid[], $2::bytea[], $3::text[], $4::bool[]) u (job_id, state, status, paused) where s.job_id = u.job_id
            """, P(bursts.Select(b => b.JobId)), P(bursts.Select(b => b.State.ToUtf8())), P(bursts.Select(b => b.Status.ToString())), P(bursts.Select(b => b.Paused)), P(now));

        var moved = bursts.Where(b => b.Status != b.StatusBefore || b.Renamed).ToList();
        if (moved.Count > 0)
        {
            Add("""
                update routines.jobs j set status = u.status, paused = j.paused and not u.over, ended_at = case when u.over then $4 end,
                  ended_because = case when u.over then coalesce(j.ended_because, left(u.reason, 1000)) else j.ended_because end,
                  correlation_id = coalesce(left(u.correlation, 300), j.correlation_id), title = coalesce(left(u.title, 300), j.title)
                from unnest($1::uuid[], $2::text[], $3::bool[], $5::text[], $6::text[], $7::text[]) u (job_id, status, over, reason, correlation, title) where j.id = u.job_id
                """, P(moved.Select(b => b.JobId)), P(moved.Select(b => b.Status.ToString())), P(moved.Select(b => b.State.IsOver)), P(now),
                Texts(moved.Select(b => b.CancelReason)), Texts(moved.Select(b => b.State.CorrelationId)), Texts(moved.Select(b => b.State.Name)));
        }

        var journal = bursts.SelectMany(b => b.Journal.Select(j => (b.JobId, Entry: j))).ToList();
        if (journal.Count > 0)
        {
            Add("insert into routines.journal (job_id, seq, at, event, activity_id, execution_id, entry) select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::text[])",
                P(journal.Select(j => j.JobId)), P(journal.Select(j => j.Entry.Sequence)), P(journal.Select(j => j.Entry.Timestamp.ToUniversalTime())), P(journal.Select(j => j.Entry.Event.ToString())),
                P(journal.Select(j => j.Entry.ActivityId)), P(journal.Select(j => j.Entry.ActivityInstanceId)), P(journal.Select(j => j.Entry.ToJson())));
        }

        var gone = bursts.SelectMany(b => b.GoneBookmarks).ToArray();
        if (gone.Length > 0) Add("delete from routines.bookmarks where id = any($1)", P(gone));
        var marks = bursts.SelectMany(b => b.NewBookmarks.Select(k => (b.JobId, Mark: k))).ToList();
        if (marks.Count > 0)
        {
            Add("insert into routines.bookmarks (id, job_id, execution_id, kind, name, due_at, created_at) select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])",
                P(marks.Select(m => m.Mark.Id)), P(marks.Select(m => m.JobId)), P(marks.Select(m => m.Mark.ExecutionId)), P(marks.Select(m => m.Mark.Kind.ToString())),
                Texts(marks.Select(m => NameOf(m.Mark))),
                new NpgsqlParameter { Value = marks.Select(m => m.Mark.DueAt?.ToUniversalTime()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                P(marks.Select(m => m.Mark.CreatedAt.ToUniversalTime())));
        }

        var calls = bursts.SelectMany(b => b.Calls).ToList();
        if (calls.Count > 0)
        {
            Add("""
                insert into routines.calls (job_id, execution_id, kind, type, body, due_at, attempts, stuck)
                select u.a, u.b, u.c, u.d, u.e, $6, 0, false from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) with ordinality u (a, b, c, d, e, n) order by u.n
                """, P(calls.Select(c => c.JobId)), P(calls.Select(c => c.ExecutionId)), P(calls.Select(c => c.Kind.ToString())), P(calls.Select(c => c.Type)), P(calls.Select(c => c.Body)), P(now));
        }

        var incidents = bursts.SelectMany(b => b.NewIncidents.Select(i => (b.JobId, Incident: i))).ToList();
        foreach (var (jobId, i) in incidents)
        {
            Add("""
                insert into routines.incidents (id, job_id, branch_id, kind, execution_id, activity, activity_type, message, arguments, details, at, status)
                select $1, j.id, j.branch_id, $3, $4, $5, $6, $7, $8, $9, $10, 'Open' from routines.jobs j where j.id = $2
                """, P(i.Id), P(jobId), P(i.Kind.ToString()), N(i.ExecutionId, NpgsqlDbType.Uuid), N(i.Activity, NpgsqlDbType.Text), N(i.ActivityType, NpgsqlDbType.Text), P(i.Message), P(i.Arguments.ToArray()),
                N(i.Details?.ToJsonString(), NpgsqlDbType.Text), P(i.At.ToUniversalTime()));
        }

        var closed = bursts.SelectMany(b => b.GoneIncidents).ToArray();
        if (closed.Length > 0) Add("update routines.incidents set status = 'Closed', handled_at = $2 where id = any($1) and status = 'Open'", P(closed), P(now));

        var aside = bursts.SelectMany(b => b.PutAside.Select(s => (b.JobId, Taken: s))).ToList();
        if (aside.Count > 0)
        {
            Add("insert into routines.stimuli (id, job_id, body, ready, at, attempts) overriding system value select u.a, u.b, u.c, false, $4, 0 from unnest($1::bigint[], $2::uuid[], $3::text[]) u (a, b, c)",
                P(aside.Select(a => a.Taken.Id)), P(aside.Select(a => a.JobId)), P(aside.Select(a => a.Taken.Body)), P(now));
        }

        var resumed = bursts.Where(b => b.Resumed && !b.Paused).Select(b => b.JobId).ToArray();
        if (resumed.Length > 0) Add("update routines.stimuli set ready = true where job_id = any($1) and not ready", P(resumed));

        var orphans = bursts.SelectMany(b => b.OrphanedParents).ToArray();
        if (orphans.Length > 0)
        {
            // What was not started yet is not started any more.
            Add("delete from routines.calls where execution_id = any($1) and kind = 'Child'", P(orphans));
            Add("insert into routines.stimuli (job_id, body, ready, at, attempts) select j.id, $2, true, $3, 0 from routines.jobs j where j.parent_execution_id = any($1) and j.status in ('Running', 'Faulted')",
                P(orphans), P(StimulusText.Write(new Cancel("The job that started it went on without it."))), P(now));
        }

        var onwards = bursts.Where(b => b is { GoesOn: true, State.IsOver: false }).Select(b => b.JobId).ToArray();
        if (onwards.Length > 0)
        {
            Add("insert into routines.stimuli (job_id, body, ready, at, attempts) select u, $2, true, $3, 0 from unnest($1::uuid[]) u", P(onwards), P(StimulusText.Write(new GoOnCommitted())), P(now));
        }
    }

    // Only names that somebody looks for are worth an index entry.
    private static string? NameOf(Bookmark mark) => mark.Kind is BookmarkKind.Event or BookmarkKind.Http || mark.Name?.StartsWith(Burst.TriggerPrefix, StringComparison.Ordinal) == true ? mark.Name : null;

    // The runtime itself could not take the step: it is tried again a few times, later and later, then shown; the other jobs go on meanwhile.
    // Within the claim its stimuli are deleted and come back; after a claim that was rolled back they are there, or another worker has taken them in since: then they must not come back.
    private void PutBack(NpgsqlBatch batch, Guid jobId, List<TakenStimulus> taken, Exception e, DateTimeOffset now, bool deleted)
    {
        BurstFailed(log, e, jobId);
        var tries = taken.Max(t => t.Attempts) + 1;
        var givesUp = tries >= MaxAttempts;
        batch.BatchCommands.Add(deleted
            ? new NpgsqlBatchCommand("""
                insert into routines.stimuli (id, job_id, body, ready, at, attempts, error) overriding system value
                select u.id, $4, u.body, not $3, $7, u.attempts + 1, left($2, 2000) from unnest($1::bigint[], $5::text[], $6::int[]) u (id, body, attempts)
                """) { Parameters = { P(taken.Select(t => t.Id)), P(e.Message), P(givesUp), P(jobId), P(taken.Select(t => t.Body)), P(taken.Select(t => t.Attempts)), P(now) } }
            : new NpgsqlBatchCommand("update routines.stimuli set attempts = attempts + 1, error = left($2, 2000), ready = not $3 where id = any($1)") { Parameters = { P(taken.Select(t => t.Id)), P(e.Message), P(givesUp) } });
        if (!givesUp)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("update routines.job_states set retry_at = $2 where job_id = $1") { Parameters = { P(jobId), P(now + (s_firstRetry * Math.Pow(2, tries - 1))) } });
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into routines.incidents (id, job_id, branch_id, kind, message, arguments, details, at, status)
            select $1, j.id, j.branch_id, 'ActivityFaulted', $6, array[left($3, 500)], left($4, 4000), $5, 'Open' from routines.jobs j where j.id = $2
            """) { Parameters = { P(Guid.CreateVersion7()), P(jobId), P(e.Message), P(e.ToString()), P(now), P(NotTaken) } });
    }

    private static async Task EndAsync(NpgsqlConnection connection, string how)
    {
        // A connection that was lost has no transaction any more; its close says so.
        if (connection.FullState != System.Data.ConnectionState.Open) return;
        try
        {
            await using var command = new NpgsqlCommand(how, connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException)
        {
            NpgsqlConnection.ClearPool(connection);
        }
    }

    private static NpgsqlParameter P<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    private static NpgsqlParameter P<T>(IEnumerable<T> values) => new NpgsqlParameter<T[]> { TypedValue = values as T[] ?? [.. values] };

    private static NpgsqlParameter Texts(IEnumerable<string?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter N(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} could not take its step")]
    private static partial void BurstFailed(ILogger log, Exception e, Guid job);
}
