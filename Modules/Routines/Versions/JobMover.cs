using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Routines.Versions;

/// <summary>What the dry run says of a job.</summary>
internal sealed record CheckedJob(Guid JobId, Guid FromVersionId, int FromNumber, MoveVerdict Verdict, IReadOnlyList<MoveReason> Reasons, IReadOnlyList<(string Key, string Title, string? Auto)> Standing);

/// <summary>What became of some jobs.</summary>
/// <param name="Moved">How many went over.</param>
/// <param name="Left">How many did not, for good.</param>
/// <param name="Busy">Those with a step under way: to be tried again.</param>
internal sealed record MoveBatch(int Moved, int Left, IReadOnlyList<Guid> Busy);

/// <summary>
/// Moves jobs from version to version, and back. A batch is one transaction: the rows of the jobs and of their open stages are locked, so that nobody ends a stage of a job that is being moved; a job
/// for which something lies in the queue is left to the burst first, because what happened on the old version is taken in there. Whatever is accepted later is taken in on the new one.
/// </summary>
[BypassesSave("States, journal and bookmarks are written as bursts write them, in the transaction of the jobs' and stages' save.")]
internal sealed class JobMover(RoutinesDb db, JobVersions versions, JobData data, ActivityDirectory activities, RuntimeOptions options, RuntimeSignal signal, OutboxSignal outbox, ICurrentUser me, TimeProvider time)
{
    private const string Fits = "What happened while it was suspended has no place in the new version: {0}";

    private readonly Dictionary<Guid, IReadOnlyDictionary<string, string>> _pairs = [];
    private Dictionary<string, PlaceChoice>? _choices;

    private sealed record Held(Guid JobId, Guid VersionId, Guid? ContactId, JobStatus Status, bool Paused, byte[] State);

    private sealed record Snapshot(Guid Id, string ActivityId, string Title, string Setup, string? Instructions, string Fields, Guid? FormId);

