using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Runtime;

/// <summary>A job to be started.</summary>
internal sealed record NewJob
{
    public required RunnableRoutine Routine { get; init; }

    public Guid? ContactId { get; init; }

    /// <summary>Null takes the customer's branch, else the current user's.</summary>
    public Guid? BranchId { get; init; }

    /// <summary>Null makes it from routine and customer.</summary>
    public string? Title { get; init; }

    public Guid? StartedBy { get; init; }

    public IReadOnlyList<Guid> Agents { get; init; } = [];

    public JsonObject? Input { get; init; }

    /// <summary>The trigger in the drawing that started it.</summary>
    public string? TriggerActivityId { get; init; }

    public JsonNode? Payload { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>The same key starts one job.</summary>
    public string? StartKey { get; init; }

    public Guid? ParentJobId { get; init; }

    public Guid? ParentExecutionId { get; init; }

    public int Depth { get; init; }

    /// <summary>Where the routine lets no further job run now: an error for the one who starts it, true; passed over in silence, as for a happening, false.</summary>
    public bool MustStart { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>Writes a new job, its empty state and its first stimulus into the caller's save.</summary>
internal sealed class JobStarter(RoutinesDb db, IContactDirectory contacts, Crm.Core.ICurrentUser user)
{
    /// <summary>Adds the job; null when the key started one before, or when the routine lets no further job run now.</summary>
    public async Task<Job?> StartAsync(NewJob wish, CancellationToken ct)
    {
        if (wish.StartKey is { } key && (db.Set<Job>().Local.Any(j => j.StartKey == key) || await db.Jobs.IgnoreQueryFilters([Filters.Scope]).AnyAsync(j => j.StartKey == key, ct))) return null;
        var contact = wish.ContactId is { } contactId ? (await contacts.CardsAsync([contactId], ct)).GetValueOrDefault(contactId) ?? throw new Crm.Core.NotFound("contact", contactId) : null;
        var singleton = Singleton(wish);
        if (singleton is not null && await RunsAsync(wish, singleton, ct))
        {
            if (!wish.MustStart) return null;
            throw new Crm.Core.RuleBroken("routine.runs-already", wish.Routine.Workflow.Activation == ActivationStrategy.Singleton ? "“{0}” lets one job run at a time, and one is running." : "“{0}” lets one job run at a time for each customer or number, and one is running.", wish.Routine.Name);
        }

        var title = wish.Title is { Length: > 0 } given ? given : contact is null ? wish.Routine.Name : $"{wish.Routine.Name} – {contact.Name}";
        var number = await db.DrawJobNumberAsync(ct);
        var job = new Job(Guid.CreateVersion7(wish.At), wish.Routine.RoutineId, wish.Routine.VersionId, wish.Routine.Number, wish.Routine.Name, title.Length > 300 ? title[..300] : title, wish.ContactId,
            wish.BranchId ?? contact?.BranchId ?? user.HomeBranch, number)
        {
            StartedBy = wish.StartedBy, StartedAt = wish.At, ParentJobId = wish.ParentJobId, ParentExecutionId = wish.ParentExecutionId, Depth = wish.Depth, StartKey = wish.StartKey, CorrelationId = wish.CorrelationId, SingletonKey = singleton,
        };
        job.SetAgents(wish.Agents);
        job.TellStarted();
        var state = new WorkflowState { Id = job.Id, DefinitionId = wish.Routine.DefinitionId, DefinitionVersionId = wish.Routine.Workflow.VersionId, DefinitionVersion = wish.Routine.Number, SubStatus = WorkflowSubStatus.Pending };
        db.Add(job);
        db.Add(new JobState { JobId = job.Id, VersionId = wish.Routine.VersionId, ContactId = wish.ContactId, State = state.ToUtf8(), At = wish.At });
        db.Add(new QueuedStimulus { JobId = job.Id, At = wish.At, Body = StimulusText.Write(new Start(Named(wish.Input, wish.Routine.Workflow), wish.TriggerActivityId, wish.CorrelationId, wish.Payload)) });
        return job;
    }

    /// <summary>What two running jobs may not share; null where any number may run.</summary>
    private static string? Singleton(NewJob wish)
    {
        var key = wish.Routine.Workflow.Activation switch
        {
            ActivationStrategy.Singleton => $"one:{wish.Routine.RoutineId:N}",
            ActivationStrategy.CorrelatedSingleton => Belongs(wish) is { } to ? $"each:{wish.Routine.RoutineId:N}:{to}" : null,
            ActivationStrategy.Correlation => Belongs(wish) is { } to ? $"any:{to}" : null,
            _ => null,
        };
        return key is { Length: > 400 } ? key[..400] : key;
    }

    // What a start names, else the customer: «one at a time» means one for each customer where nothing else was said.
    private static string? Belongs(NewJob wish) => string.IsNullOrWhiteSpace(wish.CorrelationId) ? wish.ContactId?.ToString("N") : wish.CorrelationId;

    // The unique index decides between two that start at the same instant; this look tells the ordinary case with a sentence, and knows jobs of versions that had no such rule.
    private async Task<bool> RunsAsync(NewJob wish, string singleton, CancellationToken ct)
    {
        if (db.Set<Job>().Local.Any(j => j.SingletonKey == singleton && !j.IsOver)) return true;
        var running = db.Jobs.IgnoreQueryFilters([Filters.Scope]).Where(j => j.EndedAt == null);
        var contact = string.IsNullOrWhiteSpace(wish.CorrelationId) ? wish.ContactId : null;
        return wish.Routine.Workflow.Activation switch
        {
            ActivationStrategy.Singleton => await running.AnyAsync(j => j.RoutineId == wish.Routine.RoutineId, ct),
            ActivationStrategy.CorrelatedSingleton => await running.AnyAsync(j => j.RoutineId == wish.Routine.RoutineId && (contact == null ? j.CorrelationId == wish.CorrelationId : j.ContactId == contact), ct),
            _ => await running.AnyAsync(j => contact == null ? j.CorrelationId == wish.CorrelationId : j.SingletonKey == singleton, ct),
        };
    }

    // A box writes its inputs with a small first letter; the routine reads them under the names it declared.
    private static JsonObject? Named(JsonObject? input, CompiledWorkflow workflow)
    {
        if (input is null || workflow.InputNames.Count == 0) return input;
        var named = new JsonObject();
        foreach (var (name, value) in input) named[workflow.InputNames.FirstOrDefault(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase)) ?? name] = value?.DeepClone();
        return named;
    }
}
