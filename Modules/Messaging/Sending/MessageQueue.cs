using Crm.Core;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Messaging.Contracts;
using Crm.Messaging.Data;
using Crm.Messaging.Domain;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Messaging.Sending;

/// <summary>A message in hand.</summary>
internal sealed record Claimed(Guid Id, int Attempt, string Address, string RecipientName, string Subject, string Body, string? SealedBody, string Format, string Language)
{
    public Letter Letter => new(Id, Address, RecipientName, Subject, Body, Enum.Parse<BodyFormat>(Format), Language);
}

/// <summary>What to write of a message that was in hand.</summary>
/// <param name="Message">The claim.</param>
/// <param name="Outcome">Sent, Retry, Failed; null gives it back untried.</param>
/// <param name="Result">What the gateway said.</param>
/// <param name="DelaySeconds">Until the next try.</param>
/// <param name="Milliseconds">How long the try took.</param>
internal sealed record Report(Claimed Message, string? Outcome, SendResult? Result, double DelaySeconds, int Milliseconds);

/// <summary>The queue in the database, by SQL: claims and reports go in batches, thousands a second.</summary>
[BypassesSave("Claims need SKIP LOCKED; state, log line and event of many messages are one statement and one transaction.")]
internal sealed class MessageQueue(NpgsqlDataSource source, IServiceScopeFactory scopes, OutboxSignal signal, TimeProvider clock)
{
    /// <summary>The database's clock decides what is due; a test's own clock where it has one.</summary>
    private DateTimeOffset? Now => clock is DatabaseClock ? null : clock.GetUtcNow();

    /// <summary>Without a gateway messages wait where people see it; with one they go on.</summary>
    public async Task<int> FollowGatewayAsync(MessageChannel channel, bool exists, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var sql = exists
            ? "update messaging.messages set state = 'Queued', reason = null where channel = @channel and state = 'Waiting'"
            : "update messaging.messages set state = 'Waiting', reason = @reason where channel = @channel and state = 'Queued'";
        return await connection.ExecuteAsync(new CommandDefinition(sql, new { channel = channel.ToString(), reason = Reasons.NoGateway }, cancellationToken: ct));
    }

    /// <summary>Takes the next messages that are due.</summary>
    public async Task<List<Claimed>> ClaimAsync(MessageChannel channel, Guid sender, int count, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<Claimed>(new CommandDefinition(
            """
            update messaging.messages m set state = 'Sending', attempts = m.attempts + 1, claimed_by = @sender, reason = null
            from (select id from messaging.messages where channel = @channel and state = 'Queued' and due_at <= coalesce(@Now::timestamptz, now())
                  order by due_at, id limit @count for update skip locked) d
            where m.id = d.id
            returning m.id, m.attempts as attempt, m.address, m.recipient_name, m.subject, m.body, m.sealed_body, m.format, m.language
            """, new { channel = channel.ToString(), sender, count, Now }, cancellationToken: ct));
        return rows.AsList();
    }

