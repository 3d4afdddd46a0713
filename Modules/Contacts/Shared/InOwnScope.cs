using System.Collections.Concurrent;
using System.Reflection;
using Crm.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Shared;

/// <summary>
/// Runs contributions of other modules beside the page: those of one module one after another in one scope (a database context bears one query at a time, and making one costs as much
/// as a query), those of different modules side by side. A slow one that is given up goes on by itself without touching the page.
/// </summary>
internal sealed class InOwnScope(IServiceScopeFactory scopes, ICurrentUser me) : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<Type, ObjectFactory> s_makers = new();
    private readonly Dictionary<Assembly, Lane> _lanes = [];

    /// <summary>Makes the contribution anew in its module's scope where the same user acts, and lets it work.</summary>
    /// <param name="contribution">The class.</param>
    /// <param name="act">What is asked of it.</param>
    /// <param name="limit">How long the caller waits, its turn included; null as long as it takes.</param>
    /// <param name="ct">The request.</param>
    /// <exception cref="TimeoutException">The limit has passed.</exception>
    public async Task<TResult> RunAsync<T, TResult>(Type contribution, Func<T, CancellationToken, Task<TResult>> act, TimeSpan? limit, CancellationToken ct)
    {
        if (!_lanes.TryGetValue(contribution.Assembly, out var lane)) _lanes[contribution.Assembly] = lane = new(OpenScope());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = WorkAsync(lane, lane.Tail, contribution, act, stop.Token);
        lane.Tail = work;
        if (limit is not { } patience) return await work;
        try
        {
            return await work.WaitAsync(patience, ct);
        }
        catch (TimeoutException)
        {
            await stop.CancelAsync();
            // Nobody waits for it any more; what it says at last is of no interest.
            _ = work.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Closes the scopes; one whose work was given up but still runs, when it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            if (lane.Tail.IsCompleted) await lane.Scope.DisposeAsync();
            else _ = lane.Tail.ContinueWith(async (_, scope) => await ((AsyncServiceScope)scope!).DisposeAsync(), lane.Scope, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static async Task<TResult> WorkAsync<T, TResult>(Lane lane, Task before, Type contribution, Func<T, CancellationToken, Task<TResult>> act, CancellationToken ct)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        var make = s_makers.GetOrAdd(contribution, static type => ActivatorUtilities.CreateFactory(type, []));
        return await act((T)make(lane.Scope.ServiceProvider, null), ct);
    }

    private AsyncServiceScope OpenScope()
    {
        var scope = scopes.CreateAsyncScope();
        var user = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (me.Access is { } access) user.Become(access, me.Through);
        else user.BecomeSystem(me.Through);
        return scope;
    }

    /// <summary>The scope of one module, and the last work that was given to it.</summary>
    private sealed class Lane(AsyncServiceScope scope)
    {
        public AsyncServiceScope Scope { get; } = scope;

        public Task Tail { get; set; } = Task.CompletedTask;
    }
}
