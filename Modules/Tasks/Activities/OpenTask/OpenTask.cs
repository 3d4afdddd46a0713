using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Activities.OpenTask;

/// <summary>A routine's step opens a task; once per execution.</summary>
[Requires(TasksPermissions.Add)]
internal sealed record OpenTaskCommand : RoutineTaskCommand, ICommand<Guid>
{
    /// <summary>The routine goes on when the task ends.</summary>
    public bool Wait { get; init; }
}

internal sealed class OpenTaskValidator : RoutineTaskValidator<OpenTaskCommand>;

internal sealed class OpenTaskHandler(TasksDb db, TimeProvider time, IUserDirectory users, INotifier notifier) : IRequestHandler<OpenTaskCommand, Guid>
{
    public async Task<Guid> Handle(OpenTaskCommand command, CancellationToken cancellationToken)
    {
        // A task that somebody deleted was opened all the same.
        var known = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).Where(t => t.ExecutionId == command.ExecutionId).Select(t => t.Id).FirstOrDefaultAsync(cancellationToken);
        if (known != Guid.Empty) return known;
        await users.CheckAsync(nameof(command.AssigneeIds), command.AssigneeIds, cancellationToken);
        var task = new WorkTask(command.Title!, command.Content, command.AssigneeIds, time.GetUtcNow(), null) { ExecutionId = command.ExecutionId, BranchId = command.BranchId };
        if (command.Wait) task.LetWait(command.ExecutionId);
        task.TellOpened();
        db.Add(task);
        notifier.Notify(command.AssigneeIds, "A task for you: {0}", [task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
