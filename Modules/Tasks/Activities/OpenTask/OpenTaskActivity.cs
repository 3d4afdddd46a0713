using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Activities.TakeBackTask;
using Crm.Tasks.Domain;
using MediatR;

namespace Crm.Tasks.Activities.OpenTask;

[Activity("Crm.OpenTask", Title = "Open task", Description = "Gives somebody a task and, if wanted, waits until it is done.", Category = "Tasks", Icon = "subtask", Order = 10)]
internal sealed class OpenTaskActivity(IMediator mediator, IUserDirectory users, IContactDirectory contacts, TaskDues dues) : Activity<OpenTaskInput>
{
    public static readonly Outcome Done = Outcome.Done;
    public static readonly Outcome Cancelled = new("Cancelled");

    public override IReadOnlyList<Outcome> Outcomes => [Done, Cancelled];

    protected override async Task<ActivityResult> RunAsync(OpenTaskInput input, ActivityContext context, CancellationToken ct)
    {
        var id = await mediator.Send(new OpenTaskCommand
        {
            ExecutionId = context.ExecutionId,
            BranchId = context.BranchId,
            JobId = context.JobId,
            ContactId = context.ContactId,
            Title = PersianText.Clean(input.Title),
            Description = PersianText.Clean(input.Description, multiline: true),
            AssigneeIds = await AssigneesAsync(input, context, ct),
            DueAt = input.Due > 0 ? await dues.OfAsync(input.Due, input.DueUnit, context.Now, context.BranchId, ct) : null,
            Priority = input.Priority,
            Wait = input.Wait,
        }, ct);
        var output = new JsonObject { ["taskId"] = id };
        return input.Wait
            ? ActivityResult.Wait("Task “{0}”", input.Title) with { Output = output }
            : ActivityResult.Go(Done, output);
    }

    public override Task CancelAsync(ActivityContext context, CancellationToken ct) =>
        mediator.Send(new TakeBackTaskCommand { ExecutionId = context.ExecutionId }, ct);

    private async Task<IReadOnlyList<Guid>> AssigneesAsync(OpenTaskInput input, ActivityContext context, CancellationToken ct)
    {
        IReadOnlyList<Guid> found = input.Who switch
        {
            TaskFor.Agents => context.Agents,
            TaskFor.Starter => context.StartedBy is { } s ? [s] : [],
            TaskFor.Expert => context.ContactId is { } c && (await contacts.CardsAsync([c], ct)).TryGetValue(c, out var card) && card.OwnerId is { } owner ? [owner] : [],
            TaskFor.User => input.UserId is { } u ? [u] : [],
            _ => input.RoleId is { } r ? [.. (await users.InRoleAsync(r, ct)).Select(u => u.Id)] : [],
        };
        return found.Count > 0 ? found : throw new RuleBroken("task.nobody", "There is nobody to do the task “{0}”.", input.Title);
    }
}

internal sealed record OpenTaskInput
{
    [Input("Title", Description = "May use the job's data, for example {{customer.name}}.", Required = true, Order = 1)]
    public string Title { get; set; } = "";

    [Input("Description", UiHint = "multiline", Order = 2)]
    public string? Description { get; set; }

    [Input("Who does it", Order = 3, Default = "Agents")]
    public TaskFor Who { get; set; } = TaskFor.Agents;

    [Input("User", Description = "When a certain user does it.", Options = "routines.users", UiHint = "dropdown", Order = 4)]
    public Guid? UserId { get; set; }

    [Input("Role", Description = "When everybody with a role gets it.", Options = "routines.roles", UiHint = "dropdown", Order = 5)]
    public Guid? RoleId { get; set; }

    [Input("Due after", Description = "Empty or 0: no due date.", Order = 6)]
    public int Due { get; set; }

    [Input("Counted in", Order = 7, Default = "WorkingHours")]
    public TaskDueUnit DueUnit { get; set; } = TaskDueUnit.WorkingHours;

    [Input("Priority", Order = 8, Default = "Normal")]
    public TaskPriority Priority { get; set; } = TaskPriority.Normal;

    [Input("Wait until it is done", Order = 9, Default = "true")]
    public bool Wait { get; set; } = true;
}

internal enum TaskFor
{
    Agents,
    Expert,
    Starter,
    User,
    Role,
}

internal enum TaskDueUnit
{
    WorkingHours,
    WorkingDays,
    Hours,
    Days,
}
