using Crm.Core;
using Crm.Tasks.Features.RemindTasks;
using MediatR;

namespace Crm.Tasks.Jobs;

/// <summary>Every minute.</summary>
internal sealed class RemindOfTasks(IMediator mediator) : IScheduledJob
{
    public string Key => "tasks.remind";

    public string Cron => "0 * * * * ?";

    public async Task RunAsync(CancellationToken ct)
    {
        // What is left over of a very full minute comes in the next one: within one scope all batches would pile up in one context.
        await mediator.Send(new RemindTasksCommand(), ct);
    }
}
