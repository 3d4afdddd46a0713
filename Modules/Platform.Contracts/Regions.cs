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

/// <summary>What all sources know.</summary>
public static class Regions
{
    /// <summary>The provinces of all of them.</summary>
    public static async Task<IReadOnlyList<RegionCard>> AllAsync(this IEnumerable<IRegionSource> sources, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var all = new List<RegionCard>();
        foreach (var source in sources) all.AddRange(await source.ProvincesAsync(ct));
        return all;
    }
}
