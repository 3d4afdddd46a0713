using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Features.SignIn;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SecondFactor;

/// <summary>Public: the password was right, and nobody is signed in before the code is.</summary>
[Public]
internal sealed class EnterCodePage(HalfSignIns halves) : PageBase
{
    [BindProperty]
    public EnterCodeCommand Command { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public IActionResult OnGet() =>
        Me.Access is not null ? Redirect(SignInWays.Target(Url, ReturnUrl)) : halves.Read(Request.Cookies[SignInCookies.Half], setUp: false) is null ? Redirect(SignInWays.With("/sign-in", ReturnUrl)) : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Half = Request.Cookies[SignInCookies.Half] };
        SignInAnswer? answer = null;
        var result = await Send(Command, then: a =>
        {
            answer = a;
            return Redirect(SignInWays.Target(Url, ReturnUrl));
        });
        if (answer is null) return result;
        if (answer.Expired) return Redirect("/sign-in?late=true");
        if (answer.Wait is { } wait)
        {
            ModelState.AddModelError("", this.Pause(wait));
            return Page();
        }

        if (answer.UserId is not { } id)
        {
            ModelState.AddModelError("Command.Code", T["The code is wrong or was used already. Wait for the next one."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        if (answer.CodesLeft is { } left) Toast("Recovery codes left: {0}. Make new ones in your profile before they run out.", left);
        await HttpContext.OpenSessionAsync(answer, id);
        return result;
    }
}
