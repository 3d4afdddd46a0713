using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>
/// What starts a routine, from its drawing and its bindings, found by the type of the happening or by its moment. Rewritten whole when a version is
/// published or a binding changes.
/// </summary>
internal sealed class RoutineTrigger
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public Guid RoutineId { get; init; }

    /// <summary>The trigger in the drawing; null when a binding says so.</summary>
    public string? ActivityId { get; init; }

    /// <summary>The binding; null when it is drawn.</summary>
    public Guid? BindingId { get; init; }

    /// <summary>Type of the trigger.</summary>
    public required string Type { get; init; }

    /// <summary>Name of the event, for Elsa.Event.</summary>
    public string? EventName { get; init; }

    /// <summary>What narrows it, a JSON object.</summary>
    public string Inputs { get; init; } = "{}";

    /// <summary>Schedule of a binding: a cron expression or a calendar schedule (<see cref="Crm.Workflows.CalendarSchedule"/>).</summary>
    public string? Cron { get; init; }

    /// <summary>Next moment of a schedule; null when it is none, or is over.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>A trigger of the calendar: the last customer of the day that was looked at, while there are more.</summary>
    public Guid? After { get; set; }
}

internal sealed class RoutineTriggerMapping : IEntityTypeConfiguration<RoutineTrigger>
{
    public void Configure(EntityTypeBuilder<RoutineTrigger> builder)
    {
        builder.ToTable("Triggers");
        builder.Property(t => t.Id).ValueGeneratedNever();
        builder.Property(t => t.ActivityId).HasMaxLength(300);
        builder.Property(t => t.Type).HasMaxLength(200);
        builder.Property(t => t.EventName).HasMaxLength(300);
        builder.Property(t => t.Inputs).HasColumnType("text");
        builder.Property(t => t.Cron).HasMaxLength(Definitions.Schedules.Longest);
        builder.HasIndex(t => t.RoutineId);
        builder.HasIndex(t => t.Type);
        builder.HasIndex(t => t.DueAt).HasFilter("due_at is not null");
    }
}
