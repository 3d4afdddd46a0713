using System.Globalization;
using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Platform.Working;

/// <summary>Where working time, a day or a closure holds, as one choice of a list: everywhere, a province or a branch.</summary>
internal readonly record struct Place(Guid? BranchId, int? ProvinceId)
{
    /// <summary>Empty for everywhere, <c>p8</c> for a province, <c>b</c> with its id for a branch; null when it is none of them.</summary>
    public static Place? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return new Place(null, null);
        if (text[0] == 'p' && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var province)) return new Place(null, province);
        return text[0] == 'b' && Guid.TryParseExact(text.AsSpan(1), "N", out var branch) ? new Place(branch, null) : null;
    }

    public override string ToString() => BranchId is { } b ? $"b{b:N}" : ProvinceId is { } p ? string.Create(CultureInfo.InvariantCulture, $"p{p}") : "";
}

/// <summary>The places there are, with their names in the language of the moment.</summary>
internal sealed class WorkPlaces(IBranchDirectory branches, IEnumerable<IRegionSource> regions)
{
    /// <summary>All of them; a closed branch is not open to be chosen any more, but what was said of it keeps its name.</summary>
    public async Task<IReadOnlyList<(Place Place, string Title, bool Open)>> AllAsync(CancellationToken ct)
    {
        // Branches are called by their names alone: most names say that it is a branch.
        List<(Place, string, bool)> all = [.. (await branches.AllAsync(ct)).Select(b => (new Place(b.Id, null), b.Name, b.Active))];
        all.AddRange((await regions.AllAsync(ct)).Select(p => (new Place(null, p.Id), Texts.Get("Province {0}", p.Title), true)));
        return all;
    }

    /// <exception cref="InvalidInput">There is no such place.</exception>
    public async Task<Place> FindAsync(string? text, string field, CancellationToken ct)
    {
        if (Place.Parse(text) is not { } place) throw new InvalidInput(field, "Choose one of the list.");
        if (place != default && !(await AllAsync(ct)).Any(p => p.Open && p.Place == place)) throw new InvalidInput(field, "Choose one of the list.");
        return place;
    }
}
