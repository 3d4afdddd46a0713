using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Crm.Core;

namespace Crm.Platform.Access;

/// <summary>
/// Threads that hash passwords, one for each core, that run only while nobody else has work: a crowd at the sign-in slows nobody down. So that a full machine still lets people in, what is not done
/// after a while is done by threads that take a share, though a small one.
/// </summary>
internal sealed class HashingThreads : IDisposable
{
    // Waiting longer than this means an attack or a machine far too small; the caller is told to come again.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    // Some times what a hash takes on a free core.
    private static readonly TimeSpan s_late = TimeSpan.FromMilliseconds(500);

    private readonly BlockingCollection<IHash> _work = [], _late = [];
    private readonly Lazy<bool> _begun;

    public HashingThreads() => _begun = new(Begin);

    /// <exception cref="RuleBroken">Too many wait before it.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken ct)
    {
        _ = _begun.Value;
        var hash = new Hash<T>(work);
        _work.Add(hash, ct);
        try
        {
            await ((Task)hash.Done).WaitAsync(s_late, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!hash.Done.IsCompleted) _late.Add(hash, ct);
            return await hash.Done.WaitAsync(s_patience, ct);
        }
        catch (TimeoutException)
        {
            if (hash.GiveUp()) throw new RuleBroken("sign-in.busy", "Too many people sign in at this moment. Try again in a few seconds.");
            return await hash.Done;
        }
        catch (OperationCanceledException)
        {
            hash.GiveUp();
            throw;
        }
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _late.CompleteAdding();
    }

    private bool Begin()
    {
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            Start(_work, 19, idle: true);
            Start(_late, 10, idle: false);
        }

        return true;
    }

    private static void Start(BlockingCollection<IHash> queue, int nice, bool idle) => new Thread(() =>
    {
        // .NET's priorities mean nothing to Linux. A thread that is idle there (man 7 sched, SCHED_IDLE) is put aside the moment another wants its core; a nice value is the thread's own
        // (man 2 setpriority, «C library/kernel differences»), and does where the library knows no other rule.
        if (OperatingSystem.IsLinux() && (!idle || SetScheduler(0, IdleRule, new SchedulerParameter()) != 0)) _ = SetPriority(0, 0, nice);
        foreach (var hash in queue.GetConsumingEnumerable()) hash.Run(again: !idle);
    }) { IsBackground = true, Name = "Hashing", Priority = idle ? ThreadPriority.Lowest : ThreadPriority.BelowNormal }.Start();

    private const int IdleRule = 5;

    [DllImport("libc", EntryPoint = "sched_setscheduler"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetScheduler(int thread, int rule, in SchedulerParameter parameter);

    [DllImport("libc", EntryPoint = "setpriority"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct SchedulerParameter
    {
        public readonly int Priority;
    }

    private interface IHash
    {
        /// <summary>Does it where nobody has begun; begun again too by who takes over what an idle thread does not come to the end of.</summary>
        void Run(bool again);
    }

    private sealed class Hash<T>(Func<T> work) : IHash
    {
        private const int Waiting = 0, Begun = 1, GivenUp = 2;
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _state;

        public Task<T> Done => _done.Task;

        /// <summary>Whoever gave up waiting is not worked for.</summary>
        /// <returns>False when it is begun: then its end is near.</returns>
        public bool GiveUp() => Interlocked.CompareExchange(ref _state, GivenUp, Waiting) != Begun;

        public void Run(bool again)
        {
            var was = Interlocked.CompareExchange(ref _state, Begun, Waiting);
            if (was == GivenUp || (was == Begun && !again) || _done.Task.IsCompleted) return;
            try
            {
                _done.TrySetResult(work());
            }
            catch (Exception e)
            {
                _done.TrySetException(e);
            }
        }
    }
}
