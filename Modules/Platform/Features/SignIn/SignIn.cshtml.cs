using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SignIn;

/// <summary>Public: it is how one becomes somebody.</summary>
[Public]
internal sealed class SignInPage : PageBase
{
    [BindProperty]
    public SignInCommand Command { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>The page of the code sent him back.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Late { get; set; }

    public IActionResult OnGet() => Me.Access is null ? Page() : Redirect(Target());

    public async Task<IActionResult> OnPostAsync()
    {
        SignInAnswer? answer = null;
        var result = await Send(Command, then: a =>
        {
            answer = a;
            return Redirect(Target());
        });
        if (answer is null) return result;
        if (answer.Wait is { } wait)
        {
            ModelState.AddModelError("", this.Pause(wait));
            return Page();
        }

        if (answer.Half is { } half)
        {
            HttpContext.SetHalf(half, answer.SetUp);
            return Redirect(SignInWays.With(answer.SetUp ? "/sign-in/set-up" : "/sign-in/code", ReturnUrl));
        }

        if (answer.UserId is not { } id)
        {
            ModelState.AddModelError("", T["The user name or the password is wrong."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        await HttpContext.OpenSessionAsync(answer, id);
        return result;
    }

    private string Target() => SignInWays.Target(Url, ReturnUrl);
}

/// <summary>What the pages of the way in have in common.</summary>
internal static class SignInWays
{
    /// <summary>Only a path of our own: anything else would make these pages a springboard to a copy of them elsewhere.</summary>
    public static string Target(IUrlHelper urls, string? returnUrl) =>
        returnUrl is { Length: > 1 } url && urls.IsLocalUrl(url) && url[0] == '/' && !url.Any(char.IsControl) && !url.StartsWith("/sign-", StringComparison.OrdinalIgnoreCase) ? url : "/";

    public static string With(string page, string? returnUrl) => string.IsNullOrEmpty(returnUrl) ? page : page + "?returnUrl=" + Uri.EscapeDataString(returnUrl);

    /// <summary>Answers 429 and says how long to wait.</summary>
    public static string Pause(this PageBase page, TimeSpan wait)
    {
        page.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        page.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return page.T["Too many wrong attempts. Try again in {0} minutes.", (int)Math.Ceiling(wait.TotalMinutes)];
    }
}

/// <summary>Puts a session into the browser's cookie.</summary>
internal static class Sessions
{
    public static Task OpenSessionAsync(this HttpContext context, SignInAnswer answer, Guid userId)
    {
        if (context.Request.Cookies.ContainsKey(SignInCookies.Half)) context.Response.Cookies.Delete(SignInCookies.Half, SignInCookies.Options(context, null));
        if (answer.TrustToken is { } trust) context.Response.Cookies.Append(SignInCookies.Trust, trust, SignInCookies.Options(context, TrustedBrowser.Life));
        return context.SignInAsync(Schemes.Cookie, Schemes.Principal(userId, answer.Stamp, answer.SessionId), new AuthenticationProperties { IsPersistent = answer.Keep, ExpiresUtc = answer.ExpiresAt, AllowRefresh = false });
    }

    public static void SetHalf(this HttpContext context, string half, bool setUp) => context.Response.Cookies.Append(SignInCookies.Half, half, SignInCookies.Options(context, setUp ? HalfSignIns.SetUpLife : HalfSignIns.Life));
}

/// <summary>The two small cookies of the way in. They are sent to its pages alone and open nothing by themselves.</summary>
internal static class SignInCookies
{
    /// <summary>Whose password was right a moment ago (<see cref="HalfSignIns"/>).</summary>
    public const string Half = "crm.half";

    /// <summary>That this browser need bring no code (<see cref="TrustedBrowser"/>).</summary>
    public const string Trust = "crm.trust";

    public static CookieOptions Options(HttpContext context, TimeSpan? life) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/sign-in", MaxAge = life, IsEssential = true };
}
