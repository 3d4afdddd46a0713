using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Runtime;

/// <summary>Starts routines by happenings, events and the clock. Everything it adds is saved by its caller, with whatever made it look.</summary>
internal sealed class TriggerStarter(RoutinesDb db, IRoutineStore routines, IContactDirectory contacts, ActivityDirectory activities, JobStarter starter, RuntimeOptions options, IServiceProvider services)
{
    private static readonly Func<RoutinesDb, string, IAsyncEnumerable<RoutineTrigger>> s_ofType = EF.CompileAsyncQuery<RoutinesDb, string, RoutineTrigger>((db, type) => db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == type).OrderBy(t => t.Id));
    private static readonly TimeSpan s_madeUp = TimeSpan.FromDays(31);

    /// <summary>Something happened to a customer: routines whose trigger means it are started, once per happening.</summary>
    public async Task ByHappeningAsync(string type, Guid happening, Guid? contactId, JsonObject payload, DateTimeOffset now, CancellationToken ct)
    {
        if (activities.Trigger(type) is not { } declaration) return;
        List<RoutineTrigger> meant = [];
        await foreach (var trigger in s_ofType(db, type).WithCancellation(ct)) meant.Add(trigger);
        foreach (var group in meant.GroupBy(t => t.RoutineId))
        {
            // One happening starts a routine once, also when both the drawing and a binding mean it.
            var trigger = group.FirstOrDefault(t => declaration.Matches(JsonNode.Parse(t.Inputs)!.AsObject(), payload));
            if (trigger is null || !await FitsAsync(trigger, contactId, ct)) continue;
            await StartAsync(trigger, contactId, payload, null, $"{happening:N}:{trigger.RoutineId:N}", now, ct);
        }
    }

    /// <summary>An event was published by a job.</summary>
    public async Task ByEventAsync(string eventName, Guid publishing, string? correlationId, JsonNode? payload, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var trigger in await db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == "Elsa.Event" && t.EventName == eventName).OrderBy(t => t.Id).ToListAsync(ct))
            await StartAsync(trigger, null, payload, correlationId, $"{publishing:N}:{trigger.RoutineId:N}", now, ct);
    }

    /// <summary>The moment of a schedule has come: one job, and the next moment. A moment that was slept through starts one job, not one for each that was missed.</summary>
    public async Task ByClockAsync(RoutineTrigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        var due = trigger.DueAt!.Value;
        if (activities.Trigger(trigger.Type) is IDayTrigger calendar)
        {
            await ByDayAsync(trigger, calendar, due, now, ct);
            return;
        }

        await StartAsync(trigger, null, null, null, $"clock:{trigger.Id:N}:{due.ToUnixTimeSeconds()}", now, ct);
        trigger.DueAt = await NextAsync(trigger, now, ct);
    }

    /// <summary>A day of the calendar has come: one job for each customer whom it means, a hundred at a time; days that were slept through are made up, up to a month.</summary>
    private async Task ByDayAsync(RoutineTrigger trigger, IDayTrigger calendar, DateTimeOffset due, DateTimeOffset now, CancellationToken ct)
    {
        const int take = 100;
        var inputs = JsonNode.Parse(trigger.Inputs)!.AsObject();
        // Days that lie too far back are passed over at once, not one by one.
        if (now - due > s_madeUp)
        {
            (trigger.After, trigger.DueAt) = (null, TriggerIndex.DayAfter(calendar, inputs, now - s_madeUp, options.Zone));
            return;
        }

        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(due, options.Zone).DateTime);
        var meant = await calendar.OnAsync(inputs, day, trigger.After, take, services, ct);
        foreach (var (contact, payload) in meant)
        {
            if (!await FitsAsync(trigger, contact, ct)) continue;
            await StartAsync(trigger, contact, payload, null, $"day:{trigger.RoutineId:N}:{trigger.ActivityId ?? trigger.BindingId?.ToString("N")}:{day.DayNumber}:{contact:N}", now, ct);
        }

        trigger.After = meant.Count == take ? meant[^1].ContactId : null;
        if (trigger.After is null) trigger.DueAt = TriggerIndex.DayAfter(calendar, inputs, due, options.Zone);
    }

    private async Task<DateTimeOffset?> NextAsync(RoutineTrigger trigger, DateTimeOffset after, CancellationToken ct)
    {
        if (trigger.Cron is { } cron) return Schedules.Next(cron, after, options.Zone);
        var routine = await routines.PublishedAsync(trigger.RoutineId, ct);
        return routine?.Workflow.Triggers.FirstOrDefault(t => t.ActivityId == trigger.ActivityId)?.NextDue(after, options.Zone);
    }

    private async Task StartAsync(RoutineTrigger trigger, Guid? contactId, JsonNode? payload, string? correlationId, string key, DateTimeOffset now, CancellationToken ct)
    {
        if (await routines.PublishedAsync(trigger.RoutineId, ct) is not { } routine) return;
        await starter.StartAsync(new NewJob
        {
            Routine = routine, ContactId = contactId, BranchId = contactId is null ? Branches.HeadOffice : null, Input = (payload as JsonObject)?.DeepClone().AsObject(), TriggerActivityId = trigger.ActivityId,
            Payload = payload, CorrelationId = correlationId, StartKey = key, At = now,
        }, ct);
    }

    // A binding names its kind of customer; a trigger in the drawing obeys the bindings of its routine, where it has any.
    private async Task<bool> FitsAsync(RoutineTrigger trigger, Guid? contactId, CancellationToken ct)
    {
        var bindings = await db.Set<RoutineBinding>().AsNoTracking().Where(b => b.RoutineId == trigger.RoutineId && b.Active).ToListAsync(ct);
        if (trigger.BindingId is { } id) bindings = [.. bindings.Where(b => b.Id == id)];
        if (bindings.Count == 0) return trigger.BindingId is null;
        if (contactId is not { } contact || await contacts.DataAsync(contact, ct) is not { } data) return bindings.Any(b => b.Fits(null));
        return bindings.Any(b => b.Fits(JobData.IdOf(data["typeId"])));
    }
}

