using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>Who is answered with JSON in place of a page.</summary>
public static class WantsJson
{
    /// <summary>Whether the path belongs to an API.</summary>
    public static bool IsApi(HttpRequest request) =>
        request.Path.StartsWithSegments("/api/v1") || request.Path.StartsWithSegments("/elsa") || request.Path.StartsWithSegments("/openapi")
        || request.Path.StartsWithSegments("/health") || request.Path.StartsWithSegments("/hubs");

    /// <summary>Whether problems of this request are told as problem details.</summary>
    public static bool Of(HttpRequest request)
    {
        if (IsApi(request)) return true;
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }
}
