using Microsoft.Extensions.Hosting;

namespace Crm.Web;

/// <summary>
/// Gives memory back to the machine when a busy time is over: what the start (models, queries, migrations) or a rush left behind is garbage that nobody collects while nothing is
/// allocated. Only when it is quiet, and then each minute: where the processor has a large cache the runtime lets hundreds of megabytes gather before it collects by itself.
/// </summary>
internal sealed class QuietMemory : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromMinutes(1);

    /// <summary>Queues and schedules alone allocate about 30 MB in a minute; a few hundred pages come on top.</summary>
    private const long QuietBytes = 96 * 1024 * 1024;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_look);
        var before = 0L;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            var now = GC.GetTotalAllocatedBytes();
            var quiet = now - before < QuietBytes;
            before = now;
            if (quiet) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
