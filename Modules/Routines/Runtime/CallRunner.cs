using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Routines.Runtime;

/// <summary>
/// Does what jobs ask of the world. An activity runs in a transaction of its own module's context; the inbox row, its effect, the answer to the job and the end
/// of the call are that one transaction, so an effect happens once however often the call is begun.
/// </summary>
[BypassesSave("The effect, its answer to the job and the end of the call must be one transaction.")]
internal sealed partial class CallRunner(NpgsqlDataSource source, IServiceScopeFactory scopes, ActivityDirectory activities, JobData data, RuntimeOptions options, RuntimeSignal signal, ILogger<CallRunner> log)
{
    private readonly ConcurrentDictionary<long, byte> _inHand = new();

    /// <summary>Does one call that is due.</summary>
    /// <returns>False when none is due that nobody else has in hand.</returns>
    public Task<bool> RunOneAsync(TimeProvider clock, CancellationToken ct) => RunOneAsync(clock, outside: false, ct);

    /// <summary>Asks one other system that is to be asked now.</summary>
    /// <returns>False when none is due that nobody else has in hand.</returns>
    public Task<bool> AskOneAsync(TimeProvider clock, CancellationToken ct) => RunOneAsync(clock, outside: true, ct);

    /// <summary>After the database's clock was put back: a call that was due at once is due at once. No lease on one that was not tried yet is longer.</summary>
    public async Task<int> CatchUpAsync(TimeProvider clock, CancellationToken ct)
    {
        await using var command = source.CreateCommand("update routines.calls set due_at = $1 where not stuck and attempts = 0 and due_at > $2");
        var now = clock.GetUtcNow();
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(now + options.AskLease + TimeSpan.FromMinutes(1));
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<bool> RunOneAsync(TimeProvider clock, bool outside, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var calls = await NextAsync(clock.GetUtcNow(), outside, ct);
        try
        {
            if (calls.Count > 1 && await TryEndAsync(calls, clock)) return true;
            foreach (var call in calls)
            {
                try
                {
                    await RunAsync(call, clock);
                }
                catch (Exception e) when (!DatabaseFailures.IsTransient(e))
                {
                    await FailAsync(call, e, clock.GetUtcNow());
                }
            }
        }
        finally
        {
            foreach (var call in calls) _inHand.TryRemove(call.Id, out _);
        }

        return calls.Count > 0;
    }

    /// <summary>One call; or several ends of jobs, which are so small that a transaction for each would cost more than they do.</summary>
    private async Task<List<Call>> NextAsync(DateTimeOffset now, bool outside, CancellationToken ct)
    {
        // An execution's calls are done one after another: what was opened is there before it is taken back.
        await using var command = source.CreateCommand("""
            select c.id, c.job_id, c.execution_id, c.kind, c.type, c.body, c.attempts from routines.calls c
            where not c.stuck and c.due_at <= $1 and (c.kind = 'Run' and c.type = any($2)) = $3 and c.id <> all($4) and not exists (select 1 from routines.calls e where e.execution_id = c.execution_id and e.id < c.id)
            order by c.due_at, c.id limit 16 for update of c skip locked
            """);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(activities.AskOthers);
        command.Parameters.AddWithValue(outside);
        // What this host has in hand is not to fill the sixteen: other calls stand behind it.
        command.Parameters.AddWithValue(_inHand.Keys.ToArray());
        List<Call> taken = [];
        await using var r = await command.ExecuteReaderAsync(ct);
        while (await r.ReadAsync(ct))
        {
            var kind = Enum.Parse<CallKind>(r.GetString(3));
            if (taken.Count > 0 && kind != CallKind.Ended) continue;
            var id = r.GetInt64(0);
            if (!_inHand.TryAdd(id, 0)) continue;
            taken.Add(new Call { Id = id, JobId = r.GetGuid(1), ExecutionId = r.GetGuid(2), Kind = kind, Type = r.GetString(4), Body = r.GetString(5), Attempts = r.GetInt32(6), DueAt = now });
            if (kind != CallKind.Ended) break;
        }

        return taken;
    }

    private async Task RunAsync(Call call, TimeProvider clock)
    {
        if (call.Kind == CallKind.Ended)
        {
            await EndAsync([call], clock);
            return;
        }

        var text = CallText.Read(call.Body);
        var job = await data.FactsAsync(call.JobId, CancellationToken.None);
        if (job is null)
        {
            await DropAsync(call);
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<CurrentUser>().BecomeSystem($"routine: {job.RoutineName} #{job.Number}", job.BranchId);
        switch (call.Kind)
        {
            case CallKind.Run when activities.Find(call.Type, text.Version) is { Outside: true } known:
                await AskAsync(call, text, job, known, services, clock);
                break;
            case CallKind.Run:
                await RunActivityAsync(call, text, job, services, clock);
                break;
            case CallKind.Cancel:
                await CancelActivityAsync(call, job, services, clock);
                break;
            default:
                await InOwnTransactionAsync([call], services, (db, _, ct) => call.Kind switch
                {
                    CallKind.Publish => PublishAsync(db, call, text, services, clock.GetUtcNow(), ct),
                    CallKind.Child => StartChildAsync(db, call, text, job, services, clock.GetUtcNow(), ct),
                    _ => TellIncidentAsync(db, call, job, services, ct),
                });
                break;
        }
    }

    private async Task RunActivityAsync(Call call, CallText text, JobFacts job, IServiceProvider services, TimeProvider clock)
    {
        if (activities.Find(call.Type, text.Version) is not { } known) throw new RuleBroken("activity.unknown", "This application has no activity “{0}”.", call.Type);
        var context = await ContextAsync(call, text, job, clock);
        var activity = (IActivity)ActivatorUtilities.CreateInstance(services, known.Implementation);
        var input = ActivityDirectory.Bind(known.InputType, text.Inputs ?? []);
        var db = services.GetRequiredService<ModuleDbs>().Of(known.Implementation, services);
        services.GetRequiredService<ModuleScope>().Command = call.Type;
        var ran = false;
        string? answer;
        try
        {
            answer = await Inbox.OnceAsync(db, "activity", call.ExecutionId, async ct =>
            {
                ran = true;
                if (!await HoldAsync(db, call, ct)) throw new TakenByAnotherException();
                // Nobody waits for it any more: not even begun.
                if (await IsCancelledAsync(db, call, ct))
                {
                    await FinishAsync(db, call, null, ct);
                    return """{"cancelled":true}""";
                }

                var result = await activity.RunAsync(input, context, ct);
                if (result.Outcome is { } outcome && known.Outcomes.Count > 0 && !known.Outcomes.Contains(outcome.Name))
                    throw new InvalidOperationException($"{call.Type} answered with the undeclared outcome {outcome.Name}.");
                var stimulus = StimulusOf(call, result);
                await FinishAsync(db, call, stimulus, ct);
                return JsonSerializer.Serialize(new InboxAnswer(job.Id, StimulusText.Write(stimulus)), StimulusText.Json);
            }, CancellationToken.None);
        }
        catch (TakenByAnotherException)
        {
            return;
        }

        if (!ran)
        {
            // Done before, by a host that could not end the call; its answer is given again, and an answer that no longer fits changes nothing.
            var given = answer is null ? null : JsonSerializer.Deserialize<InboxAnswer>(answer, StimulusText.Json);
            await using var connection = await source.OpenConnectionAsync();
            await FinishAsync(connection, null, call, given?.Stimulus, CancellationToken.None);
        }

        signal.Pulse();
    }

    /// <summary>
    /// Asks another system: first the question, outside of any transaction, under a lease that keeps the other hosts from asking too; then the answer to the job and the end of the call in one.
    /// </summary>
    private async Task AskAsync(Call call, CallText text, JobFacts job, KnownActivity known, IServiceProvider services, TimeProvider clock)
    {
        await using (var lease = source.CreateCommand("update routines.calls set due_at = $2 where id = $1 and due_at <= $3 and not exists (select 1 from routines.calls k where k.execution_id = $4 and k.kind = 'Cancel')"))
        {
            lease.Parameters.AddWithValue(call.Id);
            lease.Parameters.AddWithValue(clock.GetUtcNow() + options.AskLease);
            lease.Parameters.AddWithValue(call.DueAt);
            lease.Parameters.AddWithValue(call.ExecutionId);
            if (await lease.ExecuteNonQueryAsync() == 0)
            {
                // Another host asks already; or nobody waits for the answer any more, and the taking back behind it goes on.
                await using var drop = source.CreateCommand("delete from routines.calls c where c.id = $1 and exists (select 1 from routines.calls k where k.execution_id = c.execution_id and k.kind = 'Cancel')");
                drop.Parameters.AddWithValue(call.Id);
                await drop.ExecuteNonQueryAsync();
                return;
            }
        }

        var context = await ContextAsync(call, text, job, clock);
        var activity = (IActivity)ActivatorUtilities.CreateInstance(services, known.Implementation);
        var result = await activity.RunAsync(ActivityDirectory.Bind(known.InputType, text.Inputs ?? []), context, CancellationToken.None);
        await using var connection = await source.OpenConnectionAsync();
        await FinishAsync(connection, null, call, StimulusText.Write(StimulusOf(call, result)), CancellationToken.None);
        signal.Pulse();
    }

    private async Task CancelActivityAsync(Call call, JobFacts job, IServiceProvider services, TimeProvider clock)
    {
        if (activities.Find(call.Type, 0) is not { } known)
        {
            await DropAsync(call);
            return;
        }

        var context = await ContextAsync(call, new CallText(), job, clock);
        var activity = (IActivity)ActivatorUtilities.CreateInstance(services, known.Implementation);
        var db = services.GetRequiredService<ModuleDbs>().Of(known.Implementation, services);
        services.GetRequiredService<ModuleScope>().Command = call.Type;
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (!await HoldAsync(db, call, CancellationToken.None)) return;
        await activity.CancelAsync(context, CancellationToken.None);
        await db.SaveChangesAsync();
        await FinishAsync(db, call, null, CancellationToken.None);
        await transaction.CommitAsync();
        services.GetRequiredService<OutboxSignal>().Pulse();
    }

    /// <summary>Does calls of this module's own and ends them in one transaction.</summary>
    private async Task InOwnTransactionAsync(List<Call> calls, IServiceProvider services, Func<RoutinesDb, List<Call>, CancellationToken, Task> act)
    {
        var db = services.GetRequiredService<RoutinesDb>();
        services.GetRequiredService<ModuleScope>().Command = calls[0].Kind.ToString();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var held = await HoldAsync(db, [.. calls.Select(c => c.Id)], CancellationToken.None);
        if (held.Length == 0) return;
        await act(db, calls.FindAll(c => held.Contains(c.Id)), CancellationToken.None);
        await db.SaveChangesAsync();
        var (connection, own) = Of(db);
        await ExecuteAsync(connection, own, "delete from routines.calls where id = any($1)", held);
        await transaction.CommitAsync();
        services.GetRequiredService<OutboxSignal>().Pulse();
        signal.Pulse();
    }

    private async Task<ActivityContext> ContextAsync(Call call, CallText text, JobFacts job, TimeProvider clock)
    {
        var state = WorkflowState.Parse(job.State);
        var all = new JsonObject { ["customer"] = await data.CustomerAsync(job.ContactId, CancellationToken.None), ["job"] = JobData.Of(job), ["answers"] = JobData.Answers(state) };
        foreach (var (name, value) in state.Variables) all.TryAdd(name, value?.DeepClone());
        return new ActivityContext
        {
            ExecutionId = call.ExecutionId, JobId = job.Id, JobNumber = job.Number, JobTitle = job.Title, ContactId = job.ContactId, BranchId = job.BranchId,
            StartedBy = job.StartedBy, Agents = job.AgentIds, Data = all, Now = clock.GetUtcNow(),
            Attempt = call.Attempts + 1, TriesAgain = e => text.Retry is { } policy && policy.GoesOnAfter(call.Attempts + 1, RemoteFailure.KindOf(e)),
        };
    }

    private static Stimulus StimulusOf(Call call, ActivityResult result)
    {
        var executionId = call.ExecutionId;
        // Elsa's own activities have outputs of their own names; ours have one, with everything in it.
        var own = call.Type.StartsWith("Elsa.", StringComparison.Ordinal);
        if (result.Outcome is { } outcome) return new ActivityCompleted(executionId, [outcome.Name], result.Output is null ? null : own ? (JsonObject)result.Output.DeepClone() : new JsonObject { ["Output"] = result.Output.DeepClone() });
        var payload = new JsonObject { ["waitsFor"] = result.WaitsFor, ["argument"] = result.WaitsForArgument };
        return new ActivityWaiting(executionId, [new NewBookmark(Burst.WaitName, payload, result.Until)]);
    }

    // An event that was published: to every job that waits for it, and to every routine that starts by it.
    private static async Task PublishAsync(RoutinesDb db, Call call, CallText text, IServiceProvider services, DateTimeOffset now, CancellationToken ct)
    {
        await EventFanOut.ToWaitingAsync(db, call.Type, text.CorrelationId, text.Payload, now, ct);
        await services.GetRequiredService<TriggerStarter>().ByEventAsync(call.Type, call.ExecutionId, text.CorrelationId, text.Payload, now, ct);
    }

    private async Task StartChildAsync(RoutinesDb db, Call call, CallText text, JobFacts parent, IServiceProvider services, DateTimeOffset now, CancellationToken ct)
    {
        if (parent.Depth + 1 > options.MaxDepth) throw new RuleBroken("job.too-deep", "Jobs start one another more than {0} deep.", options.MaxDepth);
        var store = services.GetRequiredService<IRoutineStore>();
        // A box keeps to the version it was drawn with, as long as it is there.
        var routine = (text.VersionId is { Length: > 0 } drawn ? await store.VersionAsync(call.Type, drawn, ct) : null) ?? await store.PublishedAsync(call.Type, ct)
            ?? throw new RuleBroken("routine.not-published", "The routine to start is not published: {0}.", call.Type);
        await services.GetRequiredService<JobStarter>().StartAsync(new NewJob
        {
            MustStart = true, Routine = routine, ContactId = parent.ContactId, BranchId = parent.BranchId, StartedBy = parent.StartedBy, Agents = parent.AgentIds, Input = text.Inputs, CorrelationId = text.CorrelationId,
            ParentJobId = parent.Id, ParentExecutionId = call.ExecutionId, Depth = parent.Depth + 1, StartKey = "child:" + call.ExecutionId.ToString("N") + (text.Index > 0 ? ":" + text.Index.ToString(System.Globalization.CultureInfo.InvariantCulture) : ""), At = now,
        }, ct);
    }

    // Where one of them can't be told, each goes alone: the others don't wait for it.
    private async Task<bool> TryEndAsync(List<Call> calls, TimeProvider clock)
    {
        try
        {
            await EndAsync(calls, clock);
            return true;
        }
        catch (Exception e) when (!DatabaseFailures.IsTransient(e))
        {
            EndsFailed(log, e, calls.Count);
            return false;
        }
    }

    /// <summary>Tells that jobs are over: to whoever reacts, and to the jobs that started them.</summary>
    private async Task EndAsync(List<Call> calls, TimeProvider clock)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("routines: ends of jobs");
        await InOwnTransactionAsync(calls, scope.ServiceProvider, async (db, held, ct) =>
        {
            var over = held.ConvertAll(c => c.JobId);
            // One that was purged since has nobody to tell.
            var jobs = await db.Jobs.IgnoreQueryFilters([Filters.Scope]).Where(j => over.Contains(j.Id)).ToDictionaryAsync(j => j.Id, ct);
            foreach (var call in held)
            {
                if (!jobs.TryGetValue(call.JobId, out var job)) continue;
                job.TellEnded();
                if (job is not { ParentJobId: { } parent, ParentExecutionId: { } execution }) continue;
                var text = CallText.Read(call.Body);
                db.Add(new QueuedStimulus { JobId = parent, At = clock.GetUtcNow(), Body = StimulusText.Write(new ChildFinished(execution, Enum.Parse<WorkflowSubStatus>(call.Type), text.Inputs, text.Outcomes, job.Id)) });
            }
        });
    }

    private static async Task TellIncidentAsync(RoutinesDb db, Call call, JobFacts job, IServiceProvider services, CancellationToken ct)
    {
        var incident = await db.Incidents.IgnoreQueryFilters([Filters.Scope]).FirstOrDefaultAsync(i => i.Id == call.ExecutionId, ct);
        if (incident is not { Status: IncidentStatus.Open }) return;
        var users = await services.GetRequiredService<IUserDirectory>().WithPermissionAsync(RoutinesPermissions.Incidents, ct);
        services.GetRequiredService<INotifier>().Notify(users.Select(u => u.Id), "Job {0} is stopped by an incident: {1}", [job.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), job.Title], $"/jobs/{job.Id}", "alarm");
    }

