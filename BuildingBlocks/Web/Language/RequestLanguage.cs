using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// In which language a request is answered: the user's, else the cookie <c>crm.lang</c>, else Accept-Language, else Persian. Callers of the API
/// say it by Accept-Language first. Only the texts follow it: <see cref="CultureInfo.CurrentCulture"/> stays invariant, since the Persian
/// culture reads and writes numbers and dates that no other part of the system would understand.
/// </summary>
public static class RequestLanguage
{
    /// <summary>Cookie of those who are not signed in.</summary>
    public const string Cookie = "crm.lang";

    private static readonly CultureInfo s_fa = CultureInfo.GetCultureInfo("fa");
    private static readonly CultureInfo s_en = CultureInfo.GetCultureInfo("en");

    /// <summary><c>fa</c> or <c>en</c>.</summary>
    public static string Of(HttpContext context)
    {
        var accepted = Accepted(context.Request);
        if (WantsJson.IsApi(context.Request) && accepted is not null) return accepted;
        if (context.RequestServices.GetService<ICurrentUser>()?.Access is { } user) return user.Language == "en" ? "en" : "fa";
        return context.Request.Cookies[Cookie] is "fa" or "en" ? context.Request.Cookies[Cookie]! : accepted ?? "fa";
    }

    /// <summary>Makes the request's language the one of the current flow of execution.</summary>
    public static void Use(HttpContext context) => Use(Of(context));

    /// <summary>Makes a language the one of the current flow of execution: <c>fa</c> or <c>en</c>.</summary>
    public static void Use(string language)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = language == "en" ? s_en : s_fa;
    }

    private static string? Accepted(HttpRequest request)
    {
        string? best = null;
        var bestQuality = 0d;
        foreach (var item in request.GetTypedHeaders().AcceptLanguage)
        {
            var quality = item.Quality ?? 1;
            var language = item.Value.StartsWith("fa", StringComparison.OrdinalIgnoreCase) ? "fa"
                : item.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? "en" : null;
            if (language is not null && quality > bestQuality) (best, bestQuality) = (language, quality);
        }

        return best;
    }
}
