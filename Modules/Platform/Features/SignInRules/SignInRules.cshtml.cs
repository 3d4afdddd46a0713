using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SignInRules;

[Requires(PlatformPermissions.ManageSettings)]
internal sealed class SignInRulesPage(PlatformDb db, ISettings settings, IUserDirectory users) : PageBase
{
    [BindProperty]
    public SaveSignInRulesCommand Command { get; set; } = new();

    public IReadOnlyList<SelectListItem> Roles { get; private set; } = [];

    /// <summary>Active users, of all and with two-factor sign-in on.</summary>
    public (int All, int On) Count { get; private set; }

    public async Task OnGetAsync()
    {
        var rules = await settings.GetAsync<Access.SignInRules>(Access.SignInRules.Key, HttpContext.RequestAborted);
        Command = new() { TwoFactorForAll = rules.TwoFactorForAll, TwoFactorRoles = rules.TwoFactorRoles };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: () =>
    {
        Toast("Sign-in rules saved.");
        return Redirect("/settings/sign-in-rules");
    });

    protected override async Task LoadAsync()
    {
        Roles = [.. (await users.RolesAsync(HttpContext.RequestAborted)).Select(r => new SelectListItem(r.Name, r.Id.ToString()))];
        Count = (await db.Users.CountAsync(u => u.Active, HttpContext.RequestAborted), await db.Users.CountAsync(u => u.Active && u.TwoFactorSince != null, HttpContext.RequestAborted));
    }
}
