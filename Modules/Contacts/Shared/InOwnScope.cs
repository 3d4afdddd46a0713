using Crm.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Shared;

/// <summary>
/// Runs contributions of other modules side by side, each in a scope of its own: two of one module do not share a database context, and a slow one
/// that is given up goes on by itself without touching the page's.
/// </summary>
internal sealed class InOwnScope(IServiceScopeFactory scopes, ICurrentUser me)
{
    /// <summary>Makes the contribution anew in a scope where the same user acts, and lets it work.</summary>
    /// <param name="contribution">The class.</param>
    /// <param name="act">What is asked of it.</param>
    /// <param name="limit">How long the caller waits; null as long as it takes.</param>
    /// <param name="ct">The request.</param>
    /// <exception cref="TimeoutException">The limit has passed.</exception>
    public async Task<TResult> RunAsync<T, TResult>(Type contribution, Func<T, CancellationToken, Task<TResult>> act, TimeSpan? limit, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = WorkAsync(stop.Token);
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

        async Task<TResult> WorkAsync(CancellationToken token)
        {
            await using var scope = scopes.CreateAsyncScope();
            var user = scope.ServiceProvider.GetRequiredService<CurrentUser>();
            if (me.Access is { } access) user.Become(access, me.Through);
            else user.BecomeSystem(me.Through);
            return await act((T)ActivatorUtilities.CreateInstance(scope.ServiceProvider, contribution), token);
        }
    }
}
