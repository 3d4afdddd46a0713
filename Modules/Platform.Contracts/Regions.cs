using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>A province that rights can reach.</summary>
/// <param name="Id">Number, as records have it.</param>
/// <param name="Title">In the language of the moment.</param>
public sealed record RegionCard(int Id, string Title);

/// <summary>Tells the provinces there are; contributed by the module that knows places. Without one, no right reaches by province.</summary>
[Contribution]
public interface IRegionSource
{
    /// <summary>All provinces, by name.</summary>
    Task<IReadOnlyList<RegionCard>> ProvincesAsync(CancellationToken ct);
}
