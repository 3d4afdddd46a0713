using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Crm.Contacts.Data;

/// <summary>
/// <c>Crm:Map:Tiles</c> is the address of a server of map pictures, with <c>{z}</c>, <c>{x}</c>, <c>{y}</c>; <c>Crm:Map:Attribution</c> is what its owner wants to be said. Without one the maps are a plain grid of
/// degrees: positions can be chosen and found all the same.
/// </summary>
internal sealed class MapSettings(IConfiguration configuration)
{
    public string? Tiles { get; } = configuration["Crm:Map:Tiles"] is { Length: > 0 } tiles && Uri.TryCreate(tiles.Replace("{s}", "a", StringComparison.Ordinal), UriKind.Absolute, out var uri) && (uri.Scheme is "https" or "http")
        ? configuration["Crm:Map:Tiles"] : null;

    public string? Attribution { get; } = configuration["Crm:Map:Attribution"];

    /// <summary>Lets the page at hand load pictures from that one server, and from nowhere else.</summary>
    public void Allow(HttpContext http)
    {
        if (Tiles is null) return;
        var host = new Uri(Tiles.Replace("{s}", "a", StringComparison.Ordinal));
        ContentPolicy.AllowImages(http, Tiles.Contains("{s}", StringComparison.Ordinal) ? $"{host.Scheme}://*.{host.Authority[2..]}" : host.GetLeftPart(UriPartial.Authority));
    }
}
