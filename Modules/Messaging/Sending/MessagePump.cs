using System.Diagnostics;
using System.Threading.Channels;
using Crm.Core;
using Crm.Data;
using Crm.Messaging.Domain;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Messaging.Sending;

/// <summary>
/// Sends what is queued: each channel by itself, several messages at a time. A message is claimed, sent, and its end written; the id goes with it as the idempotency
/// key. Between the gateway's yes and the written end lies the one window in which a killed host leaves a message to be sent again, with the same key.
/// </summary>
internal sealed partial class MessagePump(Gateways gateways, MessageQueue queue, SenderLife life, SealedTexts sealedTexts, DiskRoom room, ILogger<MessagePump> log) : BackgroundService, IPump
{
    private const int Lanes = 2;
    private const int MaxReport = 100;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleOfOthers = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_rounds = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<int> DrainAsync(CancellationToken ct)
    {
        var n = await queue.TakeOverAsync(ct) + await queue.CatchUpAsync(ct);
        foreach (var channel in Enum.GetValues<MessageChannel>())
        {
            int done;
            while ((done = await BatchAsync(channel, 1, ct)) > 0) n += done;
        }

        return n + await queue.SettleAsync(ct);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Enum.GetValues<MessageChannel>().SelectMany(c => Enumerable.Range(0, Lanes).Select(n => RepeatAsync(ct => BatchAsync(c, Lanes, ct), n == 0 ? s_idle : s_idleOfOthers, stoppingToken)))
            .Append(RepeatAsync(RoundsAsync, s_rounds, stoppingToken)));

    /// <summary>0.75 to 1.25 times 10 s, 20 s, 40 s … an hour: many that failed together do not come back together.</summary>
    internal static double DelaySeconds(int attempt) => Math.Min(10 * Math.Pow(2, attempt - 1), 3600) * (0.75 + (Random.Shared.NextDouble() / 2));

    private async Task RepeatAsync(Func<CancellationToken, Task<int>> act, TimeSpan idle, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (await act(ct) == 0) await Task.Delay(idle, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Interrupted(log, e);
                await Task.Delay(idle, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> RoundsAsync(CancellationToken ct)
    {
        await life.CurrentAsync(ct);
        await queue.TakeOverAsync(ct);
        await queue.CatchUpAsync(ct);
        await queue.SettleAsync(ct);
        return 0;
    }

    private async Task<int> BatchAsync(MessageChannel channel, int lanes, CancellationToken ct)
    {
        var gateway = await gateways.FindAsync(channel, ct);
        var moved = await queue.FollowGatewayAsync(channel, gateway is not null, ct);
        if (gateway is null || gateway.IsResting) return gateway is null ? moved : 0;
        // Each message leaves rows behind: they wait in the queue until there is room.
        if (room.IsLow) return 0;
        var parallel = Math.Max(1, gateway.Settings.Parallel / lanes);
        var sender = await life.CurrentAsync(ct);
        int count;
        try
        {
            var claimed = await queue.ClaimAsync(channel, sender, gateway.IsOnTrial ? 1 : parallel * 4, ct);
            count = claimed.Count;
            if (count > 0) await SendAllAsync(gateway, sender, claimed, parallel, ct);
        }
        catch
        {
            // A claim that was lost on its way here, or an end that could not be written.
            life.Abandon(sender);
            throw;
        }

        if (count > 0) await queue.SettleAsync(ct);
        return count;
    }

    private async Task SendAllAsync(OpenGateway gateway, Guid sender, List<Claimed> claimed, int parallel, CancellationToken ct)
    {
        var reports = Channel.CreateUnbounded<Report>(new() { SingleReader = true });
        using var over = new CancellationTokenSource();
        var living = LiveAsync(over.Token);
        // Its own task: the next sending does not wait for the writing of the last.
        var writing = WriteAsync(sender, reports.Reader);
        try
        {
            await Parallel.ForEachAsync(claimed, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (message, _) =>
                await reports.Writer.WriteAsync(await OneAsync(gateway, sender, message, ct), CancellationToken.None));
        }
        finally
        {
            reports.Writer.Complete();
            await writing;
            await over.CancelAsync();
            await living;
        }
    }

    private async Task<Report> OneAsync(OpenGateway gateway, Guid sender, Claimed message, CancellationToken stopping)
    {
        // Stopping, or no longer believed in: what has not begun goes back.
        if (stopping.IsCancellationRequested || !life.Holds(sender)) return new(message, null, null, 0, 0);
        if (message.Attempt > gateway.Settings.Tries + 5) return new(message, "Failed", SendResult.Refused(Reasons.TakenOver), 0, 0);
        var letter = message.Letter;
        if (message.SealedBody is { } text)
        {
            if (sealedTexts.Open(text) is not { } body) return new(message, "Failed", SendResult.Refused(Reasons.Expired), 0, 0);
            letter = letter with { Body = body };
        }

        var start = Stopwatch.GetTimestamp();
        SendResult? result;
        try
        {
            // What has begun is let finish while the host stops: its time limit is the gateway's.
            result = await gateway.SendAsync(letter, CancellationToken.None);
        }
        catch (Exception e)
        {
            SenderFailed(log, e, message.Id);
            result = SendResult.Trouble(Reasons.Trouble, e.Message);
        }

        var ms = (int)Math.Min(int.MaxValue, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return result switch
        {
            // The circuit is open: given back untried, due when it is asked again.
            null => new(message, null, null, 15, 0),
            { End: SendEnd.Accepted } => new(message, "Sent", result, 0, ms),
            { End: SendEnd.Refused } => new(message, "Failed", result, 0, ms),
            _ when message.Attempt >= gateway.Settings.Tries => new(message, "Failed", result, 0, ms),
            _ => new(message, "Retry", result, DelaySeconds(message.Attempt), ms),
        };
    }

    private async Task WriteAsync(Guid sender, ChannelReader<Report> reports)
    {
        var batch = new List<Report>(MaxReport);
        while (await reports.WaitToReadAsync())
        {
            while (batch.Count < MaxReport && reports.TryRead(out var report)) batch.Add(report);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await queue.ReportAsync(sender, batch, CancellationToken.None);
                    break;
                }
                catch (Exception e) when (DatabaseFailures.IsTransient(e) && attempt < 20)
                {
                    // The database is away for a moment. What was sent is known only here: keep it as long as it takes.
                    Interrupted(log, e);
                    await Task.Delay(500);
                }
            }

            batch.Clear();
        }
    }

    private async Task LiveAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(4), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested) return;
            try
            {
                await life.CurrentAsync(over);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Interrupted(log, e);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sending of messages was interrupted; it goes on in a moment")]
    private static partial void Interrupted(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} could not be handed over")]
    private static partial void SenderFailed(ILogger log, Exception e, Guid id);
}
