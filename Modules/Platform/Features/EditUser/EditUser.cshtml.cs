using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Features.AddUser;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

[Requires(PlatformPermissions.ManageUsers)]
internal sealed class EditUserPage(PlatformDb db, IUserDirectory directory, IBranchDirectory branches, IRecordHistory history) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditUserCommand Command { get; set; } = new();

    [BindProperty]
    public SetUserPasswordCommand PasswordCommand { get; set; } = new();

    public Head Who { get; private set; } = new("", "", false);

    public UserFormParts Parts { get; private set; } = UserFormParts.None;

    public IReadOnlyList<HistoryEntry> History { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Id };
        return Send(Command, then: () =>
        {
            Toast("User saved.");
            return Redirect("/settings/users");
        });
    }

    public async Task<IActionResult> OnPostPasswordAsync()
    {
        Command = await FormAsync();
        PasswordCommand = PasswordCommand with { Id = Id };
        return await Send(PasswordCommand, then: () =>
        {
            Toast("The password was set. All sessions of the user have ended.");
            return Redirect($"/settings/users/{Id}");
        });
    }

    public Task<IActionResult> OnPostDeactivateAsync() => SetActiveAsync(false);

    public Task<IActionResult> OnPostActivateAsync() => SetActiveAsync(true);

    protected override async Task LoadAsync()
    {
        Who = await db.Users.Where(u => u.Id == Id).Select(u => new Head(u.Name, u.UserName, u.Active)).FirstOrDefaultAsync() ?? throw new NotFound("user", Id);
        Parts = await UserFormParts.LoadAsync(directory, branches, Me, T, HttpContext.RequestAborted);
        History = await history.OfAsync(Id, 20, HttpContext.RequestAborted);
    }

    protected override async Task<object?> LoadNewerAsync() => await FormAsync();

    private async Task<IActionResult> SetActiveAsync(bool active)
    {
        Command = await FormAsync();
        return await Send(new SetUserActiveCommand(Id, active), then: () =>
        {
            Toast(active ? "The user can sign in again." : "The user was deactivated.");
            return Redirect($"/settings/users/{Id}");
        });
    }

    private async Task<EditUserCommand> FormAsync() => await db.Users.AsNoTracking().Where(u => u.Id == Id)
        .Select(u => new EditUserCommand { Id = u.Id, Version = u.Version, Name = u.Name, Email = u.Email, Mobile = u.Mobile, BranchId = u.BranchId, BranchIds = u.BranchIds, SeesAllBranches = u.SeesAllBranches, RoleIds = u.RoleIds })
        .FirstOrDefaultAsync() ?? throw new NotFound("user", Id);

    internal sealed record Head(string Name, string UserName, bool Active);
}
