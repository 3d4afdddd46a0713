using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Tasks.Domain;

/// <summary>One line of a task's history; never changed.</summary>
[NotAudited]
internal sealed class TaskEntry : Entity, IPartOf
{
    private TaskEntry()
    {
    }

    public TaskEntry(Guid taskId, TaskEntryKind kind, DateTimeOffset at, Guid? by, string? note, IReadOnlyList<Guid>? to, IReadOnlyList<string>? fields, int? percent)
    {
        TaskId = taskId;
        Kind = kind;
        At = at;
        ByUserId = by;
        Note = note;
        ToUserIds = [.. to ?? []];
        Fields = [.. fields ?? []];
        Percent = percent;
    }

    public Guid TaskId { get; private set; }

    public TaskEntryKind Kind { get; private set; }

    public DateTimeOffset At { get; private set; }

    /// <summary>Null for the system: a routine, say.</summary>
    public Guid? ByUserId { get; private set; }

    public string? Note { get; private set; }

    /// <summary>Who has it from now on.</summary>
    public Guid[] ToUserIds { get; private set; } = [];

    /// <summary>English titles of the fields that changed.</summary>
    public string[] Fields { get; private set; } = [];

    public int? Percent { get; private set; }

    public Guid RootId => TaskId;

    /// <summary>Whether it tells nothing but what the user's roles hide.</summary>
    public bool IsShownTo(ICurrentUser me) => Kind != TaskEntryKind.Progress || !me.Hides(TasksRights.Tasks, "percent");

    /// <summary>What was said: with the end of a task it is the note of its end, which roles may hide.</summary>
    public string? NoteFor(ICurrentUser me) => Kind is TaskEntryKind.Done or TaskEntryKind.Cancelled && me.Hides(TasksRights.Tasks, "endNote") ? null : Note;
}

internal enum TaskEntryKind
{
    Opened,
    Changed,
    Progress,
    Referred,
    Done,
    Cancelled,
    Reopened,
}

internal sealed class TaskEntryMapping : IEntityTypeConfiguration<TaskEntry>
{
    public void Configure(EntityTypeBuilder<TaskEntry> builder)
    {
        builder.ToTable("TaskEntries");
        builder.Ignore(e => e.RootId);
        builder.Property(e => e.Note).HasMaxLength(WorkTask.NoteLength);
        builder.Property(e => e.Fields).HasColumnType("text[]");
        builder.HasIndex(e => new { e.TaskId, e.At });
        builder.HasIndex(e => new { e.ByUserId, e.TaskId }).HasFilter("kind = 'Referred'").HasDatabaseName("ix_task_entries_referred");
    }
}
