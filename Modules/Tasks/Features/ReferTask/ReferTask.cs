using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Shared;
using Crm.Web;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.ReferTask;

/// <summary>Hands a task on, with a note.</summary>
[Requires(TasksPermissions.See)]
internal sealed record ReferTaskCommand : ICommand<Guid>
{
    public Guid Id { get; set; }

    public List<Guid> ToUserIds { get; set; } = [];

    [MultilineText]
    public string? Note { get; set; }
}

internal sealed class ReferTaskValidator : AbstractValidator<ReferTaskCommand>
{
    public ReferTaskValidator()
    {
        RuleFor(c => c.ToUserIds).NotEmpty().Must(a => a.Count <= 50).WithMessage("At most 50 people can share a task.");
        RuleFor(c => c.Note).MaximumLength(WorkTask.NoteLength);
    }
}

internal sealed class ReferTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time, IUserDirectory users, INotifier notifier) : IRequestHandler<ReferTaskCommand, Guid>
{
    public async Task<Guid> Handle(ReferTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        await users.CheckAsync(nameof(command.ToUserIds), command.ToUserIds, cancellationToken);
        task.Refer(command.ToUserIds, command.Note, time.GetUtcNow(), me.Id);
        db.Touch(task);
        notifier.Notify(command.ToUserIds.Others(me), "{0} handed a task on to you: {1}", [me.Name, task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
