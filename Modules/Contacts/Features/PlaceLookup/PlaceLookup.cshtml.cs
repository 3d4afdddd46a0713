using System.Globalization;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.PlaceLookup;

/// <summary>One choice below another; the group is the district or county that it lies in.</summary>
internal sealed record PlaceChoice(string Id, string Text, string? Group);

/// <summary>Cities and counties for searching drop-downs, with what they lie in; and what lies below a province or county, for choices that depend on one another.</summary>
[SignedIn]
internal sealed class PlaceLookupPage(PlacesCache places) : PageBase
{
    public async Task<IActionResult> OnGetAsync(string? q, string? kind, CancellationToken ct)
    {
        var towns = await places.GetAsync(ct);
        var text = PersianText.Fold(q);
        var all = kind == "county" ? towns.Provinces.SelectMany(p => towns.Counties[p.Id]) : towns.Cities.SelectMany(p => p);
        var found = all.Select(c => (Place: c, Folded: PersianText.Fold(c.Name))).Where(c => c.Folded.Contains(text, StringComparison.Ordinal))
            .OrderByDescending(c => c.Folded.StartsWith(text, StringComparison.Ordinal)).ThenBy(c => c.Folded.Length).ThenBy(c => c.Folded, StringComparer.Ordinal).Take(20);
        return new JsonResult(found.Select(c => new LookupItem(
            c.Place.Id.ToString(CultureInfo.InvariantCulture), Places.TitleOf(c.Place), string.Join(" · ", new[] { towns.Title(c.Place.ProvinceId), c.Place.Kind == PlaceKind.City ? towns.Title(c.Place.CountyId) : null }.OfType<string>().Distinct()))));
    }

    /// <summary>Counties and cities of a province, or cities of a county.</summary>
    public async Task<IActionResult> OnGetBelowAsync(int? province, int? county, CancellationToken ct)
    {
        var towns = await places.GetAsync(ct);
        return new JsonResult(new { counties = county is null ? PlaceItems.Counties(towns, province).Select(Choice) : [], cities = PlaceItems.Cities(towns, province, county).Select(Choice), province = towns.Find(county)?.ProvinceId });

        static PlaceChoice Choice(Microsoft.AspNetCore.Mvc.Rendering.SelectListItem i) => new(i.Value, i.Text, i.Group?.Name);
    }
}
