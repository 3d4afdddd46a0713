using Crm.Core;
using Crm.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Routines.Runtime;

/// <summary>
/// Keeps the jobs of this host moving: bursts, calls and timers, each by its own workers. Several hosts do the same on one database and share the work by
/// locked rows. When the host stops, each worker ends what it has in hand.
/// </summary>
internal sealed partial class RuntimePump(BurstRunner bursts, CallRunner calls, TimerFirer timers, RuntimeSignal signal, RuntimeOptions options, NpgsqlDataSource source, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<RuntimePump> log) : BackgroundService, IPump
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_lookOfOthers = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_catchUp = TimeSpan.FromSeconds(30);

    /// <summary>Carries on everything that can go on now, until everything waits; for tests, seeds and an orderly stop.</summary>
    public Task<int> DrainAsync(CancellationToken ct) => DrainAsync(time, ct);

    /// <summary>The same by another clock: demo data are made in the past.</summary>
    public async Task<int> DrainAsync(TimeProvider clock, CancellationToken ct)
    {
        var all = await calls.CatchUpAsync(clock, ct);
        while (true)
        {
            var n = await timers.FireAsync(clock, ct);
            while (await bursts.RunAsync(options.JobsPerBurst, clock.GetUtcNow(), null, ct) is var taken and > 0) n += taken;
            while (await calls.RunOneAsync(clock, ct)) n++;
            while (await calls.AskOneAsync(clock, ct)) n++;
            all += n;
            if (n > 0) continue;
            // What another worker has in hand is invisible to a claim and visible to a count.
            if (!await IsUnderWayAsync(clock.GetUtcNow(), ct)) return all;
            await Task.Delay(5, ct);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Task> workers = [TimersAsync(stoppingToken)];
        for (var i = 0; i < options.BurstWorkers; i++)
            workers.Add(WorkAsync(async ct => await bursts.RunAsync(options.JobsPerBurst, time.GetUtcNow(), null, ct) > 0, i == 0, stoppingToken));
        for (var i = 0; i < options.CallWorkers; i++)
            workers.Add(WorkAsync(ct => calls.RunOneAsync(time, ct), i == 0, stoppingToken));
        // Others are seldom asked: one looks at each bell, and calls its like when it found something.
        var asked = new RuntimeSignal();
        for (var i = 0; i < options.AskWorkers; i++)
            workers.Add(WorkAsync(ct => calls.AskOneAsync(time, ct), i == 0, stoppingToken, i == 0 ? signal : asked, asked));
        await Task.WhenAll(workers);
    }

    private Task WorkAsync(Func<CancellationToken, Task<bool>> work, bool looks, CancellationToken ct) => WorkAsync(work, looks, ct, signal, signal);

    private async Task WorkAsync(Func<CancellationToken, Task<bool>> work, bool looks, CancellationToken ct, RuntimeSignal hears, RuntimeSignal calls)
    {
        var busy = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var bell = hears.Bell;
                if (await work(ct))
                {
                    // The first found work after a pause: there may be more than one can carry.
                    if (!busy) calls.Pulse();
                    busy = true;
                    continue;
                }

                busy = false;
                await RuntimeSignal.WaitAsync(bell, looks ? s_look : s_lookOfOthers, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                WorkFailed(log, e);
                await Task.Delay(TimeSpan.FromSeconds(1), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TimersAsync(CancellationToken ct)
    {
        var looked = time.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (time.GetElapsedTime(looked) > s_catchUp)
                {
                    looked = time.GetTimestamp();
                    await calls.CatchUpAsync(time, ct);
                }

                var next = await timers.NextAsync(ct);
                if (next <= time.GetUtcNow()) await timers.FireAsync(time, ct);
                var wait = next is { } due ? due - time.GetUtcNow() : s_look;
                // A moment that another host brings is seen at the next look; one that another host has in hand is looked at again in a moment.
                await Task.Delay(wait < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : wait < s_look ? wait : s_look, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                WorkFailed(log, e);
                await Task.Delay(TimeSpan.FromSeconds(1), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [BypassesSave("A count for the drain.")]
    private async Task<bool> IsUnderWayAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var command = source.CreateCommand("""
            select exists (select 1 from routines.stimuli q join routines.job_states s on s.job_id = q.job_id where q.ready and (s.retry_at is null or s.retry_at <= $1))
                or exists (select 1 from routines.calls c where not c.stuck and c.due_at <= $1)
            """);
        command.Parameters.AddWithValue(now);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A worker of the routines was interrupted; it goes on in a second")]
    private static partial void WorkFailed(ILogger log, Exception e);
}
