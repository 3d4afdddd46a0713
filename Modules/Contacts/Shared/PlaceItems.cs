using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Contacts.Shared;

/// <summary>Places as choices that depend on what was chosen above them.</summary>
internal static class PlaceItems
{
    /// <summary>Counties of a province; all of them under the name of their province where none is chosen.</summary>
    public static IEnumerable<SelectListItem> Counties(Places towns, int? province)
    {
        if (province is { } p) return towns.Counties[p].Select(c => Item(c, null));
        return towns.Provinces.SelectMany(x =>
        {
            var group = new SelectListGroup { Name = Places.TitleOf(x) };
            return towns.Counties[x.Id].Select(c => Item(c, group));
        });
    }

    /// <summary>Cities of a county under the name of their district, or of a province under that of their county; none where neither is chosen, there are too many.</summary>
    public static IEnumerable<SelectListItem> Cities(Places towns, int? province, int? county)
    {
        if (county is { } c) return Grouped(towns, towns.CitiesOfCounty[c], x => x.DistrictId);
        return province is { } p ? Grouped(towns, towns.Cities[p], x => x.CountyId) : [];
    }

    private static IEnumerable<SelectListItem> Grouped(Places towns, IEnumerable<Place> cities, Func<Place, int?> by)
    {
        Dictionary<int, SelectListGroup> groups = [];
        foreach (var city in cities.OrderBy(x => towns.Title(by(x)), StringComparer.CurrentCulture).ThenBy(x => x.Name, StringComparer.CurrentCulture))
        {
            SelectListGroup? group = null;
            if (by(city) is { } id && !groups.TryGetValue(id, out group)) groups[id] = group = new() { Name = towns.Title(id) };
            yield return Item(city, group);
        }
    }

    private static SelectListItem Item(Place place, SelectListGroup? group) => new(Places.TitleOf(place), place.Id.ToString(CultureInfo.InvariantCulture)) { Group = group };
}
