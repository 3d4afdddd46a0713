using Crm.Core;
using Crm.Platform.Access;
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
            var minutes = (int)Math.Ceiling(wait.TotalMinutes);
            Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            ModelState.AddModelError("", T["Too many wrong attempts. Try again in {0} minutes.", minutes]);
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return Page();
        }

        if (answer.UserId is not { } id)
        {
            ModelState.AddModelError("", T["The user name or the password is wrong."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        await HttpContext.OpenSessionAsync(answer, id, Command.Keep);
        return result;
    }

    // Only a path of our own: anything else would make this page a springboard to a copy of it elsewhere.
    private string Target() => ReturnUrl is { Length: > 1 } url && Url.IsLocalUrl(url) && url[0] == '/' && !url.Any(char.IsControl) && !url.StartsWith("/sign-", StringComparison.OrdinalIgnoreCase) ? url : "/";
}

/// <summary>Puts a session into the browser's cookie.</summary>
internal static class Sessions
{
    public static Task OpenSessionAsync(this HttpContext context, SignInAnswer answer, Guid userId, bool keep) =>
        context.SignInAsync(Schemes.Cookie, Schemes.Principal(userId, answer.Stamp, answer.SessionId), new AuthenticationProperties { IsPersistent = keep, ExpiresUtc = answer.ExpiresAt, AllowRefresh = false });
}
