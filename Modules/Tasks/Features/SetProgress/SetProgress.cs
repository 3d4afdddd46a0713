using Crm.Core;
using Crm.Tasks.Data;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.SetProgress;

/// <summary>How much of a task is done; 100 does not end it, «done» does.</summary>
[Requires(TasksPermissions.See)]
internal sealed record SetProgressCommand : ICommand<Guid>
{
    public Guid Id { get; set; }

    public int Percent { get; set; }
}

internal sealed class SetProgressValidator : AbstractValidator<SetProgressCommand>
{
    public SetProgressValidator() => RuleFor(c => c.Percent).InclusiveBetween(0, 100);
}

internal sealed class SetProgressHandler(TasksDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<SetProgressCommand, Guid>
{
    public async Task<Guid> Handle(SetProgressCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        task.SetProgress(command.Percent, time.GetUtcNow(), me.Id);
        return task.Id;
    }
}
