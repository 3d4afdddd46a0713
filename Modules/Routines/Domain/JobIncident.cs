using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>How an incident stands.</summary>
internal enum IncidentStatus
{
    Open,

    /// <summary>Somebody asked for another try.</summary>
    Retried,

    /// <summary>Somebody let the job go on without it.</summary>
    Passed,

    /// <summary>The job went on or ended without it.</summary>
    Closed,
}

/// <summary>Why a step of a job stopped, and what was done about it. Written by the runtime, handled by people.</summary>
[WithRecord(typeof(Job), nameof(JobId))]
internal sealed class JobIncident : IBranchScoped
{
    public Guid Id { get; init; }

    public Guid JobId { get; init; }

    public Guid BranchId { get; init; }

    public Crm.Workflows.IncidentKind Kind { get; init; }

    public Guid? ExecutionId { get; init; }

    public string? Activity { get; init; }

    public string? ActivityType { get; init; }

    /// <summary>English sentence (translation key) with places for <see cref="Arguments"/>, or what an activity said.</summary>
    public required string Message { get; init; }

    public string[] Arguments { get; init; } = [];

    public string? Details { get; init; }

    public DateTimeOffset At { get; init; }

    public IncidentStatus Status { get; set; }

    public DateTimeOffset? HandledAt { get; set; }

    public Guid? HandledBy { get; set; }
}

internal sealed class JobIncidentMapping : IEntityTypeConfiguration<JobIncident>
{
    public void Configure(EntityTypeBuilder<JobIncident> builder)
    {
        builder.ToTable("Incidents");
        builder.Property(i => i.Id).ValueGeneratedNever();
        builder.Property(i => i.Activity).HasMaxLength(300);
        builder.Property(i => i.ActivityType).HasMaxLength(300);
        builder.Property(i => i.Message).HasColumnType("text");
        builder.Property(i => i.Details).HasColumnType("text");
        builder.HasIndex(i => i.JobId);
        builder.HasIndex(i => new { i.At, i.Id }).HasFilter("status = 'Open'");
    }
}
