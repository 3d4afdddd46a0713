using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>What a single answer may do beyond the content-security policy of all pages.</summary>
public static class ContentPolicy
{
    /// <summary>This page may show pictures of one more server (those of a map); nothing else comes from there.</summary>
    /// <param name="http">The request at hand.</param>
    /// <param name="origin">Scheme and host, for example <c>https://tiles.example.org</c>.</param>
    public static void AllowImages(HttpContext http, string origin)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(origin);
        http.Response.Headers.ContentSecurityPolicy = SecurityHeaders.DefaultPolicy.Replace("img-src 'self' data:", "img-src 'self' data: " + origin, StringComparison.Ordinal);
    }
}
