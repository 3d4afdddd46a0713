using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Activities.TakeBackTask;

/// <summary>A routine's step was given up: what it opened is cancelled, what it only waited for is left alone. May come late or twice.</summary>
[Requires(TasksPermissions.EditAll)]
internal sealed record TakeBackTaskCommand : ICommand
{
    public required Guid ExecutionId { get; init; }
}

internal sealed class TakeBackTaskValidator : AbstractValidator<TakeBackTaskCommand>
{
    public TakeBackTaskValidator() => RuleFor(c => c.ExecutionId).NotEmpty();
}

internal sealed class TakeBackTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<TakeBackTaskCommand, Unit>
{
    public async Task<Unit> Handle(TakeBackTaskCommand command, CancellationToken cancellationToken)
    {
        var tasks = await db.WorkTasks.Include(t => t.Assignees).Include(t => t.Waits)
            .Where(t => t.ExecutionId == command.ExecutionId || t.GroupExecutionId == command.ExecutionId || t.Waits.Any(w => w.ExecutionId == command.ExecutionId)).ToListAsync(cancellationToken);
        foreach (var task in tasks)
        {
            if ((task.ExecutionId == command.ExecutionId || task.GroupExecutionId == command.ExecutionId) && task.State == TaskState.Open) task.Cancel(null, time.GetUtcNow(), me.Id, except: command.ExecutionId);
            else if (task.GroupExecutionId != command.ExecutionId) task.StopWaiting(command.ExecutionId);
        }

        return Unit.Value;
    }
}