    private async Task FailAsync(Call call, Exception e, DateTimeOffset now)
    {
        var attempts = call.Attempts + 1;
        var kind = RemoteFailure.KindOf(e);
        // Two who changed the same row at once is nobody's failure: tried again whatever the box says.
        var policy = e is StaleRecord ? null : PolicyOf(call);
        var goesOn = policy is null ? kind != FailureKinds.Rule && attempts < options.Attempts : policy.GoesOnAfter(attempts, kind);
        await using var connection = await source.OpenConnectionAsync();
        if (goesOn)
        {
            CallFailed(log, e, call.Kind, call.Type, call.JobId, attempts);
            await ExecuteAsync(connection, null, "update routines.calls set attempts = $2, error = left($3, 2000), due_at = $4 where id = $1", call.Id, attempts, e.Message, now + (policy is null ? options.WaitAfter(attempts) : RuntimeOptions.Spread(policy.WaitAfter(attempts))));
            return;
        }

        GaveUp(log, e, call.Kind, call.Type, call.JobId, attempts);
        // Somebody waits for these: the job gets an incident, with a retry. The others stay to be seen and tried again by hand.
        if (call.Kind is CallKind.Run or CallKind.Child)
        {
            // «Some fields need attention» helps nobody who sees no fields: the first field's own sentence does.
            var (key, args) = e is InvalidInput { Fields: [var first, ..] } ? (first.Message, first.Args) : (e.Message, (e as CrmException)?.Args ?? []);
            var details = e is CrmException
                ? new JsonObject { ["key"] = key, ["args"] = new JsonArray([.. args.Select(a => (JsonNode?)Convert.ToString(a, System.Globalization.CultureInfo.InvariantCulture))]) }
                : new JsonObject { ["exception"] = e.GetType().Name, ["attempts"] = attempts };
            var reason = e is CrmException ? Texts.In("en", key, args) : e.Message;
            var stimulus = StimulusText.Write(new ActivityFaulted(call.ExecutionId, reason, details));
            await using var transaction = await connection.BeginTransactionAsync();
            await FinishAsync(connection, transaction, call, stimulus, CancellationToken.None);
            await transaction.CommitAsync();
            signal.Pulse();
            return;
        }

        await ExecuteAsync(connection, null, "update routines.calls set attempts = $2, error = left($3, 2000), stuck = true where id = $1", call.Id, attempts, e.Message);
    }

