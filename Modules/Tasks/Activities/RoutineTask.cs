using Crm.Core;
using Crm.Tasks.Domain;
using FluentValidation;

namespace Crm.Tasks.Activities;

/// <summary>A task that a routine's step opens: for one or several together, or for each of several.</summary>
internal abstract record RoutineTaskCommand
{
    public required Guid ExecutionId { get; init; }

    public required Guid BranchId { get; init; }

    public required Guid JobId { get; init; }

    public string? Title { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<Guid> AssigneeIds { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public TaskPriority Priority { get; init; }

    public Guid? ContactId { get; init; }

    public TaskContent Content => new(Description, DueAt, null, Priority, 1, ContactId, JobId);
}

internal abstract class RoutineTaskValidator<T> : AbstractValidator<T> where T : RoutineTaskCommand
{
    protected RoutineTaskValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(WorkTask.TitleLength);
        RuleFor(c => c.Description).MaximumLength(20000);
        RuleFor(c => c.AssigneeIds).NotEmpty();
    }
}
