using Crm.Core;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Platform.Background;

/// <summary>
/// Does the long work of this host: one heavy run at a time, and light ones beside it. Its lease is renewed while it runs; when the host dies the lease runs out and another host goes on from the last
/// checkpoint. A host that was only frozen finds its lease gone and can save nothing more.
/// </summary>
internal sealed partial class WorkPump(WorkTable table, WorkKinds kinds, IServiceScopeFactory scopes, IUserAccessSource users, ILivePush live, OutboxSignal outbox, DiskRoom room, IHostApplicationLifetime lifetime, ILogger<WorkPump> log) : BackgroundService, IPump
{
    // Tries without a checkpoint between them: thrown errors, and hosts that died.
    private const int MaxFailures = 3;
    private const int MaxStarts = 10;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    // The disk may be the database's, which this host can't look at: it is tried again after a while.
    private static readonly TimeSpan s_room = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<int> DrainAsync(CancellationToken ct)
    {
        var n = 0;
        var all = kinds.All.Select(k => k.Key).ToList();
        while (await OneAsync(all, ct)) n++;
        return n;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Work of a kind that this release does not know is left to hosts that do.
        await Task.WhenAll(kinds.All.GroupBy(k => k.IsHeavy).Select(g => RepeatAsync([.. g.Select(k => k.Key)], stoppingToken)));
    }

