using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Platform.Features.AddUser;

[Requires(PlatformPermissions.ManageUsers)]
internal sealed class AddUserPage(IUserDirectory directory, IBranchDirectory branches) : PageBase
{
    [BindProperty]
    public AddUserCommand Command { get; set; } = new();

    public UserFormParts Parts { get; private set; } = UserFormParts.None;

    public async Task OnGetAsync()
    {
        Command = new() { BranchId = Me.HomeBranch };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: id =>
    {
        Toast("User saved.");
        return Redirect($"/settings/users/{id}");
    });

    protected override async Task LoadAsync() => Parts = await UserFormParts.LoadAsync(directory, branches, Me, T, HttpContext.RequestAborted);
}

/// <summary>What the forms of users choose from.</summary>
internal sealed record UserFormParts(IReadOnlyList<SelectListItem> Roles, IReadOnlyList<SelectListItem> HomeBranches, IReadOnlyList<SelectListItem> Branches, bool MayShowAll)
{
    public static readonly UserFormParts None = new([], [], [], false);

    public IEnumerable<SelectListItem> Languages => [new("فارسی", "fa"), new("English", "en")];

    public static async Task<UserFormParts> LoadAsync(IUserDirectory directory, IBranchDirectory branches, ICurrentUser me, Localizer t, CancellationToken ct)
    {
        var roles = (await directory.RolesAsync(ct)).Select(r => new SelectListItem(r.Name, r.Id.ToString())).ToList();
        var all = (await branches.AllAsync(ct)).Where(b => me.SeesAllBranches || me.VisibleBranches.Contains(b.Id)).ToList();
        var closed = t["closed"];
        return new(
            roles,
            [.. all.Where(b => b.Active).Select(b => new SelectListItem(b.Name, b.Id.ToString()))],
            all.Count < 2 ? [] : [.. all.Select(b => new SelectListItem(b.Active ? b.Name : $"{b.Name} ({closed})", b.Id.ToString()))],
            me.SeesAllBranches);
    }
}
