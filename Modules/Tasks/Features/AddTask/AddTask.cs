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

namespace Crm.Tasks.Features.AddTask;

[Requires(TasksPermissions.Add)]
internal sealed record AddTaskCommand : ICommand<Guid>
{
    public string? Title { get; set; }

    [MultilineText]
    public string? Description { get; set; }

    /// <summary>Nobody means oneself.</summary>
    public List<Guid> AssigneeIds { get; set; } = [];

    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Minutes before it is due.</summary>
    public int? RemindBefore { get; set; }

    public TaskPriority Priority { get; set; } = TaskPriority.Normal;

    public int Weight { get; set; } = 1;

    public Guid? ContactId { get; set; }

    public Guid? JobId { get; set; }

    /// <summary>Texts of custom fields by key; what is not in it stays as it is.</summary>
    public Dictionary<string, List<string?>> Custom { get; set; } = [];

    /// <summary>False for who sends single fields (API, routine): custom fields that must be filled are not demanded of him.</summary>
    public bool WholeForm { get; set; } = true;
}

internal sealed class AddTaskValidator : AbstractValidator<AddTaskCommand>
{
    public AddTaskValidator()
    {
        RuleFor(c => c.Title).NotEmpty().MaximumLength(WorkTask.TitleLength);
        RuleFor(c => c.Description).MaximumLength(20000);
        RuleFor(c => c.Priority).IsInEnum();
        RuleFor(c => c.Weight).InclusiveBetween(1, 100);
        RuleFor(c => c.AssigneeIds).Must(a => a.Count <= 50).WithMessage("At most 50 people can share a task.");
        RuleFor(c => c.RemindBefore).InclusiveBetween(0, 60 * 24 * 30);
        RuleFor(c => c.DueAt).NotNull().When(c => c.RemindBefore is not null).WithMessage("A reminder needs a due date.");
    }
}

internal sealed class AddTaskHandler(TasksDb db, ICurrentUser me, TimeProvider time, IUserDirectory users, IContactDirectory contacts, INotifier notifier, ICustomFields custom, DateView dates) : IRequestHandler<AddTaskCommand, Guid>
{
    public async Task<Guid> Handle(AddTaskCommand command, CancellationToken cancellationToken)
    {
        command = command with { };
        ClosedInputs.Keep(command, new AddTaskCommand(), TasksRights.Of, me, adding: true);
        var assignees = command.AssigneeIds.Distinct().ToList();
        if (assignees.Count == 0) assignees.Add(me.Id ?? throw new InvalidInput(nameof(command.AssigneeIds), "Choose who does it."));
        await users.CheckAsync(nameof(command.AssigneeIds), assignees, cancellationToken);
        await contacts.CheckAsync(nameof(command.ContactId), command.ContactId, cancellationToken);
        var content = new TaskContent(command.Description, command.DueAt, command.RemindBefore, command.Priority, command.Weight, command.ContactId, command.JobId);
        var task = new WorkTask(command.Title!, content, assignees, time.GetUtcNow(), me.Id);
        task.SetCustom(CustomValues.Apply(await custom.OfAsync(TaskRecords.RecordKey, cancellationToken), null, command.Custom, me, dates, whole: command.WholeForm && !me.IsSystem));
        task.TellOpened();
        db.Add(task);
        notifier.Notify(assignees.Others(me), "{0} gave you a task: {1}", [me.Name, task.Title], TaskPeople.Url(task.Id));
        return task.Id;
    }
}
