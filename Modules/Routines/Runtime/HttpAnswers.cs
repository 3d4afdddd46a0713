using System.Collections.Concurrent;
using Crm.Workflows;

namespace Crm.Routines.Runtime;

/// <summary>
/// Callers of this host that wait for a job to answer their HTTP request. A job that is carried on by another host answers nobody here: its caller is told that it was accepted.
/// </summary>
internal sealed class HttpAnswers
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<Burst>> _waiting = new();

    /// <summary>Hears what a job does next that a caller can be told: an answer, its end or its stop.</summary>
    public Wait Listen(Guid jobId)
    {
        var hears = _waiting.GetOrAdd(jobId, _ => new TaskCompletionSource<Burst>(TaskCreationOptions.RunContinuationsAsynchronously));
        return new Wait(this, jobId, hears.Task);
    }

    public void Tell(Burst burst)
    {
        if (_waiting.IsEmpty || (burst.Response is null && burst.Status == Domain.JobStatus.Running)) return;
        if (_waiting.TryRemove(burst.JobId, out var hears)) hears.TrySetResult(burst);
    }

    internal sealed class Wait(HttpAnswers all, Guid jobId, Task<Burst> heard) : IDisposable
    {
        /// <summary>What it did; null when the time is over.</summary>
        public async Task<Burst?> ForAsync(TimeSpan atMost, CancellationToken ct)
        {
            try
            {
                return await heard.WaitAsync(atMost, ct);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        public void Dispose() => all._waiting.TryRemove(jobId, out _);
    }
}
