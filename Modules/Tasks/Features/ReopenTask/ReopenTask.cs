using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Shared;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.ReopenTask;

[Requires(TasksPermissions.See)]
internal sealed record ReopenTaskCommand(Guid Id) : ICommand<Guid>;

internal sealed class ReopenTaskValidator : AbstractValidator<ReopenTaskCommand>
{
    public ReopenTaskValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class ReopenTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time, INotifier notifier) : IRequestHandler<ReopenTaskCommand, Guid>
{
    public async Task<Guid> Handle(ReopenTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        db.Ends(task);
        task.Reopen(time.GetUtcNow(), me.Id);
        notifier.Notify(task.AssigneeIds.Others(me), "{0} reopened the task: {1}", [me.Name, task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
