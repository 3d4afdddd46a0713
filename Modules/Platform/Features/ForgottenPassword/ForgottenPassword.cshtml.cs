using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Features.SignIn;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.ForgottenPassword;

/// <summary>Public: who forgot his password can't sign in.</summary>
[Public]
internal sealed class ForgottenPasswordPage(ResetLinks links) : PageBase
{
    [BindProperty]
    public AskResetCommand Command { get; set; } = new();

    /// <summary>It was asked for; whoever it was.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Asked { get; set; }

    public bool Works => links.Work;

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        TimeSpan? wait = null;
        var result = await Send(Command, then: w =>
        {
            wait = w;
            return Redirect("/sign-in/forgotten?asked=true");
        });
        if (wait is not { } pause) return result;
        ModelState.AddModelError("", this.Pause(pause));
        return Page();
    }
}