/// <summary>Keeps the rows by which triggers are found, in the transaction that publishes a version or changes a binding.</summary>
internal sealed class TriggerIndex(RoutinesDb db, IRoutineStore routines, ActivityDirectory activities, RuntimeOptions options, TimeProvider time) : IWhenPublished
{
    public async Task PublishedAsync(RunnableRoutine routine, CancellationToken ct)
    {
        await ClearAsync(routine.RoutineId, ct);
        var now = time.GetUtcNow();
        foreach (var trigger in routine.Workflow.Triggers)
        {
            if (trigger.Type == HttpDoors.TypeName) await RefuseTakenAsync(routine, trigger, ct);
            db.Add(new RoutineTrigger
            {
                RoutineId = routine.RoutineId, ActivityId = trigger.ActivityId, Type = trigger.Type, Inputs = trigger.Inputs.ToJsonString(StimulusText.Json),
                EventName = trigger.Type switch { "Elsa.Event" => trigger.Inputs["eventName"]?.ToString(), HttpDoors.TypeName => HttpPaths.Normal(trigger.Inputs["path"]?.ToString() ?? ""), _ => null },
                DueAt = activities.Trigger(trigger.Type) is IDayTrigger calendar ? DayAfter(calendar, trigger.Inputs, now, options.Zone) : trigger.NextDue(now, options.Zone),
            });
        }

        foreach (var binding in await BindingsAsync(routine.RoutineId, ct)) Add(binding, now);
    }

