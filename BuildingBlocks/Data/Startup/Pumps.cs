using Crm.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Crm.Data;

/// <summary>Registers pumps.</summary>
public static class Pumps
{
    /// <summary>One instance, found as <see cref="IPump"/>, run in the background unless <c>Crm:Pumps</c> is false.</summary>
    public static IServiceCollection AddPump<T>(this IServiceCollection services) where T : class, IPump, IHostedService
    {
        services.AddSingleton<T>();
        services.AddSingleton<IPump>(sp => sp.GetRequiredService<T>());
        return services.AddSingleton<IHostedService>(sp => sp.GetRequiredService<IConfiguration>().GetValue("Crm:Pumps", true) ? sp.GetRequiredService<T>() : new Still());
    }

    private sealed class Still : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
