using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Web;

/// <summary>A task that failed and that nobody waited for is a bug of ours: it stands in the log as an error, where it can be seen, instead of nowhere.</summary>
internal sealed partial class ForgottenFailures(ILogger<ForgottenFailures> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        TaskScheduler.UnobservedTaskException += Note;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        TaskScheduler.UnobservedTaskException -= Note;
        return Task.CompletedTask;
    }

    private void Note(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        Forgotten(log, e.Exception);
        e.SetObserved();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A task failed and nobody waited for it")]
    private static partial void Forgotten(ILogger log, Exception e);
}