    // A call whose text can't be read is put aside like any other that fails: reading it once more must not fail the failure.
    private static RetryPolicy? PolicyOf(Call call)
    {
        try
        {
            return CallText.Read(call.Body).Retry;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task DropAsync(Call call)
    {
        await using var connection = await source.OpenConnectionAsync();
        await ExecuteAsync(connection, null, "delete from routines.calls where id = $1", call.Id);
    }

    private static async Task<bool> HoldAsync(ModuleDb db, Call call, CancellationToken ct) => (await HoldAsync(db, [call.Id], ct)).Length > 0;

    /// <summary>Locks calls.</summary>
    /// <returns>Those that are there and in nobody else's hand.</returns>
    private static async Task<long[]> HoldAsync(ModuleDb db, long[] ids, CancellationToken ct)
    {
        var (connection, transaction) = Of(db);
        await using var batch = new NpgsqlBatch(connection, transaction);
        // Also where the connection string brings options of its own: a frozen host gives its calls back.
        foreach (var limit in WorkerTransaction.Limits(connection)) batch.BatchCommands.Add(new NpgsqlBatchCommand(limit));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select id from routines.calls where id = any($1) for update skip locked") { Parameters = { new NpgsqlParameter<long[]> { TypedValue = ids } } });
        List<long> held = [];
        await using var r = await batch.ExecuteReaderAsync(ct);
        while (await r.ReadAsync(ct)) held.Add(r.GetInt64(0));
        return [.. held];
    }

    private static async Task<bool> IsCancelledAsync(ModuleDb db, Call call, CancellationToken ct)
    {
        var (connection, transaction) = Of(db);
        await using var command = new NpgsqlCommand("select id from routines.calls where execution_id = $1 and kind = 'Cancel'", connection, transaction) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = call.ExecutionId } } };
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private static Task FinishAsync(ModuleDb db, Call call, Stimulus? stimulus, CancellationToken ct)
    {
        var (connection, transaction) = Of(db);
        return FinishAsync(connection, transaction, call, stimulus is null ? null : StimulusText.Write(stimulus), ct);
    }

