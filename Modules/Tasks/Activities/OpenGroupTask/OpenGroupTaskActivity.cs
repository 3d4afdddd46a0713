using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Activities.OpenTask;
using Crm.Tasks.Activities.TakeBackTask;
using Crm.Tasks.Domain;
using MediatR;

namespace Crm.Tasks.Activities.OpenGroupTask;

/// <summary>When a group task is done.</summary>
internal enum GroupEnd
{
    /// <summary>When all have done theirs.</summary>
    All,

    /// <summary>With the first one; the others' tasks are taken back.</summary>
    First,

    /// <summary>At once: nobody is waited for.</summary>
    DoNotWait,
}

internal sealed record OpenGroupTaskInput
{
    [Input("Title", Description = "May use the job's data, for example {{customer.name}}.", Required = true, Order = 1)]
    public string Title { get; set; } = "";

    [Input("Description", UiHint = "multiline", Order = 2)]
    public string? Description { get; set; }

    [Input("Persons", Description = "Each gets a task of his own.", Options = "routines.users", UiHint = "checklist", Order = 3)]
    public IReadOnlyList<Guid> UserIds { get; set; } = [];

    [Input("Role", Description = "And everybody who has this role.", Options = "routines.roles", UiHint = "dropdown", Order = 4)]
    public Guid? RoleId { get; set; }

    [Input("Wait for", Order = 5, Default = "All")]
    public GroupEnd WaitFor { get; set; }

    [Input("Due after", Description = "Empty or 0: no due date.", Order = 6)]
    public int Due { get; set; }

    [Input("Counted in", Order = 7, Default = "WorkingHours")]
    public TaskDueUnit DueUnit { get; set; } = TaskDueUnit.WorkingHours;

    [Input("Priority", Order = 8, Default = "Normal")]
    public TaskPriority Priority { get; set; } = TaskPriority.Normal;
}

[Activity("Crm.OpenGroupTask", Title = "Open group task", Description = "Gives each of several people a task of his own and, if wanted, waits for all of them or for the first.", Category = "Tasks", Icon = "users-group", Order = 15)]
internal sealed class OpenGroupTaskActivity(IMediator mediator, IUserDirectory users, TaskDues dues) : Activity<OpenGroupTaskInput>
{
    public static readonly Outcome Cancelled = new("Cancelled");

    public override IReadOnlyList<Outcome> Outcomes => [Outcome.Done, Cancelled];

    protected override async Task<ActivityResult> RunAsync(OpenGroupTaskInput input, ActivityContext context, CancellationToken ct)
    {
        var people = input.UserIds.ToList();
        if (input.RoleId is { } role) people.AddRange((await users.InRoleAsync(role, ct)).Select(u => u.Id));
        people = [.. people.Distinct()];
        if (people.Count == 0) throw new RuleBroken("task.nobody", "There is nobody to do the task “{0}”.", input.Title);
        var ids = await mediator.Send(new OpenGroupTaskCommand
        {
            ExecutionId = context.ExecutionId, BranchId = context.BranchId, JobId = context.JobId, ContactId = context.ContactId, Title = PersianText.Clean(input.Title), Description = PersianText.Clean(input.Description, multiline: true),
            AssigneeIds = people, DueAt = input.Due > 0 ? await dues.OfAsync(input.Due, input.DueUnit, context.Now, context.BranchId, ct) : null, Priority = input.Priority, FirstCounts = input.WaitFor == GroupEnd.First,
        }, ct);
        var output = new JsonObject { ["taskIds"] = new JsonArray([.. ids.Select(i => JsonValue.Create(i))]) };
        return input.WaitFor == GroupEnd.DoNotWait ? ActivityResult.Go(Outcome.Done, output) : ActivityResult.Wait("Task “{0}”", input.Title) with { Output = output };
    }

    public override Task CancelAsync(ActivityContext context, CancellationToken ct) => mediator.Send(new TakeBackTaskCommand { ExecutionId = context.ExecutionId }, ct);
}
