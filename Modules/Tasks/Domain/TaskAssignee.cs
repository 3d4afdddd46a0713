using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Tasks.Domain;

/// <summary>One of those who have to do a task. Knows what the worklist asks (does it wait, until when), so that it need not look at the task.</summary>
internal sealed class TaskAssignee
{
    private TaskAssignee()
    {
    }

    public TaskAssignee(Guid taskId, Guid userId) => (TaskId, UserId) = (taskId, userId);

    public Guid TaskId { get; private set; }

    public Guid UserId { get; private set; }

    /// <summary>The task is open.</summary>
    public bool Waits { get; private set; }

    /// <summary>When the task is due.</summary>
    public DateTimeOffset? DueAt { get; private set; }

    public void Copy(bool waits, DateTimeOffset? dueAt) => (Waits, DueAt) = (waits, dueAt);
}

internal sealed class TaskAssigneeMapping : IEntityTypeConfiguration<TaskAssignee>
{
    public void Configure(EntityTypeBuilder<TaskAssignee> builder)
    {
        builder.ToTable("TaskAssignees");
        builder.HasKey(a => new { a.TaskId, a.UserId });
        builder.HasIndex(a => new { a.UserId, a.DueAt, a.TaskId }).HasFilter("waits").HasDatabaseName("ix_task_assignees_waiting");
        builder.HasIndex(a => new { a.UserId, a.TaskId });
    }
}
