using System.Globalization;
using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Features.Account;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.SignInList;
using Crm.Platform.Features.ViewAs;
using Crm.Platform.Working;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditUser;

[Requires(PlatformPermissions.ManageUsers)]
internal sealed class EditUserPage(PlatformDb db, IUserDirectory directory, IBranchDirectory branches, IRecordHistory history, IEnumerable<IRegionSource> regions, TwoFactors factors, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditUserCommand Command { get; set; } = new();

    [BindProperty]
    public SetUserPasswordCommand PasswordCommand { get; set; } = new();

    public Head Who { get; private set; } = new("", "", false, null);

    public UserFormParts Parts { get; private set; } = UserFormParts.None;

    public IReadOnlyList<SelectListItem> Provinces { get; private set; } = [];

    public IReadOnlyList<HistoryEntry> History { get; private set; } = [];

    /// <summary>Whether the user has to set up two-factor sign-in.</summary>
    public bool Demanded { get; private set; }

    public IReadOnlyList<Device> Devices { get; private set; } = [];

    public IReadOnlyList<SignInRow> SignIns { get; private set; } = [];

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

    public async Task<IActionResult> OnPostEndAsync(Guid? session)
    {
        Command = await FormAsync();
        return await Send(new EndUserSessionsCommand(Id, session), then: _ =>
        {
            Toast("The user was signed out there.");
            return Redirect($"/settings/users/{Id}");
        });
    }

    public async Task<IActionResult> OnPostViewAsync()
    {
        Command = await FormAsync();
        return Schemes.SessionOf(User) is { } session ? await Send(new ViewAsCommand(Id, session), then: () => Redirect("/")) : Redirect($"/settings/users/{Id}");
    }

    public async Task<IActionResult> OnPostTwoFactorOffAsync()
    {
        Command = await FormAsync();
        return await Send(new ResetTwoFactorCommand(Id), then: () =>
        {
            Toast("Two-factor sign-in of the user is off. All sessions have ended.");
            return Redirect($"/settings/users/{Id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var user = await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == Id, ct) ?? throw new NotFound("user", Id);
        Who = new(user.Name, user.UserName, user.Active, user.TwoFactorSince);
        Demanded = await factors.DemandedAsync(user, ct);
        Devices = await Device.LoadAsync(db, Id, Schemes.SessionOf(User), time.GetUtcNow(), ct);
        if (Me.Can(PlatformPermissions.SeeSignIns)) SignIns = await SignInRow.LoadAsync(db.SignIns.Where(s => s.UserId == Id).OrderByDescending(s => s.Id).Take(10), db, ct);
        Parts = await UserFormParts.LoadAsync(directory, branches, Me, T, HttpContext.RequestAborted);
        var provinces = new List<SelectListItem>();
        provinces.AddRange((await regions.AllAsync(ct)).Select(p => new SelectListItem(p.Title, p.Id.ToString(CultureInfo.InvariantCulture))));
        Provinces = provinces;
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
        .Select(u => new EditUserCommand { Id = u.Id, Version = u.Version, Name = u.Name, Email = u.Email, Mobile = u.Mobile, BranchId = u.BranchId, BranchIds = u.BranchIds, SeesAllBranches = u.SeesAllBranches, RoleIds = u.RoleIds, ProvinceIds = u.ProvinceIds })
        .FirstOrDefaultAsync() ?? throw new NotFound("user", Id);

    internal sealed record Head(string Name, string UserName, bool Active, DateTimeOffset? TwoFactorSince);
}
