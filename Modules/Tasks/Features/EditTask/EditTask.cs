using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Records;
using Crm.Tasks.Shared;
using Crm.Web;
using FluentValidation;
using MediatR;

namespace Crm.Tasks.Features.EditTask;

[Requires(TasksPermissions.See)]
internal sealed record EditTaskCommand : ICommand<Guid>
{
    public static EditTaskCommand Of(WorkTask t) => new()
    {
        Id = t.Id, Version = t.Version, Title = t.Title, Description = t.Description, AssigneeIds = [.. t.AssigneeIds], DueAt = t.DueAt, RemindBefore = t.RemindBefore,
        Priority = t.Priority, Weight = t.Weight, ContactId = t.ContactId,
    };

    public Guid Id { get; set; }

    /// <summary>The version that was seen; null takes whatever is there (API without If-Match).</summary>
    public uint? Version { get; set; }

    public string? Title { get; set; }

    [MultilineText]
    public string? Description { get; set; }

    public List<Guid> AssigneeIds { get; set; } = [];

    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Minutes before it is due.</summary>
    public int? RemindBefore { get; set; }

    public TaskPriority Priority { get; set; }

    public int Weight { get; set; } = 1;

    public Guid? ContactId { get; set; }

    /// <summary>Texts of custom fields by key; what is not in it stays as it is.</summary>
    public Dictionary<string, List<string?>> Custom { get; set; } = [];

    /// <summary>False for who sends single fields (API, routine): custom fields that must be filled are not demanded of him.</summary>
    public bool WholeForm { get; set; } = true;
}

internal sealed class EditTaskValidator : AbstractValidator<EditTaskCommand>
{
    public EditTaskValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(WorkTask.TitleLength);
        RuleFor(c => c.Description).MaximumLength(20000);
        RuleFor(c => c.Priority).IsInEnum();
        RuleFor(c => c.Weight).InclusiveBetween(1, 100);
        RuleFor(c => c.AssigneeIds).NotEmpty().Must(a => a.Count <= 50).WithMessage("At most 50 people can share a task.");
        RuleFor(c => c.RemindBefore).InclusiveBetween(0, 60 * 24 * 30);
        RuleFor(c => c.DueAt).NotNull().When(c => c.RemindBefore is not null).WithMessage("A reminder needs a due date.");
    }
}

internal sealed class EditTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time, IUserDirectory users, IContactDirectory contacts, INotifier notifier, ICustomFields custom, DateView dates) : IRequestHandler<EditTaskCommand, Guid>
{
    public async Task<Guid> Handle(EditTaskCommand command, CancellationToken cancellationToken)
    {
        var task = await db.ToChangeAsync(command.Id, cancellationToken);
        db.ExpectVersion(task, command.Version);
        command = command with { };
        ClosedInputs.Keep(command, EditTaskCommand.Of(task), TasksRights.Of, me);
        // Somebody who lost the right meanwhile may stay on it; only new people are asked for.
        await users.CheckAsync(nameof(command.AssigneeIds), [.. command.AssigneeIds.Except(task.AssigneeIds)], cancellationToken);
        if (command.ContactId != task.ContactId) await contacts.CheckAsync(nameof(command.ContactId), command.ContactId, cancellationToken);
        var content = new TaskContent(command.Description, command.DueAt, command.RemindBefore, command.Priority, command.Weight, command.ContactId, null);
        var added = task.Edit(command.Title!, content, command.AssigneeIds, time.GetUtcNow(), me.Id);
        task.SetCustom(CustomValues.Apply(await custom.OfAsync(TaskRecords.RecordKey, cancellationToken), task.Custom, command.Custom, me, dates, whole: command.WholeForm));
        db.Touch(task);
        notifier.Notify(added.Others(me), "{0} gave you a task: {1}", [me.Name, task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
