using Crm.Core;
using Crm.Tasks.Data;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.DeleteTask;

/// <summary>Moves a task to the recycle bin: by who gave it, or by who may change everybody's. Who only has to do it can end it or hand it on.</summary>
[Requires(TasksPermissions.See)]
internal sealed record DeleteTaskCommand(Guid Id, uint? Version = null) : ICommand;

internal sealed class DeleteTaskValidator : AbstractValidator<DeleteTaskCommand>
{
    public DeleteTaskValidator() => RuleFor(c => c.Id).NotEmpty();
}

internal sealed class DeleteTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<DeleteTaskCommand, Unit>
{
    public async Task<Unit> Handle(DeleteTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        if (!me.IsSystem && task.CreatedBy != me.Id && !db.MayChangeOthers(task)) throw new Forbidden(TasksPermissions.EditAll);
        db.ExpectVersion(task, command.Version);
        task.Delete(time.GetUtcNow(), me.Id);
        return Unit.Value;
    }
}
