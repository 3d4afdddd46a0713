using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Activities.WaitForTask;

/// <summary>Notes that a routine's step waits for a task; answers the task's state, so that nothing is waited for that has ended.</summary>
[Requires(TasksPermissions.EditAll)]
internal sealed record WaitForTaskCommand : ICommand<WaitForTaskAnswer>
{
    public required Guid TaskId { get; init; }

    public required Guid ExecutionId { get; init; }
}

internal sealed record WaitForTaskAnswer(TaskState State, string Title, long Number, string? Note);

internal sealed class WaitForTaskValidator : AbstractValidator<WaitForTaskCommand>
{
    public WaitForTaskValidator() => RuleFor(c => c.TaskId).NotEmpty();
}

internal sealed class WaitForTaskHandler(TasksDb db) : IRequestHandler<WaitForTaskCommand, WaitForTaskAnswer>
{
    public async Task<WaitForTaskAnswer> Handle(WaitForTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.WorkTasks.Include(t => t.Waits).FirstOrDefaultAsync(t => t.Id == command.TaskId, cancellationToken)
            ?? throw new RuleBroken("task.none", "There is no task to wait for.");
        if (task.State == TaskState.Open)
        {
            task.LetWait(command.ExecutionId);
            // Ending the task at this very moment meets a newer version and sees who waits.
            db.Touch(task);
        }

        return new(task.State, task.Title, task.Number, task.EndNote);
    }
}
