using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>
/// Something that happened to a job and was not yet taken in. Whoever accepts it (a form posted, a timer due, an event) writes this row in the
/// transaction of the acceptance; the burst that takes it in deletes it in the transaction of its effects.
/// </summary>
internal sealed class QueuedStimulus
{
    /// <summary>Order of acceptance.</summary>
    public long Id { get; init; }

    public Guid JobId { get; init; }

    /// <summary>Kind and content: see <see cref="Runtime.StimulusText"/>.</summary>
    public required string Body { get; init; }

    /// <summary>False while its job is suspended by hand, or after it failed too often.</summary>
    public bool Ready { get; set; } = true;

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset At { get; init; }

    public int Attempts { get; set; }

    public string? Error { get; set; }
}

internal sealed class QueuedStimulusMapping : IEntityTypeConfiguration<QueuedStimulus>
{
    public void Configure(EntityTypeBuilder<QueuedStimulus> builder)
    {
        builder.ToTable("Stimuli");
        builder.Property(s => s.Id).UseIdentityAlwaysColumn();
        builder.Property(s => s.Body).HasColumnType("text");
        builder.Property(s => s.Error).HasColumnType("text");
        builder.HasIndex(s => s.JobId);
        builder.HasIndex(s => s.Id).HasFilter("ready").HasDatabaseName("ix_stimuli_ready");
    }
}

/// <summary>What a call asks for.</summary>
internal enum CallKind
{
    /// <summary>Run an activity of a module.</summary>
    Run,

    /// <summary>Take back what a waiting activity opened.</summary>
    Cancel,

    /// <summary>Bring an event to all jobs that wait for it or start by it.</summary>
    Publish,

    /// <summary>Start a job for a waiting or a careless parent.</summary>
    Child,

    /// <summary>Tell the end of a job: to its parent and to the other modules.</summary>
    Ended,

    /// <summary>Tell the ones in charge of an incident.</summary>
    Incident,
}

/// <summary>Something a job asked of the world: written in the transaction of the burst, deleted in the transaction of its effect.</summary>
internal sealed class Call
{
    public long Id { get; init; }

    public Guid JobId { get; init; }

    /// <summary>The execution it belongs to; the key of the inbox.</summary>
    public Guid ExecutionId { get; init; }

    public CallKind Kind { get; init; }

    /// <summary>Type of the activity or name of the event.</summary>
    public string Type { get; init; } = "";

    /// <summary>The effect as JSON: see <see cref="Runtime.CallText"/>.</summary>
    public required string Body { get; init; }

    /// <summary>When to try (again).</summary>
    public DateTimeOffset DueAt { get; init; }

    public int Attempts { get; init; }

    public string? Error { get; init; }

    /// <summary>Failed too often for what nobody waits for: shown among the incidents until somebody says «again».</summary>
    public bool Stuck { get; init; }
}

internal sealed class CallMapping : IEntityTypeConfiguration<Call>
{
    public void Configure(EntityTypeBuilder<Call> builder)
    {
        builder.ToTable("Calls");
        builder.Property(c => c.Id).UseIdentityAlwaysColumn();
        builder.Property(c => c.Type).HasMaxLength(300);
        builder.Property(c => c.Body).HasColumnType("text");
        builder.Property(c => c.Error).HasColumnType("text");
        builder.HasIndex(c => new { c.DueAt, c.Id }).HasFilter("not stuck");
        builder.HasIndex(c => c.ExecutionId);
        builder.HasIndex(c => c.JobId);
    }
}

/// <summary>A bookmark of the state, as a row: found by its moment or by the name of its event.</summary>
internal sealed class BookmarkRow
{
    public Guid Id { get; init; }

    public Guid JobId { get; init; }

    public Guid ExecutionId { get; init; }

    public Crm.Workflows.BookmarkKind Kind { get; init; }

    public string? Name { get; init; }

    /// <summary>Emptied when the moment was handed to the job, so it is handed over once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class BookmarkRowMapping : IEntityTypeConfiguration<BookmarkRow>
{
    public void Configure(EntityTypeBuilder<BookmarkRow> builder)
    {
        builder.ToTable("Bookmarks");
        builder.Property(b => b.Id).ValueGeneratedNever();
        builder.Property(b => b.Name).HasMaxLength(300);
        builder.HasIndex(b => b.JobId);
        builder.HasIndex(b => b.ExecutionId);
        builder.HasIndex(b => b.DueAt).HasFilter("due_at is not null");
        builder.HasIndex(b => b.Name).HasFilter("name is not null");
    }
}

/// <summary>A line of a job's history.</summary>
internal sealed class JournalRow
{
    public Guid JobId { get; init; }

    /// <summary>1 and up, without gaps.</summary>
    public long Seq { get; init; }

    public DateTimeOffset At { get; init; }

    public Crm.Workflows.JournalEvent Event { get; init; }

    public required string ActivityId { get; init; }

    public Guid ExecutionId { get; init; }

    /// <summary>The whole entry as Elsa names its fields.</summary>
    public required string Entry { get; init; }
}

internal sealed class JournalRowMapping : IEntityTypeConfiguration<JournalRow>
{
    public void Configure(EntityTypeBuilder<JournalRow> builder)
    {
        builder.ToTable("Journal");
        builder.HasKey(j => new { j.JobId, j.Seq });
        builder.Property(j => j.ActivityId).HasMaxLength(300);
        // Text, not jsonb: the same job under the same stimuli gives the same bytes.
        builder.Property(j => j.Entry).HasColumnType("text");
    }
}
