using Crm.Core;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Elsa;

/// <summary>
/// Sends each command of a bulk action in a scope of its own, as the same user: one that is refused leaves what it changed in memory to itself, and the next one starts clean.
/// </summary>
internal interface IServiceScopes
{
    Task<T> SendAsync<T>(ICommand<T> command, CancellationToken ct);
}

internal sealed class ServiceScopes(IServiceScopeFactory scopes, ICurrentUser user) : IServiceScopes
{
    public async Task<T> SendAsync<T>(ICommand<T> command, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var current = scope.ServiceProvider.GetRequiredService<CurrentUser>();
        if (user.Access is { } access) current.Become(access, user.Through);
        else if (user.IsSystem) current.BecomeSystem(user.Name);
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(command, ct);
    }
}