    private async Task RepeatAsync(List<string> keys, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (!await OneAsync(keys, ct)) await Task.Delay(s_idle, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Interrupted(log, e);
                await Task.Delay(s_idle, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> OneAsync(List<string> keys, CancellationToken stopping)
    {
        var low = room.IsLow;
        if (low) await PauseAsync(keys, stopping);
        if (await table.ClaimAsync(keys, low, stopping) is not { } work) return false;
        var kind = kinds.Find(work.Key)!;
        await using var scope = scopes.CreateAsyncScope();
        var user = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        var language = "fa";
        if (work.User_Id is { } id)
        {
            var access = await users.FindAsync(id, stopping);
            language = access?.Language ?? language;
            if (access is null || !MayGoOn(kind, access))
            {
                await EndAsync(work, kind, language, null, BackgroundStage.Cancelled, WorkJson.Text("You no longer have the right to do this."));
                return true;
            }

            user.Become(access, "/work");
        }
        else
        {
            user.BecomeSystem("schedule: " + work.Key, work.Branch_Id);
        }

        RequestLanguage.Use(language);
        var run = new WorkRun(work, kind, table, scope.ServiceProvider, user);
        if (work.Starts > MaxStarts)
        {
            await EndAsync(work, kind, language, run, BackgroundStage.Failed, WorkJson.Text("It broke off at the same place again and again."));
            return true;
        }

        if (work.Cancel_Requested && !kind.EndsItself)
        {
            await EndAsync(work, kind, language, run, BackgroundStage.Cancelled, null);
            return true;
        }

        await DoAsync(work, kind, language, run, scope.ServiceProvider, user, stopping);
        return true;
    }

    private async Task DoAsync(ClaimedWork work, WorkKind kind, string language, WorkRun run, IServiceProvider services, CurrentUser user, CancellationToken stopping)
    {
        var reason = new Reason();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var ended = new CancellationTokenSource();
        var beating = BeatAsync(work, kind, run, user, reason, over, ended.Token);
        Exception? error = null;
        try
        {
            await TellAsync(work, run, BackgroundStage.Running);
            var job = services.GetServices<IBackgroundJob>().First(j => j.Key == work.Key);
            await job.RunAsync(run, over.Token);
        }
        catch (Exception e)
        {
            error = e;
        }

        await ended.CancelAsync();
        await beating;
        try
        {
            switch (error)
            {
                case null:
                    await EndAsync(work, kind, language, run, run.IsCancelRequested && kind.EndsItself ? BackgroundStage.Cancelled : BackgroundStage.Done, null);
                    break;
                case BackgroundCancelled:
                    await EndAsync(work, kind, language, run, BackgroundStage.Cancelled, null);
                    break;
                case LeaseLost:
                case OperationCanceledException when reason.Lost:
                    Lost(log, work.Key, work.Id);
                    break;
                case OperationCanceledException when reason.NoRight:
                    await EndAsync(work, kind, language, run, BackgroundStage.Cancelled, WorkJson.Text("You no longer have the right to do this."));
                    break;
                case OperationCanceledException when stopping.IsCancellationRequested:
                    await table.PutBackAsync(work, run.Done, run.Total, 0, TimeSpan.Zero, null, CancellationToken.None);
                    break;
                case var e when DiskRoom.IsFull(e):
                    DiskFull(log, work.Key, work.Id);
                    await table.PutBackAsync(work, run.Done, run.Total, 0, s_room, WorkJson.Text(DiskRoom.Paused), CancellationToken.None);
                    await TellAsync(work, run, BackgroundStage.Waiting);
                    break;
                case InvalidInput { Fields: [var (_, message, args), ..] }:
                    await EndAsync(work, kind, language, run, BackgroundStage.Failed, WorkJson.Text(message, args));
                    break;
                case CrmException refused:
                    await EndAsync(work, kind, language, run, BackgroundStage.Failed, WorkJson.Text(refused.Message, refused.Args));
                    break;
                case var e when DatabaseFailures.IsTransient(e):
                    Interrupted(log, e);
                    await table.PutBackAsync(work, run.Done, run.Total, 0, TimeSpan.FromSeconds(3), null, CancellationToken.None);
                    break;
                case var e when work.Failures + 1 < MaxFailures:
                    Failed(log, e, work.Key, work.Id, work.Failures + 1);
                    await table.PutBackAsync(work, run.Done, run.Total, work.Failures + 1, TimeSpan.FromSeconds(5 * Math.Pow(6, work.Failures)), null, CancellationToken.None);
                    break;
                case var e:
                    Failed(log, e, work.Key, work.Id, work.Failures + 1);
                    await EndAsync(work, kind, language, run, BackgroundStage.Failed, WorkJson.Text("Something unexpected happened. Tell your administrator this number: {0}", work.Id.ToString("N")[^8..]));
                    break;
            }
        }
        catch (Exception e) when (DatabaseFailures.IsTransient(e))
        {
            // Its end could not be written: the lease runs out, and it is taken up from its last checkpoint.
            Interrupted(log, e);
        }
    }

    private async Task PauseAsync(List<string> keys, CancellationToken ct)
    {
        var users = await table.TellWaitingAsync(keys, WorkJson.Text(DiskRoom.Paused), ct);
        if (users.Count > 0) await live.PushAsync([.. users.Distinct()], "work", new { stage = nameof(BackgroundStage.Waiting) });
    }

    /// <summary>Renews the lease, shows how far it came, and sees whether it may go on.</summary>
    private async Task BeatAsync(ClaimedWork work, WorkKind kind, WorkRun run, CurrentUser user, Reason reason, CancellationTokenSource over, CancellationToken ended)
    {
        var (beat, shown) = (TimeProvider.System.GetTimestamp(), run.Done);
        var good = beat;
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(s_look, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;
            var changed = run.Done != shown;
            if (!changed && TimeProvider.System.GetElapsedTime(beat) < s_beat && !run.IsCancelRequested) continue;
            beat = TimeProvider.System.GetTimestamp();
            try
            {
                shown = run.Done;
                switch (await table.BeatAsync(work, shown, run.Total, ended))
                {
                    case null:
                        reason.Lost = true;
                        await over.CancelAsync();
                        return;
                    case true:
                        run.CancelSeen = true;
                        break;
                }

                good = beat;
                if (work.User_Id is { } id)
                {
                    var access = await users.FindAsync(id, ended);
                    if (access is null || !MayGoOn(kind, access))
                    {
                        reason.NoRight = true;
                        await over.CancelAsync();
                        return;
                    }

                    user.Become(access, user.Through);
                }

                if (changed) await TellAsync(work, run, BackgroundStage.Running);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Interrupted(log, e);
                if (TimeProvider.System.GetElapsedTime(good) < table.Lease) continue;
                reason.Lost = true;
                await over.CancelAsync();
                return;
            }
        }
    }

    private static bool MayGoOn(WorkKind kind, UserAccess access) => access.Active && (kind.Permission is null || access.Can(kind.Permission));

    /// <summary>The end of the run and the notification are one transaction.</summary>
    [BypassesSave("A pump ends its row and tells it in one transaction.")]
    private async Task EndAsync(ClaimedWork work, WorkKind kind, string language, WorkRun? run, BackgroundStage stage, string? problem)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("schedule: " + work.Key);
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        foreach (var limit in WorkerTransaction.Limits((NpgsqlConnection)db.Database.GetDbConnection())) await db.Database.ExecuteSqlRawAsync(limit);
        var end = new WorkEnd(stage, run?.Done ?? work.Done, run?.Total ?? work.Total, run?.ResultText, problem, run?.Url, run?.File?.Id, run?.File?.Name);
        if (!await table.EndAsync(work, end, db.Database.GetDbConnection(), transaction.GetDbTransaction(), CancellationToken.None)) return;
        if (work.User_Id is { } user && Notice(kind, language, work, end) is { } notice)
            db.AddToOutbox(notice with { Users = [user], Url = end.Url ?? "/work" }, null);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        outbox.Pulse();
        await TellAsync(work, run, stage);
    }

    private static NotificationRequested? Notice(WorkKind kind, string language, ClaimedWork work, WorkEnd end)
    {
        var title = Texts.In(language, kind.Title) + (work.About is null ? "" : $" ({work.About})");
        return end.Stage switch
        {
            BackgroundStage.Done when WorkJson.In(language, end.Result) is { } result => new([], "{0}: {1}", [title, result], "", "info"),
            BackgroundStage.Done => new([], "{0} is done.", [title], "", "info"),
            BackgroundStage.Failed => new([], "{0} was given up: {1}", [title, WorkJson.In(language, end.Problem) ?? ""], "", "warning"),
            BackgroundStage.Cancelled when end.Problem is not null => new([], "{0} was given up: {1}", [title, WorkJson.In(language, end.Problem) ?? ""], "", "warning"),
            // Who cancelled it knows.
            _ => null,
        };
    }

    private async Task TellAsync(ClaimedWork work, WorkRun? run, BackgroundStage stage)
    {
        if (work.User_Id is not { } user) return;
        try
        {
            await live.PushAsync([user], "work", new { id = work.Id, stage = stage.ToString(), done = run?.Done ?? work.Done, total = run?.Total ?? work.Total });
        }
        catch (Exception e)
        {
            // Whoever looks sees the same a few seconds later.
            Interrupted(log, e);
        }
    }

    private sealed class Reason
    {
        public volatile bool Lost;
        public volatile bool NoRight;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Background work was interrupted; it goes on in a moment")]
    private static partial void Interrupted(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} {Id} waits: a disk is nearly full")]
    private static partial void DiskFull(ILogger log, string key, Guid id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} {Id} is in the hands of another host")]
    private static partial void Lost(ILogger log, string key, Guid id);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} {Id} failed (try {Attempt})")]
    private static partial void Failed(ILogger log, Exception e, string key, Guid id, int attempt);
}
