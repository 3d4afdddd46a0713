using Crm.Core;
using Crm.Platform.Access;
using Crm.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SignOut;

[SignedIn]
internal sealed class SignOutPage : PageBase
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Schemes.SessionOf(User) is { } session) await Mediator.Send(new SignOutCommand(session), HttpContext.RequestAborted);
        await HttpContext.SignOutAsync(Schemes.Cookie);
        return Redirect("/sign-in");
    }
}
