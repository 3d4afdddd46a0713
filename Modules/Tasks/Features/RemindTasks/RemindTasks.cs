using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Features.RemindTasks;

/// <summary>Gives the reminders that are due. Answers how many; call again until it answers less than <see cref="Batch"/>.</summary>
[Requires(TasksPermissions.EditAll)]
internal sealed record RemindTasksCommand : ICommand<int>
{
    public const int Batch = 200;
}

/// <summary>The reminder and the mark that it was given are one save: a second host that reads the same rows meets a newer version and tells nobody.</summary>
internal sealed class RemindTasksHandler(TasksDb db, TimeProvider time, INotifier notifier) : IRequestHandler<RemindTasksCommand, int>
{
    public async Task<int> Handle(RemindTasksCommand command, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await db.WorkTasks.Include(t => t.Assignees).Where(t => t.RemindAt <= now).OrderBy(t => t.RemindAt).Take(RemindTasksCommand.Batch).ToListAsync(cancellationToken);
        foreach (var task in due)
        {
            notifier.Notify(task.AssigneeIds, "Reminder: {0}", [task.Title], TaskPeople.Url(task.Id), "warning");
            task.Reminded();
        }

        return due.Count;
    }
}
