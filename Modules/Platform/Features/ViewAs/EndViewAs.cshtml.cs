using Crm.Core;
using Crm.Platform.Access;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.ViewAs;

/// <summary>The way out: here the administrator is himself again, whatever he looks at.</summary>
[SignedIn]
internal sealed class EndViewAsPage : PageBase
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync() => Schemes.SessionOf(User) is { } session
        ? await Send(new EndViewAsCommand(session), then: seen => Redirect(seen is { } id && Me.Can(PlatformPermissions.ManageUsers) ? $"/settings/users/{id}" : "/"))
        : Redirect("/");
}
