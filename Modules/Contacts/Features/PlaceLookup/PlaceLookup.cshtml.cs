using System.Globalization;
using Crm.Contacts.Data;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.PlaceLookup;

/// <summary>Cities for searching drop-downs, with the province they lie in.</summary>
[SignedIn]
internal sealed class PlaceLookupPage(PlacesCache places) : PageBase
{
    public async Task<IActionResult> OnGetAsync(string? q, CancellationToken ct)
    {
        var towns = await places.GetAsync(ct);
        var text = PersianText.Fold(q);
        var found = towns.Cities.SelectMany(p => p).Select(c => (City: c, Folded: PersianText.Fold(c.Name))).Where(c => c.Folded.Contains(text, StringComparison.Ordinal))
            .OrderByDescending(c => c.Folded.StartsWith(text, StringComparison.Ordinal)).ThenBy(c => c.Folded.Length).ThenBy(c => c.Folded, StringComparer.Ordinal).Take(20);
        return new JsonResult(found.Select(c => new LookupItem(c.City.Id.ToString(CultureInfo.InvariantCulture), Places.TitleOf(c.City), towns.Title(c.City.ProvinceId))));
    }
}
