using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Runtime;

/// <summary>Starts routines by happenings, events and the clock. Everything it adds is saved by its caller, with whatever made it look.</summary>
internal sealed class TriggerStarter(RoutinesDb db, IRoutineStore routines, IContactDirectory contacts, ActivityDirectory activities, JobStarter starter, RuntimeOptions options)
{
    /// <summary>Something happened to a customer: routines whose trigger means it are started, once per happening.</summary>
    public async Task ByHappeningAsync(string type, Guid happening, Guid? contactId, JsonObject payload, DateTimeOffset now, CancellationToken ct)
    {
        if (activities.Trigger(type) is not { } declaration) return;
        foreach (var group in (await db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.Type == type).OrderBy(t => t.Id).ToListAsync(ct)).GroupBy(t => t.RoutineId))
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
        foreach (var trigger in await db.Set<RoutineTrigger>().AsNoTracking().Where(t => t.EventName == eventName).OrderBy(t => t.Id).ToListAsync(ct))
            await StartAsync(trigger, null, payload, correlationId, $"{publishing:N}:{trigger.RoutineId:N}", now, ct);
    }

    /// <summary>The moment of a schedule has come: one job, and the next moment. A moment that was slept through starts one job, not one for each that was missed.</summary>
    public async Task ByClockAsync(RoutineTrigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        var due = trigger.DueAt!.Value;
        await StartAsync(trigger, null, null, null, $"clock:{trigger.Id:N}:{due.ToUnixTimeSeconds()}", now, ct);
        trigger.DueAt = await NextAsync(trigger, now, ct);
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
            Routine = routine, ContactId = contactId, BranchId = contactId is null ? Crm.Core.Branches.HeadOffice : null, Input = (payload as JsonObject)?.DeepClone().AsObject(), TriggerActivityId = trigger.ActivityId,
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
internal sealed class TriggerIndex(RoutinesDb db, IRoutineStore routines, RuntimeOptions options, TimeProvider time) : IWhenPublished
{
    public async Task PublishedAsync(RunnableRoutine routine, CancellationToken ct)
    {
        await ClearAsync(routine.RoutineId, ct);
        var now = time.GetUtcNow();
        foreach (var trigger in routine.Workflow.Triggers)
        {
            db.Add(new RoutineTrigger
            {
                RoutineId = routine.RoutineId, ActivityId = trigger.ActivityId, Type = trigger.Type, Inputs = trigger.Inputs.ToJsonString(StimulusText.Json),
                EventName = trigger.Type == "Elsa.Event" ? trigger.Inputs["eventName"]?.ToString() : null, DueAt = trigger.NextDue(now, options.Zone),
            });
        }

        foreach (var binding in await BindingsAsync(routine.RoutineId, ct)) Add(binding, now);
    }

    public Task RetractedAsync(Guid routineId, CancellationToken ct) => ClearAsync(routineId, ct);

    public async Task BindingsChangedAsync(Guid routineId, CancellationToken ct)
    {
        if (await routines.PublishedAsync(routineId, ct) is { } routine) await PublishedAsync(routine, ct);
    }

    private void Add(RoutineBinding binding, DateTimeOffset now)
    {
        if (binding is { Start: RoutineStart.Trigger, Trigger: { Length: > 0 } type })
            db.Add(new RoutineTrigger { RoutineId = binding.RoutineId, BindingId = binding.Id, Type = type, Inputs = binding.Inputs().ToJsonString(StimulusText.Json) });
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
