using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Routines.Runtime;

/// <summary>
/// Hands moments that have come to their jobs: due bookmarks, alarms of stages, schedules. Each is one indexed look and one transaction that takes the moment
/// away and writes what follows, so two hosts, or one that was stopped and goes on, never hand it over twice.
/// </summary>
[BypassesSave("A moment is taken away and handed over in one transaction; bookmarks by the thousand in one statement.")]
internal sealed class TimerFirer(NpgsqlDataSource source, IServiceScopeFactory scopes, RuntimeSignal signal)
{
    private const int Batch = 500;

    /// <summary>Hands over what is due.</summary>
    /// <returns>How much it was.</returns>
    public async Task<int> FireAsync(TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var n = await BookmarksAsync(now, ct);
        while (await WaitsAsync(now, ct) is var over and > 0) n += over;
        while (await AlarmAsync(now, ct)) n++;
        while (await ScheduleAsync(now, ct)) n++;
        if (n > 0) signal.Pulse();
        return n;
    }

    /// <summary>The next moment; null when there is none.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("""
            select least(
              (select min(due_at) from routines.bookmarks where due_at is not null),
              (select min(due_at) from routines.stage_alarms),
              (select min(due_at) from routines.working_waits),
              (select min(due_at) from routines.triggers where due_at is not null))
            """);
        return await command.ExecuteScalarAsync(ct) is DateTime due ? new DateTimeOffset(due, TimeSpan.Zero) : null;
    }

    private async Task<int> BookmarksAsync(DateTimeOffset now, CancellationToken ct)
    {
        var all = 0;
        int n;
        do
        {
            await using var command = source.CreateCommand($$"""
                with due as (
                  select id, job_id, due_at from routines.bookmarks where due_at <= $1 order by due_at limit {{Batch}} for update skip locked
                ), taken as (
                  update routines.bookmarks b set due_at = null from due where b.id = due.id
                )
                insert into routines.stimuli (job_id, body, ready, at, attempts) select job_id, 'TimerDue {"bookmarkId":"' || id || '"}', true, $1, 0 from due order by due_at
                """);
            command.Parameters.AddWithValue(now);
            n = await command.ExecuteNonQueryAsync(ct);
            all += n;
        }
        while (n == Batch);
        return all;
    }

    // Waits for working time that are over: the row goes and the answer to its job comes, in one statement.
    private async Task<int> WaitsAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var command = source.CreateCommand($$"""
            with due as (
              select id, job_id, due_at from routines.working_waits where due_at <= $1 order by due_at limit {{Batch}} for update skip locked
            ), gone as (
              delete from routines.working_waits w using due where w.id = due.id returning due.id, due.job_id, due.due_at
            )
            insert into routines.stimuli (job_id, body, ready, at, attempts) select job_id, 'ActivityCompleted {"executionId":"' || id || '","outcomes":["Done"]}', true, $1, 0 from gone order by due_at
            """);
        command.Parameters.AddWithValue(now);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<bool> AlarmAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<CurrentUser>().BecomeSystem("routines: alarm of a stage");
        var db = services.GetRequiredService<RoutinesDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var alarm = (await db.Set<StageAlarm>().FromSql($"select * from routines.stage_alarms where due_at <= {now} order by due_at limit 1 for update skip locked").ToListAsync(ct)).FirstOrDefault();
        if (alarm is null) return false;
        db.Remove(alarm);
        if (await db.Stages.FirstOrDefaultAsync(s => s.Id == alarm.StageItemId && s.Status == StageStatus.Open, ct) is { } stage)
        {
            if (alarm.Kind == AlarmKind.Timeout)
            {
                services.GetRequiredService<StageFinisher>().TimeOut(stage, now);
                db.RemoveRange(await db.Set<StageAlarm>().Where(a => a.StageItemId == stage.Id && a.Id != alarm.Id).ToListAsync(ct));
            }
            else
            {
                await services.GetRequiredService<StageAlarms>().TellAsync(stage, alarm.Kind, now, ct);
            }
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        services.GetRequiredService<OutboxSignal>().Pulse();
        return true;
    }

    private async Task<bool> ScheduleAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<CurrentUser>().BecomeSystem("routines: start by schedule");
        var db = services.GetRequiredService<RoutinesDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var trigger = (await db.Set<RoutineTrigger>().FromSql($"select * from routines.triggers where due_at <= {now} order by due_at limit 1 for update skip locked").ToListAsync(ct)).FirstOrDefault();
        if (trigger is null) return false;
        await services.GetRequiredService<TriggerStarter>().ByClockAsync(trigger, now, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        services.GetRequiredService<OutboxSignal>().Pulse();
        return true;
    }
}

/// <summary>Tells people about a stage that is due or late.</summary>
internal sealed class StageAlarms(INotifier notifier, StagePeople people)
{
    public async Task TellAsync(StageItem stage, AlarmKind kind, DateTimeOffset now, CancellationToken ct)
    {
        var setup = stage.Setup;
        var users = new List<Guid>(setup.AlarmUsers);
        var doers = await people.OfAsync(stage, now, ct);
        if (setup.AlarmDoers || users.Count == 0) users.AddRange(doers);
        // Nobody has it: whoever is to give it to somebody hears that it is late as well.
        if (stage.NobodySince is not null) users.AddRange(await people.InChargeAsync(stage, now, ct));
        var text = kind switch
        {
            AlarmKind.Before => "“{0}” is due soon",
            AlarmKind.Due => "“{0}” is late from now on",
            _ => "“{0}” is still not done",
        };
        notifier.Notify(users, text, [stage.Title], $"/jobs/stages/{stage.Id}", kind == AlarmKind.Before ? "warning" : "alarm");
        if (kind == AlarmKind.Due && setup.LateTemplate is { } template) stage.Ask(template, setup.LateToCustomer, "late", doers);
    }
}
