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

    public required DateTimeOffset At { get; init; }
}

/// <summary>Writes a new job, its empty state and its first stimulus into the caller's save.</summary>
internal sealed class JobStarter(RoutinesDb db, IContactDirectory contacts, Crm.Core.ICurrentUser user)
{
    /// <summary>Adds the job; null when the key started one before.</summary>
    [BypassesSave("The number is drawn before the save because the event that tells of the job carries it.")]
    public async Task<Job?> StartAsync(NewJob wish, CancellationToken ct)
    {
        if (wish.StartKey is { } key && (db.Set<Job>().Local.Any(j => j.StartKey == key) || await db.Jobs.IgnoreQueryFilters([Filters.Branch]).AnyAsync(j => j.StartKey == key, ct))) return null;
        var contact = wish.ContactId is { } contactId ? (await contacts.CardsAsync([contactId], ct)).GetValueOrDefault(contactId) ?? throw new Crm.Core.NotFound("contact", contactId) : null;
        var title = wish.Title is { Length: > 0 } given ? given : contact is null ? wish.Routine.Name : $"{wish.Routine.Name} – {contact.Name}";
        var number = (await db.Database.SqlQueryRaw<long>("select nextval('routines.jobs_number') as \"Value\"").ToListAsync(ct))[0];
        var job = new Job(Guid.CreateVersion7(wish.At), wish.Routine.RoutineId, wish.Routine.VersionId, wish.Routine.Number, wish.Routine.Name, title.Length > 300 ? title[..300] : title, wish.ContactId,
            wish.BranchId ?? contact?.BranchId ?? user.HomeBranch, number)
        {
            StartedBy = wish.StartedBy, StartedAt = wish.At, ParentJobId = wish.ParentJobId, ParentExecutionId = wish.ParentExecutionId, Depth = wish.Depth, StartKey = wish.StartKey, CorrelationId = wish.CorrelationId,
        };
        job.SetAgents(wish.Agents);
        job.TellStarted();
        var state = new WorkflowState { Id = job.Id, DefinitionId = wish.Routine.DefinitionId, DefinitionVersionId = wish.Routine.Workflow.VersionId, DefinitionVersion = wish.Routine.Number, SubStatus = WorkflowSubStatus.Pending };
        db.Add(job);
        db.Add(new JobState { JobId = job.Id, VersionId = wish.Routine.VersionId, ContactId = wish.ContactId, State = state.ToUtf8(), At = wish.At });
        db.Add(new QueuedStimulus { JobId = job.Id, At = wish.At, Body = StimulusText.Write(new Start(wish.Input, wish.TriggerActivityId, wish.CorrelationId, wish.Payload)) });
        return job;
    }
}
