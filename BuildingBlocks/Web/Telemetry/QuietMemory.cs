using Microsoft.Extensions.Hosting;

namespace Crm.Web;

/// <summary>
/// Gives memory back to the machine when a busy time is over: what the start (models, queries, migrations) or a rush left behind is garbage that nobody collects while nothing is
/// allocated. Only when it is quiet, and then at the first minute and every fifth, so that it never costs a request anything.
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
        var quietMinutes = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            var now = GC.GetTotalAllocatedBytes();
            quietMinutes = now - before < QuietBytes ? quietMinutes + 1 : 0;
            before = now;
            if (quietMinutes % 5 == 1) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
