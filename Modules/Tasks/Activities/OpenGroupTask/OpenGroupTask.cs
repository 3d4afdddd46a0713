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
internal sealed record OpenGroupTaskCommand : RoutineTaskCommand, ICommand<IReadOnlyList<Guid>>
{
    /// <summary>The first one that is done ends the others.</summary>
    public bool FirstCounts { get; init; }
}

internal sealed class OpenGroupTaskValidator : RoutineTaskValidator<OpenGroupTaskCommand>
{
    public OpenGroupTaskValidator() => RuleFor(c => c.AssigneeIds).Must(a => a.Count <= 200).WithMessage("At most 200 people.");
}

internal sealed class OpenGroupTaskHandler(TasksDb db, TimeProvider time, IUserDirectory users, INotifier notifier) : IRequestHandler<OpenGroupTaskCommand, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(OpenGroupTaskCommand command, CancellationToken cancellationToken)
    {
        var known = await db.WorkTasks.IgnoreQueryFilters([Filters.SoftDelete]).Where(t => t.GroupExecutionId == command.ExecutionId).Select(t => t.Id).ToListAsync(cancellationToken);
        if (known.Count > 0) return known;
        await users.CheckAsync(nameof(command.AssigneeIds), command.AssigneeIds, cancellationToken);
        List<Guid> opened = [];
        foreach (var person in command.AssigneeIds.Distinct())
        {
            var task = new WorkTask(command.Title!, command.Content, [person], time.GetUtcNow(), null) { GroupExecutionId = command.ExecutionId, FirstOfGroupCounts = command.FirstCounts, BranchId = command.BranchId };
            task.TellOpened();
            db.Add(task);
            notifier.Notify([person], "A task for you: {0}", [task.Title], TaskPeople.Url(task.Id));
            opened.Add(task.Id);
        }

        return opened;
    }
}
