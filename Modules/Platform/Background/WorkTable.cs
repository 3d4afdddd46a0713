using System.Data.Common;
using Crm.Core;
using Crm.Data;
using Dapper;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Crm.Platform.Background;

/// <summary>A run in hand.</summary>
internal sealed class ClaimedWork
{
    public Guid Id { get; init; }

    public string Key { get; init; } = "";

    public string? About { get; init; }

    public string Args { get; init; } = "null";

    public Guid? User_Id { get; init; }

    public Guid? Branch_Id { get; init; }

    public long Done { get; init; }

    public long? Total { get; init; }

    public string? Checkpoint { get; init; }

    public int Starts { get; init; }

    public int Failures { get; init; }

    public bool Cancel_Requested { get; init; }

    public DateTimeOffset Created_At { get; init; }

    /// <summary>Renewed by its host; whoever has another one has lost the run.</summary>
    public Guid Lease { get; init; }
}

/// <summary>The rows of long work. Leases run by the database's clock.</summary>
[BypassesSave("Rows of the pump: claimed, renewed and ended one by one beside the data of whatever they do.")]
internal sealed class WorkTable(NpgsqlDataSource source, TimeProvider time, IConfiguration configuration)
{
    /// <summary>How long a host that does not speak keeps a run.</summary>
    public TimeSpan Lease { get; } = TimeSpan.FromSeconds(configuration.GetValue("Crm:Work:LeaseSeconds", 20));

    /// <summary>
    /// Takes the oldest run that is due, or one whose host is gone. A sign of life from the future was given before the clock was put back: whoever lives gives another one within seconds, and one
    /// that is taken from a living host all the same is refused its next checkpoint.
    /// </summary>
    /// <param name="keys">Kinds of work.</param>
    /// <param name="onlyToEnd">Only those whose end was asked for.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ClaimedWork?> ClaimAsync(IReadOnlyCollection<string> keys, bool onlyToEnd, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<ClaimedWork>(new CommandDefinition("""
            update platform.background_work w set stage = 'Running', lease = @fresh, heartbeat = now(), starts = w.starts + 1, started_at = coalesce(w.started_at, @now), problem = null
            where w.id = (
              select id from platform.background_work
              where key = any(@keys) and (not @onlyToEnd or cancel_requested) and (stage = 'Waiting' and due_at <= now() or stage = 'Running' and (heartbeat < now() - @silence or heartbeat > now() + @silence))
              order by due_at, id for update skip locked limit 1)
            returning w.id, w.key, w.about, w.args::text as args, w.user_id, w.branch_id, w.done, w.total, w.checkpoint::text as checkpoint, w.starts, w.failures, w.cancel_requested, w.created_at, w.lease
            """, new { fresh = Guid.CreateVersion7(), keys = keys.ToArray(), onlyToEnd, silence = Lease, now = time.GetUtcNow() }, cancellationToken: ct));
    }

    /// <summary>Renews the lease and writes how far it came.</summary>
    /// <returns>Whether the user asked for the end; null when the run is in other hands.</returns>
    public async Task<bool?> BeatAsync(ClaimedWork work, long done, long? total, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<bool?>(new CommandDefinition(
            "update platform.background_work set heartbeat = now(), done = @done, total = @total where id = @Id and lease = @Lease and stage = 'Running' returning cancel_requested",
            new { work.Id, work.Lease, done, total }, commandTimeout: 5, cancellationToken: ct));
    }

    /// <summary>Writes a checkpoint; with a transaction, as a part of it.</summary>
    public async Task CheckpointAsync(ClaimedWork work, string checkpoint, long done, long? total, DbConnection? given, DbTransaction? transaction, CancellationToken ct)
    {
        await using var own = given is null ? await source.OpenConnectionAsync(ct) : null;
        var rows = await (given ?? own!).ExecuteAsync(new CommandDefinition(
            "update platform.background_work set checkpoint = @checkpoint::jsonb, done = @done, total = @total, heartbeat = clock_timestamp(), starts = 1, failures = 0 where id = @Id and lease = @Lease and stage = 'Running'",
            new { work.Id, work.Lease, checkpoint, done, total }, transaction, cancellationToken: ct));
        if (rows == 0) throw new LeaseLost();
    }

    /// <summary>Tells those who wait why nothing happens.</summary>
    /// <returns>Whose work it is, where it was not told yet.</returns>
    public async Task<IReadOnlyList<Guid>> TellWaitingAsync(IReadOnlyCollection<string> keys, string problem, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return [.. await connection.QueryAsync<Guid>(new CommandDefinition(
            "update platform.background_work set problem = @problem::jsonb where stage = 'Waiting' and problem is null and due_at <= now() and key = any(@keys) and user_id is not null returning user_id",
            new { problem, keys = keys.ToArray() }, cancellationToken: ct))];
    }

    /// <summary>Puts it back: at once when the host stops, after a while when it failed; with what is told meanwhile.</summary>
    public async Task PutBackAsync(ClaimedWork work, long done, long? total, int failures, TimeSpan wait, string? problem, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            update platform.background_work set stage = 'Waiting', lease = null, done = @done, total = @total, failures = @failures, problem = @problem::jsonb, starts = case when @failures > 0 then starts else greatest(starts - 1, 0) end, due_at = now() + @wait
            where id = @Id and lease = @Lease and stage = 'Running'
            """, new { work.Id, work.Lease, done, total, failures, wait, problem }, cancellationToken: ct));
    }

    /// <summary>Ends a run within a transaction; false when it is in other hands.</summary>
    public async Task<bool> EndAsync(ClaimedWork work, WorkEnd end, DbConnection connection, DbTransaction transaction, CancellationToken ct) =>
        await connection.ExecuteAsync(new CommandDefinition("""
            update platform.background_work set stage = @Stage, lease = null, done = @Done, total = @Total, result = @Result::jsonb, problem = @Problem::jsonb, url = @Url, file_id = @FileId, file_name = @FileName,
              checkpoint = null, ended_at = @now
            where id = @Id and lease = @Lease and stage = 'Running'
            """,
            new { work.Id, work.Lease, Stage = end.Stage.ToString(), end.Done, end.Total, end.Result, end.Problem, end.Url, end.FileId, end.FileName, now = time.GetUtcNow() }, transaction, cancellationToken: ct)) > 0;
}

/// <summary>How a run ended.</summary>
internal sealed record WorkEnd(BackgroundStage Stage, long Done, long? Total, string? Result, string? Problem, string? Url, Guid? FileId, string? FileName);

/// <summary>Another host has the run.</summary>
internal sealed class LeaseLost() : Exception("Another host has taken this work over.");
