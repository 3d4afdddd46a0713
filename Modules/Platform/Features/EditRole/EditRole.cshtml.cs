using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditRole;

[Requires(PlatformPermissions.ManageRoles)]
internal sealed class EditRolePage(PlatformDb db, IUserDirectory users, IRecordHistory history, IEnumerable<IPermissionSource> sources, IEnumerable<IMenuSource> menus) : PageBase
{
    /// <summary>The role's id, or <c>new</c>.</summary>
    [BindProperty(SupportsGet = true, Name = "id")]
    public string Key { get; set; } = "";

    private Guid Id => Guid.TryParse(Key, out var id) ? id : throw new NotFound("role", Key);

    [BindProperty]
    public SaveRoleCommand Command { get; set; } = new();

    public bool IsNew => Key == "new";

    public bool IsAdministrator { get; private set; }

    public string Title { get; private set; } = "";

    public IReadOnlyList<RightsGroup> Groups { get; private set; } = [];

    public IReadOnlyList<UserCard> Holders { get; private set; } = [];

    public IReadOnlyList<HistoryEntry> History { get; private set; } = [];

    public async Task OnGetAsync()
    {
        if (!IsNew) Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = IsNew ? null : Id };
        return Send(Command, then: _ =>
        {
            Toast("Role saved.");
            return Redirect("/settings/roles");
        });
    }

    public async Task<IActionResult> OnPostDeleteAsync()
    {
        Command = await FormAsync();
        return await Send(new DeleteRoleCommand(Id), then: () =>
        {
            Toast("Role deleted.");
            return Redirect("/settings/roles");
        });
    }

    protected override async Task LoadAsync()
    {
        Groups = RightsGroup.Of(sources, menus, T);
        if (IsNew) return;
        (Title, IsAdministrator) = await db.Roles.Where(r => r.Id == Id).Select(r => new ValueTuple<string, bool>(r.Name, r.IsAdministrator)).FirstOrDefaultAsync();
        if (Title is null) throw new NotFound("role", Id);
        Holders = await users.InRoleAsync(Id, HttpContext.RequestAborted);
        History = await history.OfAsync(Id, 20, HttpContext.RequestAborted);
    }

    protected override async Task<object?> LoadNewerAsync() => IsNew ? null : await FormAsync();

    private async Task<SaveRoleCommand> FormAsync() => await db.Roles.AsNoTracking().Where(r => r.Id == Id)
        .Select(r => new SaveRoleCommand { Id = r.Id, Version = r.Version, Name = r.Name, Description = r.Description, Permissions = r.Permissions }).FirstOrDefaultAsync() ?? throw new NotFound("role", Id);
}

/// <summary>The rights of one module under the name it has in the menu.</summary>
internal sealed record RightsGroup(string Title, IReadOnlyList<Permission> Permissions)
{
    public static IReadOnlyList<RightsGroup> Of(IEnumerable<IPermissionSource> sources, IEnumerable<IMenuSource> menus, Localizer t)
    {
        var titles = menus.GroupBy(m => m.GetType().Assembly).ToDictionary(g => g.Key, g => g.SelectMany(m => m.Items).OrderBy(i => i.Order).Select(i => i.Group).FirstOrDefault());
        return [.. sources.OrderBy(s => menus.Where(m => m.GetType().Assembly == s.GetType().Assembly).SelectMany(m => m.Items).Select(i => i.Order).DefaultIfEmpty(int.MaxValue).Min())
            .Select(s => new RightsGroup(titles.GetValueOrDefault(s.GetType().Assembly) is { } title ? t[title] : s.GetType().Assembly.GetName().Name!.Replace("Crm.", "", StringComparison.Ordinal), [.. s.Permissions]))];
    }
}
