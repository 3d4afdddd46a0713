using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>What htmx says of itself in a request.</summary>
public static class Htmx
{
    /// <summary>Whether htmx sent the request.</summary>
    public static bool Sent(HttpRequest request) => request.Headers["HX-Request"] == "true";

    /// <summary>Whether a part of a page is wanted, not a page with the shell.</summary>
    public static bool WantsFragment(HttpRequest request) =>
        Sent(request) && request.Headers["HX-Boosted"] != "true";
}
