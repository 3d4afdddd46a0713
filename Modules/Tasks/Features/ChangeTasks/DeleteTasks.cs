using Crm.Core;
using Crm.Tasks.Data;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.ChangeTasks;

/// <summary>Moves some tasks to the recycle bin, each by who gave it or may change everybody's. Answers how many.</summary>
[Requires(TasksPermissions.See)]
internal sealed record DeleteTasksCommand(IReadOnlyCollection<Guid> Ids) : ICommand<int>;

internal sealed class DeleteTasksValidator : AbstractValidator<DeleteTasksCommand>
{
    public DeleteTasksValidator() => RuleFor(c => c.Ids).Must(i => i.Count is > 0 and <= 500).WithMessage("Too many values.");
}

internal sealed class DeleteTasksHandler(TasksDb db, ICurrentUser me, TimeProvider time) : IRequestHandler<DeleteTasksCommand, int>
{
    public async Task<int> Handle(DeleteTasksCommand request, CancellationToken cancellationToken)
    {
        var tasks = await db.ToChangeAsync(request.Ids, cancellationToken);
        if (!me.IsSystem && tasks.Find(t => t.CreatedBy != me.Id && !db.MayChangeOthers(t)) is { } other) throw new RuleBroken("task.given-by-other", "“{0}” was given by somebody else: only who gave it deletes it.", other.Title);
        var now = time.GetUtcNow();
        foreach (var task in tasks) task.Delete(now, me.Id);
        return tasks.Count;
    }
}