    /// <summary>Looks what would become of jobs; changes nothing.</summary>
    public async Task<IReadOnlyList<CheckedJob>> CheckAsync(VersionMove move, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var to = await versions.OfAsync(move.ToVersionId, ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (connection.State != System.Data.ConnectionState.Open) await db.Database.OpenConnectionAsync(ct);
        var rows = await StatesAsync(connection, null, ids, "", ct);
        var aside = await AsideAsync(connection, null, ids, ct);
        var found = new List<CheckedJob>(rows.Count);
        foreach (var row in rows)
        {
            var from = await versions.OfAsync(row.VersionId, ct);
            var state = WorkflowState.Parse(row.State);
            var result = Decide(move, from, to, state, aside[row.JobId], await FactsAsync(to, row, state, ct), time.GetUtcNow());
            var workflow = from.Routine.Workflow;
            var pairs = Pairs(from, to);
            found.Add(new(row.JobId, row.VersionId, from.Routine.Number, result.Verdict, result.Reasons,
                [.. Mover.Standing(workflow, state).Select(key => (key, workflow.Find(key) is { } node ? BoxTitles.Of(node.Activity) : key, pairs.GetValueOrDefault(key)))]));
        }

        return found;
    }

    /// <summary>Moves jobs that the dry run let through.</summary>
    /// <param name="move">The move.</param>
    /// <param name="ids">The jobs.</param>
    /// <param name="checkpoint">Saves how far the run is, in the transaction.</param>
    /// <param name="ct">Cancels before the commit.</param>
    public async Task<MoveBatch> MoveAsync(VersionMove move, IReadOnlyList<Guid> ids, Func<DbConnection, DbTransaction, MoveBatch, Task> checkpoint, CancellationToken ct)
    {
        var to = await versions.OfAsync(move.ToVersionId, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var (connection, inner) = ((NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction());
        var now = time.GetUtcNow();
        var (rows, busy) = await LockAsync(connection, inner, ids, ct);
        var aside = await AsideAsync(connection, inner, ids, ct);
        var jobs = await db.Jobs.Where(j => ids.Contains(j.Id)).ToDictionaryAsync(j => j.Id, ct);
        var stages = (await db.Stages.Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).ToListAsync(ct)).ToLookup(s => s.JobId);
        var bursts = new List<(Burst Burst, Held Row, JobVersion From, string Stages)>();
        var left = new List<(Guid Job, IReadOnlyList<MoveReason> Reasons)>();
        foreach (var row in rows)
        {
            if (busy.Contains(row.JobId)) continue;
            if (!jobs.TryGetValue(row.JobId, out var job))
            {
                left.Add((row.JobId, [new(MoveVerdict.Stays, null, "You may no longer change this job", [])]));
                continue;
            }

            var from = await versions.OfAsync(row.VersionId, ct);
            var state = WorkflowState.Parse(row.State);
            var facts = await FactsAsync(to, row, state, ct);
            var result = Decide(move, from, to, state, aside[row.JobId], facts, now);
            if (result.Run is not { } run || result.Verdict != MoveVerdict.Moves)
            {
                left.Add((row.JobId, result.Reasons));
                continue;
            }

            var burst = new Burst(row.JobId, to, state, row.Status, row.Paused, now, facts, options.Limits(), activities);
            burst.TakeMove(run);
            bursts.Add((burst, row, from, JsonSerializer.Serialize(stages[row.JobId].Select(Kept), StimulusText.Json)));
            job.MoveTo(move.ToVersionId, move.ToNumber);
            foreach (var told in burst.Retold) await RetellAsync(told, stages[row.JobId], ct);
        }

        await db.SaveChangesAsync(ct);
        await using (var batch = new NpgsqlBatch(connection, inner))
        {
            if (bursts.Count > 0)
            {
                BurstRunner.Write(batch, [.. bursts.Select(b => b.Burst)], now);
                Add(batch, "update routines.job_states set version_id = $2 where job_id = any($1)", Of(bursts.Select(b => b.Row.JobId)), Of(move.ToVersionId));
                Add(batch, """
                    update routines.moved_jobs m set status = 'Moved', from_version_id = u.version, from_number = u.number, state = u.state, sequence = u.sequence, stages = u.stages
                    from unnest($2::uuid[], $3::uuid[], $4::int[], $5::bytea[], $6::bigint[], $7::text[]) u (job, version, number, state, sequence, stages) where m.move_id = $1 and m.job_id = u.job
                    """, Of(move.Id), Of(bursts.Select(b => b.Row.JobId)), Of(bursts.Select(b => b.Row.VersionId)), Of(bursts.Select(b => b.From.Routine.Number)), Of(bursts.Select(b => b.Row.State)),
                    Of(bursts.Select(b => b.Burst.State.LastSequence)), Of(bursts.Select(b => b.Stages)));
                RenameIncidents(batch, bursts.Select(b => (WorkflowState.Parse(b.Row.State), b.Burst.State)));
            }

            if (left.Count > 0)
                Add(batch, "update routines.moved_jobs m set status = 'Left', reasons = u.reasons from unnest($2::uuid[], $3::text[]) u (job, reasons) where m.move_id = $1 and m.job_id = u.job",
                    Of(move.Id), Of(left.Select(l => l.Job)), Of(left.Select(l => Write(l.Reasons))));
            if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
        }

        var done = new MoveBatch(bursts.Count, left.Count, [.. busy]);
        await checkpoint(connection, inner, done);
        await transaction.CommitAsync(ct);
        signal.Pulse();
        outbox.Pulse();
        return done;
    }

    /// <summary>Brings moved jobs back, but for those that have gone on since.</summary>
    public async Task<MoveBatch> UndoAsync(VersionMove move, IReadOnlyList<Guid> ids, Func<DbConnection, DbTransaction, MoveBatch, Task> checkpoint, CancellationToken ct)
    {
        var current = await versions.OfAsync(move.ToVersionId, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var (connection, inner) = ((NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction());
        var now = time.GetUtcNow();
        var (rows, busy) = await LockAsync(connection, inner, ids, ct);
        var jobs = await db.Jobs.Where(j => ids.Contains(j.Id)).ToDictionaryAsync(j => j.Id, ct);
        var moved = await db.Set<MovedJob>().AsNoTracking().Where(m => m.MoveId == move.Id && ids.Contains(m.JobId)).ToDictionaryAsync(m => m.JobId, ct);
        var stages = (await db.Stages.Where(s => ids.Contains(s.JobId) && s.Status == StageStatus.Open).ToListAsync(ct)).ToLookup(s => s.JobId);
        var wentOn = await WentOnAsync(connection, inner, move.Id, ids, ct);
        var bursts = new List<(Burst Burst, WorkflowState Now, Guid VersionId)>();
        var kept = new List<(Guid Job, IReadOnlyList<MoveReason> Reasons)>();
        foreach (var row in rows)
        {
            if (busy.Contains(row.JobId) || !moved.TryGetValue(row.JobId, out var was)) continue;
            var state = WorkflowState.Parse(row.State);
            var why = !jobs.ContainsKey(row.JobId) ? "You may no longer change this job" : state.IsOver ? "The job is over" : row.VersionId != move.ToVersionId ? "It was moved again since" : wentOn.Contains(row.JobId) ? "It has gone on since" : null;
            if (why is not null || was.State is null)
            {
                kept.Add((row.JobId, [new(MoveVerdict.Stays, null, why ?? "It has gone on since", [])]));
                continue;
            }

            var back = await versions.OfAsync(was.FromVersionId, ct);
            var facts = await FactsAsync(back, row, state, ct);
            var run = Mover.MoveBack(current.Routine.Workflow, back.Routine.Workflow, WorkflowState.Parse(was.State), state, Note(undo: true), now, facts, options.Limits());
            var burst = new Burst(row.JobId, back, state, row.Status, row.Paused, now, facts, options.Limits(), activities);
            burst.TakeMove(run);
            bursts.Add((burst, state, was.FromVersionId));
            jobs[row.JobId].MoveTo(was.FromVersionId, was.FromNumber);
            foreach (var saved in JsonSerializer.Deserialize<Snapshot[]>(was.Stages ?? "[]", StimulusText.Json)!)
                if (stages[row.JobId].FirstOrDefault(s => s.Id == saved.Id) is { } stage) Restore(stage, saved);
        }

        await db.SaveChangesAsync(ct);
        await using (var batch = new NpgsqlBatch(connection, inner))
        {
            if (bursts.Count > 0)
            {
                BurstRunner.Write(batch, [.. bursts.Select(b => b.Burst)], now);
                Add(batch, "update routines.job_states s set version_id = u.version from unnest($1::uuid[], $2::uuid[]) u (job, version) where s.job_id = u.job", Of(bursts.Select(b => b.Burst.JobId)), Of(bursts.Select(b => b.VersionId)));
                Add(batch, "update routines.moved_jobs set status = 'Undone' where move_id = $1 and job_id = any($2)", Of(move.Id), Of(bursts.Select(b => b.Burst.JobId)));
                RenameIncidents(batch, bursts.Select(b => (b.Now, b.Burst.State)));
            }

            if (kept.Count > 0)
                Add(batch, "update routines.moved_jobs m set status = 'Kept', reasons = u.reasons from unnest($2::uuid[], $3::text[]) u (job, reasons) where m.move_id = $1 and m.job_id = u.job",
                    Of(move.Id), Of(kept.Select(l => l.Job)), Of(kept.Select(l => Write(l.Reasons))));
            if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
        }

        var done = new MoveBatch(bursts.Count, kept.Count, [.. busy]);
        await checkpoint(connection, inner, done);
        await transaction.CommitAsync(ct);
        signal.Pulse();
        outbox.Pulse();
        return done;
    }

    /// <summary>Marks jobs that could not be taken in hand because a step of theirs was under way all the time.</summary>
    public Task<int> GiveUpAsync(VersionMove move, IReadOnlyList<Guid> ids, bool undo, CancellationToken ct)
    {
        Guid[] all = [.. ids];
        var reasons = Write([new(MoveVerdict.Stays, null, "A step of it is under way", [])]);
        return undo
            ? db.Database.ExecuteSqlAsync($"update routines.moved_jobs set status = 'Kept', reasons = {reasons} where move_id = {move.Id} and job_id = any({all})", ct)
            : db.Database.ExecuteSqlAsync($"update routines.moved_jobs set status = 'Left', reasons = {reasons} where move_id = {move.Id} and job_id = any({all})", ct);
    }

    /// <summary>Writes the dry run's finding of some jobs.</summary>
    public async Task SaveAsync(VersionMove move, IReadOnlyList<CheckedJob> found, CancellationToken ct)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (connection.State != System.Data.ConnectionState.Open) await db.Database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, """
            insert into routines.moved_jobs (move_id, job_id, from_version_id, from_number, verdict, reasons, status)
            select $1, u.job, u.version, u.number, u.verdict, u.reasons, 'Checked' from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[]) u (job, version, number, verdict, reasons)
            on conflict (move_id, job_id) do update set from_version_id = excluded.from_version_id, from_number = excluded.from_number, verdict = excluded.verdict, reasons = excluded.reasons, status = excluded.status
            """, Of(move.Id), Of(found.Select(f => f.JobId)), Of(found.Select(f => f.FromVersionId)), Of(found.Select(f => f.FromNumber)), Of(found.Select(f => f.Verdict.ToString())),
            new NpgsqlParameter { Value = found.Select(f => f.Reasons.Count == 0 ? null : Write(f.Reasons)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Reasons in the language of the moment.</summary>
    public static IReadOnlyList<string> Read(string? reasons) => reasons is null ? [] : [.. JsonSerializer.Deserialize<Said[]>(reasons, StimulusText.Json)!.Select(r => Texts.Get(r.Text, [.. r.Args.Cast<object?>()]))];

    public static string Write(IEnumerable<MoveReason> reasons) => JsonSerializer.Serialize(reasons.Select(r => new Said(r.Message, [.. r.Arguments])), StimulusText.Json);

    private sealed record Said(string Text, string[] Args);

    // ---- what the engine says

    private async Task<JsonObject> FactsAsync(JobVersion version, Held row, WorkflowState state, CancellationToken ct)
    {
        var facts = await data.ForAsync(version, row.JobId, row.ContactId, ct);
        if (version.UsesAnswers) facts["answers"] = JobData.Answers(state);
        return facts;
    }

    private MoveResult Decide(VersionMove move, JobVersion from, JobVersion to, WorkflowState state, IEnumerable<Stimulus> aside, JsonObject facts, DateTimeOffset now)
    {
        _choices ??= move.Choices.ToDictionary(c => c.Key, c => new PlaceChoice(c.Value.Fate, c.Value.To), StringComparer.Ordinal);
        var result = Mover.Move(from.Routine.Workflow, to.Routine.Workflow, state, new MovePlan(Pairs(from, to), _choices), Note(undo: false), now, facts, options.Limits(), type => activities.Trigger(type) is not null, BoxTitles.Of);
        if (result.Run is not { } run) return result;
        foreach (var completed in aside.OfType<ActivityCompleted>())
        {
            if (state.Execution(completed.ExecutionId) is not { } execution || from.Routine.Workflow.Find(execution.Activity) is not { } old) continue;
            var node = run.State.Execution(completed.ExecutionId) is { } here ? to.Routine.Workflow.Find(here.Activity) : null;
            if (node is null || completed.Outcomes.Any(outcome => Leads(old, outcome) && !Leads(node, outcome)))
                return new(MoveVerdict.Stays, [new(MoveVerdict.Stays, old.Key, Fits, [BoxTitles.Of(old.Activity)])], null);
        }

        return result;
    }

    private static bool Leads(WorkflowNode node, string outcome) => node.Parent?.Activity.Connections.Any(c => c.Source == node.Id && c.SourcePort == outcome) ?? false;

    private IReadOnlyDictionary<string, string> Pairs(JobVersion from, JobVersion to)
    {
        if (_pairs.TryGetValue(from.Routine.VersionId, out var known)) return known;
        return _pairs[from.Routine.VersionId] = VersionPairs.Match(VersionPairs.Flatten(from.Routine.Workflow), VersionPairs.Flatten(to.Routine.Workflow), BoxTitles.Of);
    }

    private MoveNote Note(bool undo) => new(me.Name, undo ? new JsonObject { ["undo"] = true, ["userId"] = me.Id?.ToString() } : new JsonObject { ["userId"] = me.Id?.ToString() });

    // ---- stages follow their box

    private async Task RetellAsync(ActivityMoved told, IEnumerable<StageItem> stages, CancellationToken ct)
    {
        if (stages.FirstOrDefault(s => s.Id == told.ExecutionId) is not { } stage) return;
        if (told.Inputs is null)
        {
            stage.Redraw(told.ActivityId, stage.Title);
            return;
        }

        if (told.Type == Approve.TypeName)
        {
            // Who is asked, and how many have to agree, was settled when it opened.
            var asked = (ApproveInput)ActivityDirectory.Bind(typeof(ApproveInput), told.Inputs);
            Title(stage, told.ActivityId, asked.Title, asked.Instructions);
            return;
        }

        if (told.Type != Stage.TypeName) return;
        var input = (StageInput)ActivityDirectory.Bind(typeof(StageInput), told.Inputs);
        Title(stage, told.ActivityId, input.Title, input.Instructions);
        // Whose work it is, and until when, was agreed when it opened.
        stage.SetUp(stage.Setup with
        {
            Outcomes = input.Outcomes.Count == 0 ? [Outcome.Done.Name] : [.. input.Outcomes.Distinct(StringComparer.Ordinal)], Enders = input.MayEnd,
            Files = [.. input.Files.Select(f => f.Trim()).Where(f => f.Length > 0).Distinct(StringComparer.Ordinal)], StatusId = input.StatusId,
            LateTemplate = input.LateTemplate, LateToCustomer = input.LateTo == StageAddressee.Customer, LeaveTemplate = input.LeaveTemplate, LeaveToCustomer = input.LeaveTo == StageAddressee.Customer,
            AlarmUsers = input.AlarmUsers, AlarmDoers = input.AlarmDoers,
        });
        if (stage.FormId == input.FormId) return;
        // Another form: as it is given out now. The same one stays in the version it was opened with.
        var form = input.FormId is { } id ? await db.Forms.IgnoreQueryFilters([Filters.SoftDelete]).Where(f => f.Id == id).Join(db.Set<FormVersion>(), f => f.PublishedVersionId, v => v.Id, (f, v) => new { f.Id, v.DesignJson }).AsNoTracking().FirstOrDefaultAsync(ct) : null;
        (stage.FormId, stage.FieldsJson) = (form?.Id, form?.DesignJson ?? "[]");
    }

    private static void Title(StageItem stage, string activityId, string title, string instructions)
    {
        title = title.Trim();
        stage.Redraw(activityId, title.Length == 0 ? stage.Title : title.Length > 300 ? title[..300] : title);
        stage.Instructions = string.IsNullOrWhiteSpace(instructions) ? null : instructions.Trim();
    }

    private static Snapshot Kept(StageItem stage) => new(stage.Id, stage.ActivityId, stage.Title, stage.SetupJson, stage.Instructions, stage.FieldsJson, stage.FormId);

    private static void Restore(StageItem stage, Snapshot was)
    {
        stage.Redraw(was.ActivityId, was.Title);
        stage.SetUp(JsonSerializer.Deserialize<StageSetup>(was.Setup, StimulusText.Json)!);
        (stage.Instructions, stage.FieldsJson, stage.FormId) = (was.Instructions, was.Fields, was.FormId);
    }

    // ---- rows

    private static async Task<(IReadOnlyList<Held> Rows, HashSet<Guid> Busy)> LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var rows = await StatesAsync(connection, transaction, ids, " for update", ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        Add(batch, "select id from routines.jobs where id = any($1) order by id for update", Of(ids));
        Add(batch, "select id from routines.stage_items where job_id = any($1) and status = 'Open' order by id for update", Of(ids));
        Add(batch, """
            select job_id from routines.stimuli where job_id = any($1) and ready
            union select job_id from routines.calls where job_id = any($1) and kind in ('Run', 'Child', 'Cancel') and not stuck
            """, Of(ids));
        var busy = new HashSet<Guid>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        for (var locked = 0; locked < 2; locked++)
        {
            while (await reader.ReadAsync(ct)) { }
            await reader.NextResultAsync(ct);
        }

        while (await reader.ReadAsync(ct)) busy.Add(reader.GetGuid(0));
        return (rows, busy);
    }

    private static async Task<IReadOnlyList<Held>> StatesAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyList<Guid> ids, string lockMode, CancellationToken ct)
    {
        var rows = new List<Held>(ids.Count);
        await using var command = new NpgsqlCommand("select job_id, version_id, contact_id, status, paused, state from routines.job_states where job_id = any($1) order by job_id" + lockMode, connection, transaction) { Parameters = { Of(ids) } };
        await using var r = await command.ExecuteReaderAsync(ct);
        while (await r.ReadAsync(ct)) rows.Add(new(r.GetGuid(0), r.GetGuid(1), r.IsDBNull(2) ? null : r.GetGuid(2), Enum.Parse<JobStatus>(r.GetString(3)), r.GetBoolean(4), r.GetFieldValue<byte[]>(5)));
        return rows;
    }

    private static async Task<ILookup<Guid, Stimulus>> AsideAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var found = new List<(Guid Job, Stimulus Stimulus)>();
        await using var command = new NpgsqlCommand("select job_id, body from routines.stimuli where job_id = any($1) and not ready order by id", connection, transaction) { Parameters = { Of(ids) } };
        await using var r = await command.ExecuteReaderAsync(ct);
        while (await r.ReadAsync(ct)) found.Add((r.GetGuid(0), StimulusText.Read(r.GetString(1))));
        return found.ToLookup(f => f.Job, f => f.Stimulus);
    }

    // What the move itself began may have begun to wait, or failed; whatever else stands behind the move's line is a step of the job.
    private static async Task<HashSet<Guid>> WentOnAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid move, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var found = new HashSet<Guid>();
        await using var command = new NpgsqlCommand("""
            select m.job_id from routines.moved_jobs m where m.move_id = $1 and m.job_id = any($2) and (
              exists (select 1 from routines.journal j where j.job_id = m.job_id and j.seq > m.sequence and j.event not in ('Suspended', 'Faulted'))
              or exists (select 1 from routines.stimuli s where s.job_id = m.job_id))
            """, connection, transaction) { Parameters = { Of(move), Of(ids) } };
        await using var r = await command.ExecuteReaderAsync(ct);
        while (await r.ReadAsync(ct)) found.Add(r.GetGuid(0));
        return found;
    }

    private static void RenameIncidents(NpgsqlBatch batch, IEnumerable<(WorkflowState Before, WorkflowState After)> states)
    {
        var renamed = states.SelectMany(s => s.After.Incidents.Where(i => s.Before.Incidents.Exists(b => b.Id == i.Id && b.Activity != i.Activity))).ToList();
        if (renamed.Count == 0) return;
        Add(batch, "update routines.incidents i set activity = u.activity, activity_type = u.type from unnest($1::uuid[], $2::text[], $3::text[]) u (id, activity, type) where i.id = u.id",
            Of(renamed.Select(i => i.Id)), Of(renamed.Select(i => i.Activity ?? "")), Of(renamed.Select(i => i.ActivityType ?? "")));
    }

    private static void Add(NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter Of<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    private static NpgsqlParameter Of<T>(IReadOnlyList<T> values) => Of(values.AsEnumerable());

    private static NpgsqlParameter Of<T>(IEnumerable<T> values) => new NpgsqlParameter<T[]> { TypedValue = values as T[] ?? [.. values] };
}
