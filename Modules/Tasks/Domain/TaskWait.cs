using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Tasks.Domain;

/// <summary>A step of a routine that goes on when the task ends.</summary>
internal sealed class TaskWait
{
    private TaskWait()
    {
    }

    public TaskWait(Guid taskId, Guid executionId) => (TaskId, ExecutionId) = (taskId, executionId);

    public Guid TaskId { get; private set; }

    public Guid ExecutionId { get; private set; }
}

internal sealed class TaskWaitMapping : IEntityTypeConfiguration<TaskWait>
{
    public void Configure(EntityTypeBuilder<TaskWait> builder)
    {
        builder.ToTable("TaskWaits");
        builder.HasKey(w => new { w.TaskId, w.ExecutionId });
        builder.HasIndex(w => w.ExecutionId);
    }
}
