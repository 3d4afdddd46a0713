using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Tasks.Activities.TakeBackTask;
using Crm.Tasks.Domain;
using MediatR;

namespace Crm.Tasks.Activities.WaitForTask;

[Activity("Crm.WaitForTask", Title = "Wait for task", Description = "Waits until a task that an earlier step opened is done or cancelled.", Category = "Tasks", Icon = "hourglass", Order = 20)]
internal sealed class WaitForTaskActivity(IMediator mediator) : Activity<WaitForTaskInput>
{
    public static readonly Outcome Done = Outcome.Done;
    public static readonly Outcome Cancelled = new("Cancelled");

    public override IReadOnlyList<Outcome> Outcomes => [Done, Cancelled];

    protected override async Task<ActivityResult> RunAsync(WaitForTaskInput input, ActivityContext context, CancellationToken ct)
    {
        if (!Guid.TryParse(input.TaskId, out var taskId)) throw new InvalidInput(nameof(input.TaskId), "There is no task to wait for.");
        var answer = await mediator.Send(new WaitForTaskCommand { TaskId = taskId, ExecutionId = context.ExecutionId }, ct);
        var output = new JsonObject { ["taskId"] = taskId, ["number"] = answer.Number, ["note"] = answer.Note };
        return answer.State switch
        {
            TaskState.Done => ActivityResult.Go(Done, output),
            TaskState.Cancelled => ActivityResult.Go(Cancelled, output),
            _ => ActivityResult.Wait("Task “{0}”", answer.Title),
        };
    }

    public override Task CancelAsync(ActivityContext context, CancellationToken ct) =>
        mediator.Send(new TakeBackTaskCommand { ExecutionId = context.ExecutionId }, ct);
}

internal sealed record WaitForTaskInput
{
    [Input("Task", Description = "The value taskId that the step «Open task» gave.", Required = true)]
    public string? TaskId { get; set; }
}
