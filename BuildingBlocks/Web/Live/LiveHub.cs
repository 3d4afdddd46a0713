using System.Text.Json;
using Crm.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>Where open pages listen, at <c>/hubs/live</c>. Clients only listen; each connection is in the group <c>user:{id}</c>.</summary>
[SignedIn]
public sealed class LiveHub : Hub
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync()
    {
        // The hub's scope is not the request's: the user is read from the request that opened the connection.
        var user = Context.GetHttpContext()?.RequestServices.GetService<ICurrentUser>()?.Id
            ?? (Guid.TryParse(Context.User?.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)?.Value, out var id) ? id : null);
        if (user is null)
        {
            Context.Abort();
            return;
        }

        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(user.Value));
        await base.OnConnectedAsync();
    }

    internal static string GroupOf(Guid user) => "user:" + user.ToString("D");
}

/// <summary>Pushes to the connections of this host; the default where nobody carries messages between hosts.</summary>
internal sealed class LocalLivePush(IHubContext<LiveHub> hub) : ILivePush, ILocalLivePush
{
    public Task PushAsync(IReadOnlyCollection<Guid> userIds, string topic, object? payload = null, CancellationToken ct = default) =>
        PushHereAsync(userIds, topic, payload is null ? null : JsonSerializer.Serialize(payload, JsonSerializerOptions.Web), ct);

    public Task PushHereAsync(IReadOnlyCollection<Guid> userIds, string topic, string? payloadJson, CancellationToken ct = default)
    {
        if (userIds.Count == 0) return Task.CompletedTask;
        return hub.Clients.Groups([.. userIds.Select(LiveHub.GroupOf)]).SendAsync("live", topic, payloadJson, ct);
    }
}
