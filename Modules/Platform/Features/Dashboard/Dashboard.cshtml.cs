using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Dashboard;

/// <summary>The first page: blocks of all modules, as each arranged them.</summary>
[SignedIn]
internal sealed class DashboardPage(PlatformDb db, IEnumerable<IDashboardBlock> blocks, DashboardBlocks loaded, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public bool Edit { get; set; }

    /// <summary>In the order of the page.</summary>
    public IReadOnlyList<IDashboardBlock> Blocks { get; private set; } = [];

    /// <summary>What can be added.</summary>
    public IReadOnlyList<IDashboardBlock> Others { get; private set; } = [];

    /// <summary>Whether it is the user's own arrangement.</summary>
    public bool IsOwn { get; private set; }

    /// <summary>Roles whose beginning may be set.</summary>
    public IReadOnlyList<RoleCard> Roles { get; private set; } = [];

    public LoadedBlock? Kept(IDashboardBlock block) => Me.Access is { } user ? loaded.Kept(block, user) : null;

    public async Task OnGetAsync()
    {
        await LoadAsync();
        if (Edit && Me.Can(PlatformPermissions.ManageRoles)) Roles = await users.RolesAsync(HttpContext.RequestAborted);
    }

    public Task<IActionResult> OnPostAddAsync(string block) => ChangeAsync(keys => keys.Add(block));

    public Task<IActionResult> OnPostRemoveAsync(string block) => ChangeAsync(keys => keys.Remove(block));

    public Task<IActionResult> OnPostMoveAsync(string block, int by) => ChangeAsync(keys =>
    {
        var at = keys.IndexOf(block);
        if (at < 0) return;
        keys.RemoveAt(at);
        keys.Insert(Math.Clamp(at + Math.Sign(by), 0, keys.Count), block);
    });

    /// <summary>After dragging: the whole order.</summary>
    public Task<IActionResult> OnPostArrangeAsync(List<string> blocks) => ChangeAsync(keys =>
    {
        var shown = keys.ToList();
        keys.Clear();
        keys.AddRange(blocks.Where(shown.Contains).Concat(shown.Except(blocks)));
    });

    public Task<IActionResult> OnPostResetAsync()
    {
        ModelState.Clear();
        return Send(new ArrangeDashboardCommand { Reset = true }, then: () => Redirect("/?edit=true"));
    }

    /// <summary>The command asks for the right: the page itself is everybody's.</summary>
    public async Task<IActionResult> OnPostRoleAsync(Guid role)
    {
        ModelState.Clear();
        await LoadAsync();
        return await Send(new ArrangeDashboardCommand { Blocks = [.. Blocks.Select(b => b.Key)], RoleId = role }, then: () =>
        {
            Toast("Members of the role begin with this arrangement.");
            return Redirect("/?edit=true");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var mine = blocks.Where(b => b.IsFor(Me)).OrderBy(b => b.Order).ToList();
        Guid[] owners = [Me.Id ?? Guid.Empty, .. Me.Access?.RoleIds ?? []];
        var kept = await db.Dashboards.AsNoTracking().Where(d => owners.Contains(d.Id)).ToListAsync(ct);
        // One's own, else that of the first role that has one, else everything there is.
        var chosen = owners.Select(o => kept.Find(d => d.Id == o)).FirstOrDefault(d => d is not null);
        IsOwn = chosen is not null && chosen.Id == Me.Id;
        Blocks = chosen is null ? mine : [.. chosen.Blocks.Select(k => mine.Find(b => b.Key == k)).OfType<IDashboardBlock>()];
        Others = [.. mine.Except(Blocks)];
    }

    private async Task<IActionResult> ChangeAsync(Action<List<string>> change)
    {
        ModelState.Clear();
        await LoadAsync();
        List<string> keys = [.. Blocks.Select(b => b.Key)];
        change(keys);
        return await Send(new ArrangeDashboardCommand { Blocks = keys }, then: () => Redirect("/?edit=true"));
    }
}
