using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Crm.Web;

/// <summary>
/// Gives memory back to the machine when a busy time is over: what the start (models, queries, migrations) or a rush left behind is garbage that nobody collects while nothing is
/// allocated. Objects only when it is quiet, and then each minute; what the runtime's compiler and the cryptography took from the C library's heap and freed again, each minute: that heap keeps it otherwise.
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
            TrimNativeHeap();
        }
    }

    private static void TrimNativeHeap()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc keeps what was freed; other libraries have no such function and need none.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Trim(nuint keep);
}
