using Crm.Platform.Contracts;

namespace Crm.Platform.Working;

/// <summary>What all sources of provinces know.</summary>
internal static class Regions
{
    /// <summary>The provinces of all of them.</summary>
    public static async Task<IReadOnlyList<RegionCard>> AllAsync(this IEnumerable<IRegionSource> sources, CancellationToken ct)
    {
        var all = new List<RegionCard>();
        foreach (var source in sources) all.AddRange(await source.ProvincesAsync(ct));
        return all;
    }
}