    /// <summary>Queues again what a sender had in hand that has fallen silent.</summary>
    public async Task<int> TakeOverAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await GiveUpFromTheFutureAsync(connection, ct);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            with lost as (
              select m.id, m.attempts from messaging.messages m
              where m.state = 'Sending' and not exists (select 1 from messaging.senders s where s.id = m.claimed_by and s.alive_until > now())
              order by m.id limit 1000 for update of m skip locked),
            logged as (
              insert into messaging.tries (message_id, at, attempt, outcome, reason, milliseconds, host)
              select id, coalesce(@Now::timestamptz, now()), attempts, 'TakenOver', @reason, 0, @host from lost)
            update messaging.messages m set state = 'Queued', claimed_by = null, reason = @reason, due_at = coalesce(@Now::timestamptz, now())
            from lost where m.id = lost.id
            """, new { Now, reason = Reasons.TakenOver, host = Environment.MachineName }, cancellationToken: ct));
    }

    /// <summary>
    /// After the database's clock was put back: a message that was due at once is due at once. Tries wait an hour and a quarter at most, a message that was not tried yet no longer than an open circuit.
    /// </summary>
    public async Task<int> CatchUpAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(new CommandDefinition(
            """
            update messaging.messages set due_at = coalesce(@Now::timestamptz, now())
            where channel = any(@channels) and state = 'Queued' and due_at > coalesce(@Now::timestamptz, now()) + interval '1 minute'
              and (attempts = 0 or due_at > coalesce(@Now::timestamptz, now()) + interval '76 minutes')
            """, new { channels = Enum.GetNames<MessageChannel>(), Now }, cancellationToken: ct));
    }

    // A sender whose sign of life lies far ahead gave it before the clock was put back. If it lives it gives another one within seconds; if not, it is given up after as long as any other, by a clock that nobody sets.
    private async Task GiveUpFromTheFutureAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var ahead = (await connection.QueryAsync<(Guid Id, DateTime Until)>(new CommandDefinition("select id, alive_until from messaging.senders where alive_until > now() + interval '1 minute'", cancellationToken: ct))).AsList();
        if (ahead.Count == 0 && _ahead.IsEmpty) return;
        foreach (var id in _ahead.Keys.Except(ahead.Select(a => a.Id))) _ahead.TryRemove(id, out _);
        foreach (var (id, until) in ahead)
        {
            var (seen, since) = _ahead.AddOrUpdate(id, (until, clock.GetTimestamp()), (_, known) => known.Until == until ? known : (until, clock.GetTimestamp()));
            if (clock.GetElapsedTime(since) >= SenderLife.Believed)
                await connection.ExecuteAsync(new CommandDefinition("update messaging.senders set alive_until = now() where id = @id and alive_until = @seen", new { id, seen }, cancellationToken: ct));
        }
    }

    private readonly System.Collections.Concurrent.ConcurrentDictionary<Guid, (DateTime Until, long Since)> _ahead = new();

    /// <summary>Writes what came of messages: state, log line and events, all or nothing. A report of a sender that was given up changes nothing.</summary>
    public async Task ReportAsync(Guid sender, IReadOnlyList<Report> reports, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("messages: send");
        var db = scope.ServiceProvider.GetRequiredService<MessagingDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var t = transaction.GetDbTransaction();
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var done = await connection.QueryAsync<Done>(new CommandDefinition(
            WorkerTransaction.Limited(connection, """
            with r as (
              select * from unnest(@ids, @attempts, @outcomes, @reasons, @details, @providers, @delays, @times)
                as r(id, attempt, outcome, reason, detail, provider, delay, ms)),
            done as (
              update messaging.messages m set
                state = case r.outcome when 'Sent' then 'Sent' when 'Failed' then 'Failed' else 'Queued' end,
                attempts = case when r.outcome = '' then m.attempts - 1 else m.attempts end,
                reason = r.reason, detail = case when r.outcome = '' then m.detail else r.detail end, provider_id = coalesce(r.provider, m.provider_id), claimed_by = null,
                sealed_body = case when m.sealed_body is not null and r.outcome in ('Sent', 'Failed') then '' else m.sealed_body end,
                sent_at = case when r.outcome = 'Sent' then coalesce(@Now::timestamptz, now()) else m.sent_at end,
                due_at = case when r.outcome in ('Sent', 'Failed') then m.due_at else coalesce(@Now::timestamptz, now()) + make_interval(secs => r.delay) end
              from r
              where m.id = r.id and m.state = 'Sending' and m.claimed_by = @sender and m.attempts = r.attempt
              returning m.id, m.channel, m.contact_id, m.job_id, m.branch_id, r.attempt, r.outcome, r.reason, r.detail, r.ms),
            logged as (
              insert into messaging.tries (message_id, at, attempt, outcome, reason, detail, milliseconds, host)
              select id, coalesce(@Now::timestamptz, now()), attempt, outcome, reason, detail, ms, @host from done where outcome <> '')
            select id, channel, contact_id, job_id, branch_id, outcome, reason from done
            """),
            new
            {
                Now, sender, host = Environment.MachineName,
                ids = reports.Select(r => r.Message.Id).ToArray(), attempts = reports.Select(r => r.Message.Attempt).ToArray(), outcomes = reports.Select(r => r.Outcome ?? "").ToArray(),
                reasons = reports.Select(r => r.Result?.Reason).ToArray(), details = reports.Select(r => r.Result?.Detail).ToArray(), providers = reports.Select(r => r.Result?.ProviderId).ToArray(),
                delays = reports.Select(r => r.DelaySeconds).ToArray(), times = reports.Select(r => r.Milliseconds).ToArray(),
            }, t, cancellationToken: ct));
        var told = false;
        foreach (var d in done)
        {
            var channel = Enum.Parse<MessageChannel>(d.Channel).Word();
            if (d.Outcome == "Sent") told |= db.AddToOutbox(new MessageSent(d.Id, channel, d.ContactId, d.JobId), d.BranchId);
            else if (d.Outcome == "Failed")
            {
                told |= db.AddToOutbox(new MessageFailed(d.Id, channel, d.ContactId, d.JobId, d.Reason ?? ""), d.BranchId);
                if (Activities.MessageFailedTrigger.Of(d.Id, channel, d.ContactId, d.JobId, d.Reason ?? "") is { } happened) told |= db.AddToOutbox(happened, d.BranchId);
            }
        }

        if (told) await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        if (told) signal.Pulse();
    }

    /// <summary>Tells the routines whose executions waited and whose messages have all come to an end.</summary>
    public async Task<int> SettleAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("messages: settle");
        var db = scope.ServiceProvider.GetRequiredService<MessagingDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var settled = (await connection.QueryAsync<Settled>(new CommandDefinition(
            WorkerTransaction.Limited(connection, """
            with ended as (
              select execution_id, bool_and(state = 'Sent') as all_sent from messaging.messages where awaited
              group by execution_id having bool_and(state in ('Sent', 'Failed', 'Suppressed', 'Cancelled')) limit 500),
            told as (update messaging.messages m set awaited = false from ended e where m.execution_id = e.execution_id and m.awaited returning m.execution_id)
            select e.execution_id, e.all_sent from ended e where e.execution_id in (select execution_id from told)
            """), transaction: transaction.GetDbTransaction(), cancellationToken: ct))).AsList();
        if (settled.Count == 0) return 0;
        foreach (var s in settled) db.AddToOutbox(new ActivityFinished(s.ExecutionId, s.AllSent ? "Done" : "Failed", null, null), null);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        signal.Pulse();
        return settled.Count;
    }

    private sealed class Done
    {
        public Guid Id { get; init; }

        public string Channel { get; init; } = "";

        public Guid? ContactId { get; init; }

        public Guid? JobId { get; init; }

        public Guid? BranchId { get; init; }

        public string Outcome { get; init; } = "";

        public string? Reason { get; init; }
    }

    private sealed class Settled
    {
        public Guid ExecutionId { get; init; }

        public bool AllSent { get; init; }
    }
}
