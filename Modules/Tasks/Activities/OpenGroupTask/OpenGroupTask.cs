using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Activities.OpenGroupTask;

/// <summary>A routine's step gives each of several people a task of his own; once per execution.</summary>
[Requires(TasksPermissions.Add)]
internal sealed record OpenGroupTaskCommand : ICommand<IReadOnlyList<Guid>>
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

    /// <summary>The first one that is done ends the others.</summary>
    public bool FirstCounts { get; init; }
}

internal sealed class OpenGroupTaskValidator : AbstractValidator<OpenGroupTaskCommand>
{
    public OpenGroupTaskValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(WorkTask.TitleLength);
        RuleFor(c => c.Description).MaximumLength(20000);
        RuleFor(c => c.AssigneeIds).NotEmpty().Must(a => a.Count <= 200).WithMessage("At most 200 people.");
    }
}

internal sealed class OpenGroupTaskHandler(TasksDb db, TimeProvider time, IUserDirectory users, INotifier notifier) : IRequestHandler<OpenGroupTaskCommand, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(OpenGroupTaskCommand command, CancellationToken cancellationToken)
    {
        var known = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).Where(t => t.GroupExecutionId == command.ExecutionId).Select(t => t.Id).ToListAsync(cancellationToken);
        if (known.Count > 0) return known;
        await users.CheckAsync(nameof(command.AssigneeIds), command.AssigneeIds, cancellationToken);
        var content = new TaskContent(command.Description, command.DueAt, null, command.Priority, 1, command.ContactId, command.JobId);
        List<Guid> opened = [];
        foreach (var person in command.AssigneeIds.Distinct())
        {
            var task = new WorkTask(command.Title!, content, [person], time.GetUtcNow(), null) { GroupExecutionId = command.ExecutionId, FirstOfGroupCounts = command.FirstCounts, BranchId = command.BranchId };
            task.TellOpened();
            db.Add(task);
            notifier.Notify([person], "A task for you: {0}", [task.Title], TaskPeople.Url(task.Id));
            opened.Add(task.Id);
        }

        return opened;
    }
}
