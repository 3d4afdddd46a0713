using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditRole;

[Requires(PlatformPermissions.ManageRoles)]
internal sealed class EditRolePage(PlatformDb db, IUserDirectory users, IRecordHistory history, IEnumerable<IPermissionSource> sources, IEnumerable<IMenuSource> menus, RecordTypes records) : PageBase
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

    public RightsMatrix Matrix { get; private set; } = new([], []);

    /// <summary>Only administrators change rights; others with the page read them and change the name.</summary>
    public bool MayChangeRights => Me.Access is { IsAdministrator: true };

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
        Matrix = RightsMatrix.Of(records, sources.SelectMany(x => x.Permissions).ToDictionary(p => p.Key, p => p.Title, StringComparer.Ordinal));
        Groups = RightsGroup.Of(sources, menus, T, [.. Matrix.Rows.SelectMany(r => r.Cells).OfType<RightsCell>().Select(c => c.Permission)]);
        if (IsNew) return;
        (Title, IsAdministrator) = await db.Roles.Where(r => r.Id == Id).Select(r => new ValueTuple<string, bool>(r.Name, r.IsAdministrator)).FirstOrDefaultAsync();
        if (Title is null) throw new NotFound("role", Id);
        Holders = await users.InRoleAsync(Id, HttpContext.RequestAborted);
        History = await history.OfAsync(Id, 20, HttpContext.RequestAborted);
    }

    /// <summary>How far the role reaches with a permission, as the form has it.</summary>
    public Scopes ScopeOf(string permission) => Command.Scopes.TryGetValue(permission, out var scope) ? scope : Command.Permissions.Contains(permission) ? Scopes.Branch : Scopes.None;

    public FieldRule RuleOf(string record, RecordField field) => Command.Fields.GetValueOrDefault($"{record}.{field.Name}", FieldRule.Open);

    protected override async Task<object?> LoadNewerAsync() => IsNew ? null : await FormAsync();

    private async Task<SaveRoleCommand> FormAsync() => SaveRoleCommand.Of(await db.Roles.AsNoTracking().FirstOrDefaultAsync(r => r.Id == Id) ?? throw new NotFound("role", Id));
}

/// <summary>The rights of one module under the name it has in the menu.</summary>
internal sealed record RightsGroup(string Title, IReadOnlyList<Permission> Permissions)
{
    public static IReadOnlyList<RightsGroup> Of(IEnumerable<IPermissionSource> sources, IEnumerable<IMenuSource> menus, Localizer t, HashSet<string> elsewhere)
    {
        var titles = menus.GroupBy(m => m.GetType().Assembly).ToDictionary(g => g.Key, g => g.SelectMany(m => m.Items).GroupBy(i => i.Group).OrderByDescending(i => i.Count()).ThenBy(i => i.Min(x => x.Order)).Select(i => i.Key).FirstOrDefault());
        return [.. sources.OrderBy(s => menus.Where(m => m.GetType().Assembly == s.GetType().Assembly).SelectMany(m => m.Items).Select(i => i.Order).DefaultIfEmpty(int.MaxValue).Min())
            .Select(s => new RightsGroup(titles.GetValueOrDefault(s.GetType().Assembly) is { } title ? t[title] : s.GetType().Assembly.GetName().Name!.Replace("Crm.", "", StringComparison.Ordinal), [.. s.Permissions.Where(p => !elsewhere.Contains(p.Key))])).Where(g => g.Permissions.Count > 0)];
    }
}
