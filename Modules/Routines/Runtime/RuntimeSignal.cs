namespace Crm.Routines.Runtime;

/// <summary>Wakes the workers of this host. Best effort: who sleeps through it finds the work by looking again.</summary>
internal sealed class RuntimeSignal
{
    private volatile TaskCompletionSource _bell = New();

    /// <summary>There is something to do.</summary>
    public void Pulse() => Interlocked.Exchange(ref _bell, New()).TrySetResult();

    /// <summary>There will be something to do as soon as a transaction commits that somebody else ends.</summary>
    public void PulseSoon() => _ = AfterCommitAsync();

    /// <summary>Taken before looking, so that a bell between looking and waiting is heard.</summary>
    public Task Bell => _bell.Task;

    public static async Task WaitAsync(Task bell, TimeSpan atMost, CancellationToken ct) => await bell.WaitAsync(atMost, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task AfterCommitAsync()
    {
        Pulse();
        foreach (var wait in (int[])[5, 20, 75, 200])
        {
            await Task.Delay(wait);
            Pulse();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
