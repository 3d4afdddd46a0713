using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using Crm.Web;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.CompleteTask;

[Requires(TasksPermissions.See)]
internal sealed record CompleteTaskCommand : ICommand<Guid>
{
    public Guid Id { get; set; }

    [MultilineText]
    public string? Note { get; set; }
}

internal sealed class CompleteTaskValidator : AbstractValidator<CompleteTaskCommand>
{
    public CompleteTaskValidator() => RuleFor(c => c.Note).MaximumLength(WorkTask.NoteLength);
}

internal sealed class CompleteTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time, INotifier notifier) : IRequestHandler<CompleteTaskCommand, Guid>
{
    public async Task<Guid> Handle(CompleteTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        db.Ends(task, command.Note);
        task.Complete(command.Note, time.GetUtcNow(), me.Id);
        if (task.CreatedBy is { } giver) notifier.Notify(new[] { giver }.Others(me), "{0} did the task: {1}", [me.Name, task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
