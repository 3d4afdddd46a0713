using System.Collections.Concurrent;
using System.Security.Claims;
using Crm.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web;

/// <summary>An open connection of a hub on this host.</summary>
/// <param name="User">Who opened it, as the request that did so was signed in.</param>
/// <param name="Permissions">What the hub asks for.</param>
/// <param name="Cut">Ends it.</param>
public sealed record LiveConnection(ClaimsPrincipal User, IReadOnlyList<string> Permissions, Action Cut);

/// <summary>
/// All open connections of all hubs on this host. A request is judged when it comes, but a connection stays for hours: whoever knows of sessions looks through these and cuts the ones
/// whose user signed out, was deactivated or lost the right.
/// </summary>
public sealed class LiveConnections : IHubFilter
{
    private readonly ConcurrentDictionary<string, LiveConnection> _open = new(StringComparer.Ordinal);

    /// <summary>A snapshot.</summary>
    public IReadOnlyCollection<LiveConnection> Open => [.. _open.Values];

    /// <inheritdoc/>
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var required = context.Context.GetHttpContext()?.GetEndpoint()?.Metadata.GetOrderedMetadata<RequiresAttribute>().Select(r => r.Permission).ToList();
        _open[context.Context.ConnectionId] = new(context.Context.User ?? new ClaimsPrincipal(), required ?? [], context.Context.Abort);
        return next(context);
    }

    /// <inheritdoc/>
    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        _open.TryRemove(context.Context.ConnectionId, out _);
        return next(context, exception);
    }
}
