using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Routines.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>How a job stands.</summary>
internal enum JobStatus
{
    /// <summary>Started and not over; what it waits for stand in its stages and bookmarks.</summary>
    Running,

    /// <summary>Nothing can go on until an incident is handled.</summary>
    Faulted,

    /// <summary>Reached its end.</summary>
    Finished,

    /// <summary>Ended by hand or by its routine before its end.</summary>
    Cancelled,
}

/// <summary>
/// One run of a routine for a customer, as people see it. What the engine needs between two bursts lies apart in <see cref="JobState"/>, so that a step
/// rewrites a narrow row and an open page does not collide with it.
/// </summary>
[Record("jobs", "routines.jobs", Owners = [nameof(StartedBy)], People = typeof(JobPerson), PeopleView = "routines.job_people")]
internal sealed class Job : Entity, IBranchScoped, INumbered, IStamped, IVersioned, ISearchable
{
    private Job()
    {
    }

    public Job(Guid id, Guid routineId, Guid versionId, int versionNumber, string routineName, string title, Guid? contactId, Guid branchId, long number)
    {
        Id = id;
        Number = number;
        RoutineId = routineId;
        VersionId = versionId;
        VersionNumber = versionNumber;
        RoutineName = routineName;
        Title = title;
        ContactId = contactId;
        BranchId = branchId;
    }

    public long Number { get; private set; }

    public string Title { get; private set; } = "";

    public Guid RoutineId { get; private set; }

    /// <summary>The version it runs on: that of its start until somebody moves it.</summary>
    public Guid VersionId { get; private set; }

    public int VersionNumber { get; private set; }

    /// <summary>Name of the routine when the job began.</summary>
    [Display(Name = "Routine")]
    public string RoutineName { get; private set; } = "";

    public Guid? ContactId { get; private set; }

    public Guid BranchId { get; private set; }

    /// <summary>The person who started it; null when a happening or the clock did.</summary>
    public Guid? StartedBy { get; init; }

    public Guid[] AgentIds { get; private set; } = [];

    /// <summary>Kept by the runtime.</summary>
    [NotAudited]
    [Display(Name = "State")]
    public JobStatus Status { get; set; }

    /// <summary>Suspended by hand: what happens to it is kept and taken in when it is resumed.</summary>
    public bool Paused { get; private set; }

