using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.Home;

/// <summary>Where a day begins: the first entry of the menu that the user may see, else the own profile.</summary>
[SignedIn]
internal sealed class HomePage(IEnumerable<IMenuSource> menus) : PageBase
{
    public IActionResult OnGet() => Redirect(menus.SelectMany(m => m.Items).Where(i => i.Place == MenuPlace.Side && i.Url != "/" && (i.Permission is null || Me.Can(i.Permission)))
        .OrderBy(i => i.Order).Select(i => i.Url).FirstOrDefault() ?? "/profile");
}
