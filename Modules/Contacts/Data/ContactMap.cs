using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

/// <summary>A contact at an address with a position on the map.</summary>
internal sealed record MapPoint(Guid Id, ContactKind Kind, string Name, string? Phone, double Latitude, double Longitude, int? Metres);

/// <summary>Contacts that lie so near to one another that they are one sign on the map.</summary>
internal sealed record MapCluster(double Latitude, double Longitude, int Count);

/// <summary>What a piece of the map shows. <c>More</c>: there are more than are counted.</summary>
internal sealed record MapView(IReadOnlyList<MapPoint> Points, IReadOnlyList<MapCluster> Clusters, bool More);

internal readonly record struct MapBox(double South, double West, double North, double East)
{
    public bool IsSane => South is >= -90 and <= 90 && North is >= -90 and <= 90 && West is >= -540 and <= 540 && East is >= -540 and <= 540 && South <= North && West <= East;
}

/// <summary>Positions by the index on <c>point(longitude, latitude)</c>: what lies in a box, and what lies nearest. Who may be seen is decided by the contacts' own filters, as everywhere.</summary>
internal sealed class ContactMap(ContactsDb db, ICurrentUser me)
{
    private const int Counted = 20_000;
    private const int Named = 300;

    // Where the addresses are hidden from somebody, so is where they lie.
    private bool Closed => me.Hides(ContactsRights.Contacts, "addresses");

    private string? Phone(string? phone) => me.Hides(ContactsRights.Contacts, "phones") ? null : phone;

    /// <summary>Single contacts and clusters of a box. A cluster is a square of about 60 pixels.</summary>
    [BypassesSave("PostgreSQL's points have no LINQ of their own; nothing is written.")]
    public async Task<MapView> InBoxAsync(MapBox box, int zoom, IQueryable<Contact> contacts, CancellationToken ct)
    {
        if (Closed) return new([], [], false);
        var inside = db.Addresses.FromSql($"select * from contacts.contact_addresses where latitude is not null and point(longitude::float8, latitude::float8) <@ box(point({box.West}, {box.South}), point({box.East}, {box.North}))");
        var found = await (from a in inside.AsNoTracking() join c in contacts on a.ContactId equals c.Id select new { c.Id, a.Latitude, a.Longitude }).Take(Counted + 1).ToListAsync(ct);
        var more = found.Count > Counted;
        var side = 60 * 360 / (256 * Math.Pow(2, Math.Clamp(zoom, 0, 20)));
        var cells = found.Take(Counted).GroupBy(p => (X: Math.Floor((double)p.Longitude! / side), Y: Math.Floor((double)p.Latitude! / side))).ToList();
        // From near enough everybody stands alone, even where several have one address.
        var single = cells.Where(g => g.Count() == 1 || zoom >= 17).SelectMany(g => g).Take(Named).ToList();
        var ids = single.Select(p => p.Id).ToHashSet();
        var names = await db.Contacts.AsNoTracking().Where(c => ids.Contains(c.Id)).Select(c => new { c.Id, c.Kind, c.Name, c.MainPhone }).ToDictionaryAsync(c => c.Id, ct);
        return new(
            [.. single.Where(p => names.ContainsKey(p.Id)).Select(p => new MapPoint(p.Id, names[p.Id].Kind, names[p.Id].Name, Phone(names[p.Id].MainPhone), (double)p.Latitude!, (double)p.Longitude!, null)).OrderBy(p => p.Name, StringComparer.CurrentCulture)],
            [.. cells.Where(g => g.Count() > 1 && zoom < 17).Select(g => new MapCluster((double)g.Average(p => p.Latitude!.Value), (double)g.Average(p => p.Longitude!.Value), g.Count()))],
            more);
    }

    /// <summary>The contacts nearest to a point, with their distance as the crow flies.</summary>
    [BypassesSave("PostgreSQL's points have no LINQ of their own; nothing is written.")]
    public async Task<IReadOnlyList<MapPoint>> NearestAsync(double latitude, double longitude, int take, IQueryable<Contact> contacts, CancellationToken ct)
    {
        if (Closed) return [];
        // The index orders by degrees, which are shorter from east to west: a few more are taken than asked for, and put in order by metres. Who sees only some of them is given a wider search.
        for (var among = take * 8; ; among *= 8)
        {
            var near = db.Addresses.FromSql($"select * from contacts.contact_addresses where latitude is not null order by point(longitude::float8, latitude::float8) <-> point({longitude}, {latitude}) limit {among}");
            var found = await (from a in near.AsNoTracking() join c in contacts on a.ContactId equals c.Id select new { c.Id, c.Kind, c.Name, c.MainPhone, a.Latitude, a.Longitude }).ToListAsync(ct);
            if (found.Count < take && among < 50_000) continue;
            return [.. found.Select(p => new MapPoint(p.Id, p.Kind, p.Name, Phone(p.MainPhone), (double)p.Latitude!, (double)p.Longitude!, Metres(latitude, longitude, (double)p.Latitude!, (double)p.Longitude!)))
                .OrderBy(p => p.Metres).DistinctBy(p => p.Id).Take(take)];
        }
    }

    public static int Metres(double latitude1, double longitude1, double latitude2, double longitude2)
    {
        const double Earth = 6_371_000;
        var (a, b) = (double.DegreesToRadians(latitude1), double.DegreesToRadians(latitude2));
        var h = Math.Pow(Math.Sin((b - a) / 2), 2) + (Math.Cos(a) * Math.Cos(b) * Math.Pow(Math.Sin(double.DegreesToRadians(longitude2 - longitude1) / 2), 2));
        return (int)Math.Round(2 * Earth * Math.Asin(Math.Min(1, Math.Sqrt(h))));
    }
}