    public string? PausedBecause { get; private set; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? EndedBecause { get; set; }

    public Guid? EndedBy { get; set; }

    /// <summary>The job that started this one.</summary>
    public Guid? ParentJobId { get; init; }

    /// <summary>The execution there that waits for its end, when one does.</summary>
    [NotTold]
    public Guid? ParentExecutionId { get; init; }

    /// <summary>Generations above it; a routine that starts itself for ever is stopped by it.</summary>
    [NotTold]
    public int Depth { get; init; }

    /// <summary>What started it, so that the same happening starts it once.</summary>
    [NotTold]
    public string? StartKey { get; init; }

    [NotTold]
    public string? CorrelationId { get; init; }

    /// <summary>Where its routine lets one job run at a time: what for. Two running jobs never share it.</summary>
    [NotAudited]
    public string? SingletonKey { get; init; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public uint Version { get; private set; }

    public bool IsOver => Status is JobStatus.Finished or JobStatus.Cancelled;

    public void SetAgents(IEnumerable<Guid> agents) => AgentIds = [.. agents.Distinct()];

    public void Pause(string reason)
    {
        RefuseWhenOver();
        if (Paused) throw new RuleBroken("job.paused", "This job is suspended already.");
        Paused = true;
        PausedBecause = reason;
    }

    public void Resume()
    {
        RefuseWhenOver();
        if (!Paused) throw new RuleBroken("job.not-paused", "This job is not suspended.");
        Paused = false;
        PausedBecause = null;
    }

    public void AskToEnd(string reason, Guid? by)
    {
        RefuseWhenOver();
        EndedBecause = reason;
        EndedBy = by;
        Paused = false;
        PausedBecause = null;
    }

    /// <summary>Its customer became another contact, or became itself again.</summary>
    public void MoveTo(Guid contactId) => ContactId = contactId;

    /// <summary>It goes on on another version of its routine.</summary>
    public void MoveTo(Guid versionId, int number) => (VersionId, VersionNumber) = (versionId, number);

    public void TellStarted() => Raise(new JobStarted(Id, Number, RoutineId, ContactId));

    public void TellEnded() => Raise(new JobEnded(Id, RoutineId, ContactId, Status == JobStatus.Finished ? "finished" : EndedBy is null ? "cancelled" : "ended"));

    public SearchEntry? ToSearchEntry() => new("Job", Title, RoutineName, $"{Number} {Title} {RoutineName}", $"/jobs/{Id}", RoutinesPermissions.SeeJobs);

    private void RefuseWhenOver()
    {
        if (IsOver) throw new RuleBroken("job.over", "This job is over.");
    }
}

internal sealed class JobMapping : IEntityTypeConfiguration<Job>
{
    public void Configure(EntityTypeBuilder<Job> builder)
    {
        builder.ToTable("Jobs");
        builder.Property(j => j.Title).HasMaxLength(300);
        builder.Property(j => j.RoutineName).HasMaxLength(250);
        builder.Property(j => j.PausedBecause).HasMaxLength(1000);
        builder.Property(j => j.EndedBecause).HasMaxLength(1000);
        builder.Property(j => j.StartKey).HasMaxLength(200);
        builder.Property(j => j.CorrelationId).HasMaxLength(300);
        builder.Property(j => j.SingletonKey).HasMaxLength(400);
        builder.HasIndex(j => j.SingletonKey).IsUnique().HasFilter("singleton_key is not null and ended_at is null");
        builder.HasIndex(j => j.RoutineId).HasFilter("ended_at is null").HasDatabaseName("ix_jobs_routine_id_open");
        builder.HasIndex(j => j.CorrelationId).HasFilter("correlation_id is not null and ended_at is null");
        builder.Ignore(j => j.IsOver);
        builder.HasIndex(j => j.StartKey).IsUnique().HasFilter("start_key is not null");
        builder.HasIndex(j => new { j.ContactId, j.StartedAt });
        builder.HasIndex(j => new { j.RoutineId, j.StartedAt });
        builder.HasIndex(j => new { j.StartedAt, j.Id });
        builder.HasIndex(j => j.ParentExecutionId).HasFilter("parent_execution_id is not null");
        builder.HasIndex(j => j.AgentIds).HasMethod("gin");
    }
}

/// <summary>
/// The engine's side of a job: the row that a burst locks, reads and writes back. No entity of the pipeline's save: the runtime alone writes it.
/// </summary>
internal sealed class JobState
{
    public Guid JobId { get; init; }

    public Guid VersionId { get; set; }

    /// <summary>As on the job; moves with it.</summary>
    public Guid? ContactId { get; set; }

    /// <summary>As on the job; so a burst need not read that row.</summary>
    public JobStatus Status { get; set; }

    public bool Paused { get; set; }

    /// <summary><see cref="Crm.Workflows.WorkflowState"/> as UTF-8 JSON.</summary>
    public required byte[] State { get; set; }

    /// <summary>Latest burst.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Set when the runtime itself could not take the job's step: until then nobody tries it again.</summary>
    public DateTimeOffset? RetryAt { get; set; }
}

internal sealed class JobStateMapping : IEntityTypeConfiguration<JobState>
{
    public void Configure(EntityTypeBuilder<JobState> builder)
    {
        builder.ToTable("JobStates");
        builder.HasKey(s => s.JobId);
        builder.HasIndex(s => s.VersionId);
        // lz4 costs a tenth of pglz when a state of a long job is written back at every step.
        builder.Property(s => s.State).HasColumnType("bytea");
    }
}