    private static async Task FinishAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, Call call, string? stimulus, CancellationToken ct)
    {
        if (stimulus is null)
        {
            await ExecuteAsync(connection, transaction, "delete from routines.calls where id = $1", call.Id);
            return;
        }

        // The answer goes with the end of the call: where another host has ended it since it was read here, it has answered too.
        await using var command = new NpgsqlCommand("""
            with ended as (delete from routines.calls where id = $1 returning id)
            insert into routines.stimuli (job_id, body, ready, at, attempts) select $2, $3, true, $4, 0 from ended
            """, connection, transaction)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = call.Id }, new NpgsqlParameter<Guid> { TypedValue = call.JobId }, new NpgsqlParameter<string> { TypedValue = stimulus },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = call.DueAt },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static (NpgsqlConnection Connection, NpgsqlTransaction Transaction) Of(ModuleDb db) =>
        ((NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)db.Database.CurrentTransaction!.GetDbTransaction());

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} {Type} of job {Job} failed (try {Attempt}); it will be tried again")]
    private static partial void CallFailed(ILogger log, Exception e, CallKind kind, string type, Guid job, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} ends of jobs could not be told together; each alone now")]
    private static partial void EndsFailed(ILogger log, Exception e, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} {Type} of job {Job} failed for good after {Attempts} tries")]
    private static partial void GaveUp(ILogger log, Exception e, CallKind kind, string type, Guid job, int attempts);

    private sealed record InboxAnswer(Guid Job, string Stimulus);

    private sealed class TakenByAnotherException : Exception;
}
