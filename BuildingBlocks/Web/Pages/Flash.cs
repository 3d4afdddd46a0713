using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>A line shown once, as a toast, on the next page: «Contact saved.» Travels in a protected cookie that lives two minutes.</summary>
/// <param name="Kind"><c>success</c>, <c>info</c>, <c>warning</c> or <c>danger</c>.</param>
/// <param name="Text">In the user's language.</param>
/// <param name="Url">Where the toast leads; null for nowhere.</param>
/// <param name="Undo">The record that was deleted, to bring back at once; null for none.</param>
/// <param name="UndoTo">Where to go after that.</param>
public sealed record Flash(string Kind, string Text, string? Url = null, Guid? Undo = null, string? UndoTo = null)
{
    private const string Cookie = "crm.flash";
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(2);

    /// <summary>Leaves the line for the next page.</summary>
    public void Leave(HttpContext context) =>
        context.Response.Cookies.Append(Cookie, Protector(context).Protect(JsonSerializer.Serialize(this), s_life), Options(context, s_life));

    /// <summary>Takes the line left by the request before, if any.</summary>
    public static Flash? Take(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is not { Length: > 0 } text) return null;
        if (!context.Response.HasStarted) context.Response.Cookies.Delete(Cookie, Options(context, null));
        try
        {
            return JsonSerializer.Deserialize<Flash>(Protector(context).Unprotect(text));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // Too old, or of a key that is gone: the line is not worth an error.
            return null;
        }
    }

    private static ITimeLimitedDataProtector Protector(HttpContext context) =>
        context.RequestServices.GetRequiredService<IDataProtectionProvider>().CreateProtector("Crm.Web.Flash").ToTimeLimitedDataProtector();

    private static CookieOptions Options(HttpContext context, TimeSpan? life) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", MaxAge = life, IsEssential = true };
}
