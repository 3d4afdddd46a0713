using System.Collections.Concurrent;

namespace Crm.Platform.Access;

/// <summary>
/// Values by key, each at most five seconds old, loaded once however many ask at the same time. A load that began before the last drop is not kept,
/// so a change is never hidden behind a load that overlapped it.
/// </summary>
internal sealed class Snapshots<TKey, TValue>(TimeProvider time, Func<TKey, CancellationToken, Task<TValue>> load, int capacity = 20_000) where TKey : notnull
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    public ValueTask<TValue> GetAsync(TKey key, CancellationToken ct)
    {
        if (_entries.TryGetValue(key, out var entry) && !IsOld(entry) && !entry.Value.IsFaulted && !entry.Value.IsCanceled)
            return entry.Value.IsCompletedSuccessfully ? new(entry.Value.Result) : new(entry.Value.WaitAsync(ct));
        return new(LoadAsync(key, ct));
    }

    public void Clear() => _entries.Clear();

    private async Task<TValue> LoadAsync(TKey key, CancellationToken ct)
    {
        // Guesses of random keys must not fill the memory.
        if (_entries.Count >= capacity) _entries.Clear();
        // Not cancelled by the first caller's leaving: others wait for the same load.
        var task = load(key, CancellationToken.None);
        _entries[key] = new(task, time.GetTimestamp());
        // All who waited may have left before it fails.
        _ = task.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return await task.WaitAsync(ct);
    }

    private bool IsOld(Entry entry) => time.GetElapsedTime(entry.At) >= Life;

    private sealed record Entry(Task<TValue> Value, long At);
}
