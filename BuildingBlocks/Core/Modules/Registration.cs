using System.Reflection;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>A kind of class that the scan registers for what it implements; blocks and modules add theirs.</summary>
/// <param name="Contract">Interface, open generic allowed.</param>
/// <param name="Lifetime">Lifetime of the implementations.</param>
public sealed record Contribution(Type Contract, ServiceLifetime Lifetime = ServiceLifetime.Scoped);

/// <summary>One scan finds all contributions: nothing is registered by hand.</summary>
public static class Registration
{
    private static readonly Contribution[] s_core =
    [
        new(typeof(IRequestHandler<,>), ServiceLifetime.Transient),
        new(typeof(IValidator<>), ServiceLifetime.Singleton),
        new(typeof(IReactTo<>)),
        new(typeof(IMenuSource), ServiceLifetime.Singleton),
        new(typeof(IPermissionSource), ServiceLifetime.Singleton),
        new(typeof(IDemoSeed)),
        new(typeof(IBulkSeed)),
        new(typeof(ICheck)),
        new(typeof(IScheduledJob)),
    ];

    /// <summary>
    /// Registers MediatR, the behaviours every command passes before it is saved and everything found in the assemblies that implements a contribution.
    /// An interface marked <see cref="ContributionAttribute"/> in any of the assemblies is a contribution too.
    /// </summary>
    public static IServiceCollection AddContributions(this IServiceCollection services, IReadOnlyCollection<Assembly> assemblies)
    {
        services.AddScoped<ServiceFactory>(sp => sp.GetService!);
        services.AddScoped<IMediator, Mediator>();
        services.AddScoped<CurrentUser>();
        services.AddScoped<ICurrentUser>(sp => sp.GetRequiredService<CurrentUser>());
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(LoggingBehavior<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(AccessBehavior<,>));
        services.AddScoped<IdempotentRequest>();
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ReplayBehavior<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));

        var marked = assemblies.SelectMany(a => a.GetTypes())
            .Select(t => (Type: t, Mark: t.GetCustomAttribute<ContributionAttribute>()))
            .Where(x => x.Mark is not null)
            .Select(x => new Contribution(x.Type, x.Mark!.Lifetime));
        var lifetimes = s_core.Concat(marked).ToDictionary(c => c.Contract, c => c.Lifetime);
        // Each type is asked once for what it implements, not once for each contract: there are thousands of the one and dozens of the other.
        var known = new Dictionary<Type, Type[]>();
        foreach (var lifetime in lifetimes.Values.Distinct())
        {
            services.Scan(scan => scan.FromAssemblies(assemblies)
                .AddClasses(c => c.Where(t => ContractsOf(t).Any(i => LifetimeOf(i) == lifetime)), publicOnly: false)
                .As(t => ContractsOf(t).Where(i => LifetimeOf(i) == lifetime))
                .WithLifetime(lifetime));
        }

        Type[] ContractsOf(Type type) => known.TryGetValue(type, out var found) ? found : known[type] = type.IsAbstract ? [] : [.. type.GetInterfaces().Where(i => LifetimeOf(i) is not null)];

        ServiceLifetime? LifetimeOf(Type contract) => lifetimes.TryGetValue(contract, out var own) || (contract.IsGenericType && lifetimes.TryGetValue(contract.GetGenericTypeDefinition(), out own)) ? own : null;

        return services;
    }
}

/// <summary>Classes implementing this interface are found and registered by the scan.</summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class ContributionAttribute(ServiceLifetime lifetime = ServiceLifetime.Scoped) : Attribute
{
    /// <summary>Lifetime of the implementations.</summary>
    public ServiceLifetime Lifetime { get; } = lifetime;
}

/// <summary>Finds the modules of the application.</summary>
public static class Modules
{
    /// <summary>One of each <see cref="IModule"/>, by name.</summary>
    /// <exception cref="InvalidOperationException">Two have the same name.</exception>
    public static IReadOnlyList<IModule> Find(IEnumerable<Assembly> assemblies)
    {
        var all = assemblies.SelectMany(a => a.GetTypes())
            .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IModule).IsAssignableFrom(t))
            .Select(t => (IModule)Activator.CreateInstance(t)!)
            .OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
        if (all.GroupBy(m => m.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidOperationException($"Two modules are called {twice.Key}.");
        return all;
    }
}
