using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.MapContacts;

/// <summary>Contacts on the map: what the visible piece holds, and who is nearest to a point. The list beside it says the same to whoever does not use a mouse.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class MapContactsPage(ContactMap map, ListedContacts listed, BaseDataCache baseData, MapSettings settings) : PageBase
{
    private const int Nearest = 20;
    private static readonly MapBox s_iran = new(24.5, 43.5, 40.2, 63.6);

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public ContactKind? Kind { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Group { get; set; }

    public BaseValues Lists { get; private set; } = new([]);

    public MapSettings Settings => settings;

    public bool HidesGroups => Me.Hides("contacts", "groups");

    /// <summary>What the list shows before the map has moved, and without scripts.</summary>
    public MapView View { get; private set; } = new([], [], false);

    public async Task OnGetAsync(CancellationToken ct)
    {
        settings.Allow(HttpContext);
        Lists = await baseData.GetAsync(ct);
        View = await map.InBoxAsync(s_iran, 20, await ListedAsync(ct), ct);
    }

    public async Task<IActionResult> OnGetPointsAsync(double south, double west, double north, double east, int zoom, CancellationToken ct)
    {
        var box = new MapBox(south, west, north, east);
        if (!ModelState.IsValid || !box.IsSane) return BadRequest();
        var view = await map.InBoxAsync(box, zoom, await ListedAsync(ct), ct);
        return new JsonResult(new { points = view.Points.Select(Shown), clusters = view.Clusters, more = view.More });
    }

    public async Task<IActionResult> OnGetNearAsync(double latitude, double longitude, CancellationToken ct)
    {
        if (!ModelState.IsValid || latitude is not (>= -90 and <= 90) || longitude is not (>= -180 and <= 180)) return BadRequest();
        var near = await map.NearestAsync(latitude, longitude, Nearest, await ListedAsync(ct), ct);
        return new JsonResult(new { points = near.Select(Shown) });
    }

    // All that narrows the list of contacts narrows the map under the same words.
    private Task<IQueryable<Contact>> ListedAsync(CancellationToken ct) => listed.OfAsync(Request.Query, ct);

    private object Shown(MapPoint p) => new
    {
        p.Id, p.Name, person = p.Kind == ContactKind.Person, p.Latitude, p.Longitude, phone = p.Phone is null ? null : T.Digits(PhoneNumber.Parse(p.Phone).ToDisplay()),
        distance = p.Metres is not { } m ? null : m < 1000 ? T["{0} m", T.Digits(m)].ToString() : T["{0} km", T.Digits(Math.Round(m / 1000.0, 1).ToString(System.Globalization.CultureInfo.InvariantCulture))].ToString(),
    };
}
