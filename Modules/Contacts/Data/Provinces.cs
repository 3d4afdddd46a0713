using Crm.Platform.Contracts;

namespace Crm.Contacts.Data;

/// <summary>The provinces that rights can reach: the top of the places.</summary>
internal sealed class Provinces(PlacesCache places) : IRegionSource
{
    public async Task<IReadOnlyList<RegionCard>> ProvincesAsync(CancellationToken ct) => [.. (await places.GetAsync(ct)).Provinces.Select(p => new RegionCard(p.Id, Places.TitleOf(p)))];
}
