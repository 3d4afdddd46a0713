using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Activities.OpenTask;

/// <summary>A routine's step opens a task; once per execution.</summary>
[Requires(TasksPermissions.Add)]
internal sealed record OpenTaskCommand : ICommand<Guid>
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

    /// <summary>The routine goes on when the task ends.</summary>
    public bool Wait { get; init; }
}

internal sealed class OpenTaskValidator : AbstractValidator<OpenTaskCommand>
{
    public OpenTaskValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(WorkTask.TitleLength);
        RuleFor(c => c.Description).MaximumLength(20000);
        RuleFor(c => c.AssigneeIds).NotEmpty();
    }
}

internal sealed class OpenTaskHandler(TasksDb db, TimeProvider time, IUserDirectory users, INotifier notifier) : IRequestHandler<OpenTaskCommand, Guid>
{
    public async Task<Guid> Handle(OpenTaskCommand command, CancellationToken cancellationToken)
    {
        // A task that somebody deleted was opened all the same.
        var known = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).Where(t => t.ExecutionId == command.ExecutionId).Select(t => t.Id).FirstOrDefaultAsync(cancellationToken);
        if (known != Guid.Empty) return known;
        await users.CheckAsync(nameof(command.AssigneeIds), command.AssigneeIds, cancellationToken);
        var content = new TaskContent(command.Description, command.DueAt, null, command.Priority, 1, command.ContactId, command.JobId);
        var task = new WorkTask(command.Title!, content, command.AssigneeIds, time.GetUtcNow(), null) { ExecutionId = command.ExecutionId, BranchId = command.BranchId };
        if (command.Wait) task.LetWait(command.ExecutionId);
        task.TellOpened();
        db.Add(task);
        notifier.Notify(command.AssigneeIds, "A task for you: {0}", [task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
