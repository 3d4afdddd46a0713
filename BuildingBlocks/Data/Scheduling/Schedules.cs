using Crm.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Crm.Data;

/// <summary>Scheduled jobs run by Quartz on PostgreSQL: on one host of the cluster at a time, taken over when that host dies.</summary>
internal static class Schedules
{
    public static void AddSchedules(this IServiceCollection services, string connectionString)
    {
        // Its tables have a schema of their own; Quartz knows only names without one.
        var quartz = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = "quartz", ApplicationName = "crm-quartz", MaxPoolSize = 6, Options = null };
        services.AddQuartz(q =>
        {
            q.ConfigureScheduler(o =>
            {
                o.InstanceName = "crm";
                o.GenerateInstanceId = true;
            });
            q.UseDefaultThreadPool(3);
            q.UsePersistentStore(store =>
            {
                store.UsePostgres(quartz.ConnectionString);
                store.UseClustering(c => c.CheckinInterval = TimeSpan.FromSeconds(10));
                // Without a database these two never end; they must not keep the process.
                store.ConfigureStore(o => o.UseBackgroundThreads = true);
                store.ProvisionSchema();
            });
        });
        services.AddPump<ScheduleStarter>();
    }
}

/// <summary>Runs one <see cref="IScheduledJob"/> as the system.</summary>
[DisallowConcurrentExecution]
internal sealed class ScheduledJobRunner(IServiceScopeFactory scopes) : IJob
{
    public const string KeyName = "key";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var key = context.MergedJobDataMap.GetString(KeyName)!;
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("schedule: " + key);
        // A job whose class went with an upgrade is left out at the next start of the schedule.
        if (scope.ServiceProvider.GetServices<IScheduledJob>().FirstOrDefault(j => j.Key == key) is { } job)
            await job.RunAsync(cancellationToken);
    }
}

/// <summary>Writes the schedule of all contributed jobs once the application is up, and starts the scheduler.</summary>
internal sealed partial class ScheduleStarter(ISchedulerFactory factory, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ScheduleStarter> log) : BackgroundService, IPump
{
    private IScheduler? _scheduler;
    private bool _runs;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The next moments lie where the clock was: put back by two hours, a job of every minute would rest for two hours.
        using var putBack = new SemaphoreSlim(0);
        void Note(TimeSpan by)
        {
            if (by < TimeSpan.Zero) putBack.Release();
        }

        if (clock is DatabaseClock database) database.WasSet += Note;
        try
        {
            do await ScheduleAsync(stoppingToken);
            while (await WaitAsync(putBack, stoppingToken));
        }
        finally
        {
            if (clock is DatabaseClock told) told.WasSet -= Note;
        }
    }

    private static async Task<bool> WaitAsync(SemaphoreSlim putBack, CancellationToken stopping)
    {
        await putBack.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }

    private async Task ScheduleAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _scheduler = await factory.GetScheduler(stoppingToken);
                await using var scope = scopes.CreateAsyncScope();
                foreach (var job in scope.ServiceProvider.GetServices<IScheduledJob>())
                {
                    var detail = JobBuilder.Create<ScheduledJobRunner>().WithIdentity(job.Key).UsingJobData(ScheduledJobRunner.KeyName, job.Key).StoreDurably().Build();
                    var trigger = TriggerBuilder.Create().WithIdentity(job.Key).ForJob(detail).WithCronSchedule(job.Cron).Build();
                    await _scheduler.ScheduleJob(detail, [trigger], new ScheduleJobOptions { Replace = true }, stoppingToken);
                }

                if (!_runs) await _scheduler.Start(stoppingToken);
                _runs = true;
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotStarted(log, e);
                await Task.Delay(TimeSpan.FromSeconds(5), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // Stopping: whatever broke off half-way is made at the next start.
                return;
            }
        }
    }

    /// <summary>Schedules have no queue to empty: a test runs the job it means.</summary>
    public Task<int> DrainAsync(CancellationToken ct) => Task.FromResult(0);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_scheduler is null) return;
        try
        {
            // Quartz gives its trigger back before it ends, and without a database tries that for ever.
            await _scheduler.Shutdown(cancellationToken: cancellationToken).AsTask().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            NotStopped(log);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not be stopped in time; the next start finds what it held")]
    private static partial void NotStopped(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule could not be started; trying again in five seconds")]
    private static partial void NotStarted(ILogger log, Exception e);
}
