using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Crm.Core;

namespace Crm.Platform.Access;

/// <summary>
/// Threads that hash passwords, one for each core, behind all others in the system's queue: while nobody else has work they take all of the machine, while somebody has they give way.
/// </summary>
internal sealed class HashingThreads : IDisposable
{
    // Waiting longer than this means an attack or a machine far too small; the caller is told to come again.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<Action> _work = [];
    private readonly Lazy<bool> _begun;

    public HashingThreads() => _begun = new(Begin);

    /// <exception cref="RuleBroken">Too many wait before it.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken ct)
    {
        _ = _begun.Value;
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = 0;
        _work.Add(
            () =>
            {
                // Whoever gave up waiting is not worked for.
                if (Interlocked.Exchange(ref taken, 1) != 0) return;
                try
                {
                    done.SetResult(work());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            ct);
        try
        {
            return await done.Task.WaitAsync(s_patience, ct);
        }
        catch (TimeoutException)
        {
            if (Interlocked.Exchange(ref taken, 1) == 0) throw new RuleBroken("sign-in.busy", "Too many people sign in at this moment. Try again in a few seconds.");
            return await done.Task;
        }
        catch (OperationCanceledException)
        {
            Interlocked.Exchange(ref taken, 1);
            throw;
        }
    }

    public void Dispose() => _work.CompleteAdding();

    private bool Begin()
    {
        for (var i = 0; i < Environment.ProcessorCount; i++) new Thread(Work) { IsBackground = true, Name = "Hashing", Priority = ThreadPriority.BelowNormal }.Start();
        return true;
    }

    private void Work()
    {
        // .NET's priorities mean nothing to Linux; its nice value is the thread's own there (man 2 setpriority, «C library/kernel differences»).
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, 10);
        foreach (var work in _work.GetConsumingEnumerable()) work();
    }

    [DllImport("libc", EntryPoint = "setpriority"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
