using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>Says whether a thing the application cannot work without is there.</summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IReadiness
{
    /// <summary>Short name, for the answer.</summary>
    string Name { get; }

    /// <summary>Null when ready, else the reason. Must answer within two seconds.</summary>
    Task<string?> ProblemAsync(CancellationToken ct);
}
