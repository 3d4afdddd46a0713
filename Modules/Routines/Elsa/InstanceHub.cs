using Microsoft.AspNetCore.SignalR;

namespace Crm.Routines.Elsa;

/// <summary>The live connection of Studio's instance viewer: it names the job it looks at and hears of every change.</summary>
internal sealed class InstanceHub : Hub
{
    /// <summary>Called by Studio; the name is Elsa's.</summary>
    public Task ObserveInstanceAsync(string instanceId) => Groups.AddToGroupAsync(Context.ConnectionId, Group(instanceId), Context.ConnectionAborted);

    public static string Group(string instanceId) => Guid.TryParse(instanceId, out var id) ? id.ToString("N") : instanceId;
}