    // Two routines at one address: nobody could say which of them is meant.
    private async Task RefuseTakenAsync(RunnableRoutine routine, TriggerInfo trigger, CancellationToken ct)
    {
        var path = HttpPaths.Normal(trigger.Inputs["path"]?.ToString() ?? "");
        var door = HttpDoor.Read(HttpDoor.Of(trigger.Inputs));
        foreach (var other in await db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == HttpDoors.TypeName && t.EventName == path && t.RoutineId != routine.RoutineId).ToListAsync(ct))
        {
            if (!HttpDoor.Read(HttpDoor.Of(JsonNode.Parse(other.Inputs)!.AsObject())).Methods.Intersect(door.Methods).Any()) continue;
            throw new InvalidInput(trigger.ActivityId, "The address “{0}” belongs to another routine already.", HttpPaths.Normal(path));
        }
    }

    public Task RetractedAsync(Guid routineId, CancellationToken ct) => ClearAsync(routineId, ct);

    public async Task BindingsChangedAsync(Guid routineId, CancellationToken ct)
    {
        if (await routines.PublishedAsync(routineId, ct) is { } routine) await PublishedAsync(routine, ct);
    }

    /// <summary>The next moment at which a trigger of the calendar looks: today at its hour when that is still to come, else tomorrow.</summary>
    public static DateTimeOffset DayAfter(IDayTrigger calendar, JsonObject inputs, DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone);
        var at = local.Date.AddHours(calendar.HourOf(inputs));
        if (at <= local.DateTime) at = at.AddDays(1);
        // An hour that a change of clocks leaves out is an hour later.
        while (zone.IsInvalidTime(at)) at = at.AddHours(1);
        return new DateTimeOffset(at, zone.GetUtcOffset(at)).ToUniversalTime();
    }

    private void Add(RoutineBinding binding, DateTimeOffset now)
    {
        if (binding is { Start: RoutineStart.Trigger, Trigger: { Length: > 0 } type })
            db.Add(new RoutineTrigger
            {
                RoutineId = binding.RoutineId, BindingId = binding.Id, Type = type, Inputs = binding.Inputs().ToJsonString(StimulusText.Json),
                DueAt = activities.Trigger(type) is IDayTrigger calendar ? DayAfter(calendar, binding.Inputs(), now, options.Zone) : null,
            });
        if (binding is { Start: RoutineStart.Schedule, Cron: { Length: > 0 } cron })
            db.Add(new RoutineTrigger { RoutineId = binding.RoutineId, BindingId = binding.Id, Type = "Elsa.Cron", Cron = cron, DueAt = Schedules.Next(cron, now, options.Zone) });
    }

    // As they will be after the save that is under way: changed and removed ones count as such.
    private async Task<List<RoutineBinding>> BindingsAsync(Guid routineId, CancellationToken ct)
    {
        await db.Set<RoutineBinding>().Where(b => b.RoutineId == routineId).LoadAsync(ct);
        return [.. db.ChangeTracker.Entries<RoutineBinding>().Where(e => e.State is not (EntityState.Deleted or EntityState.Detached) && e.Entity.RoutineId == routineId && e.Entity.Active).Select(e => e.Entity)];
    }

    private async Task ClearAsync(Guid routineId, CancellationToken ct) => db.RemoveRange(await db.Set<RoutineTrigger>().Where(t => t.RoutineId == routineId).ToListAsync(ct));
}

/// <summary>Brings an event to the jobs that wait for it.</summary>
internal static class EventFanOut
{
    [BypassesSave("One statement for any number of waiting jobs, in the transaction of the caller.")]
    public static Task ToWaitingAsync(RoutinesDb db, string eventName, string? correlationId, JsonNode? payload, DateTimeOffset now, CancellationToken ct)
    {
        var body = StimulusText.Write(new EventReceived(eventName, payload));
        return db.Database.ExecuteSqlAsync($"""
            insert into routines.stimuli (job_id, body, ready, at, attempts)
            select distinct b.job_id, {body}, true, {now}, 0 from routines.bookmarks b join routines.jobs j on j.id = b.job_id
            where b.kind = 'Event' and b.name = {eventName} and ({correlationId}::text is null or j.correlation_id = {correlationId})
            """, ct);
    }
}
