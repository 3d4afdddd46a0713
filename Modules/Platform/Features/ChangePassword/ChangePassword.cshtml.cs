using Crm.Core;
using Crm.Platform.Features.SignIn;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.ChangePassword;

[SignedIn]
internal sealed class ChangePasswordPage : PageBase
{
    [BindProperty]
    public ChangePasswordCommand Command { get; set; } = new();

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        SignInAnswer? answer = null;
        var result = await Send(Command, then: a =>
        {
            answer = a;
            Toast("The password was changed. Other devices are signed out.");
            return Redirect("/profile");
        });
        if (answer is { UserId: { } id }) await HttpContext.OpenSessionAsync(answer, id);
        return result;
    }
}
