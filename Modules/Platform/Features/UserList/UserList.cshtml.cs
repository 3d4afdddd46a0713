using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.UserList;

[Requires(PlatformPermissions.ManageUsers)]
internal sealed class UserListPage(PlatformDb db, IUserDirectory directory, IBranchDirectory branches) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? State { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public int Total { get; private set; }

    public async Task OnGetAsync()
    {
        // Hundreds at most: read whole, folded and ordered here, so that every spelling of a Persian name is found.
        var all = await db.Users.AsNoTracking()
            .Select(u => new { u.Id, u.Name, u.UserName, u.Email, u.Active, u.BranchId, u.SeesAllBranches, u.RoleIds, Last = db.Sessions.Where(s => s.UserId == u.Id).Max(s => (DateTimeOffset?)s.StartedAt) })
            .ToListAsync();
        var q = PersianText.Fold(Q);
        var order = StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("fa"), ignoreCase: true);
        var found = all
            .Where(u => State is not ("active" or "inactive") || u.Active == (State == "active"))
            .Where(u => q.Length == 0 || PersianText.Fold($"{u.Name} {u.UserName} {u.Email}").Contains(q, StringComparison.Ordinal))
            .OrderByDescending(u => u.Active).ThenBy(u => u.Name, order).ThenBy(u => u.Id).ToList();
        Total = found.Count;
        var start = Guid.TryParse(After, out var after) ? found.FindIndex(u => u.Id == after) + 1 : 0;
        var page = found.Skip(start).Take(Size).ToList();
        Next = start + Size < found.Count && page.Count > 0 ? page[^1].Id.ToString() : null;
        var roles = (await directory.RolesAsync(HttpContext.RequestAborted)).ToDictionary(r => r.Id, r => r.Name);
        var branchNames = (await branches.AllAsync(HttpContext.RequestAborted)).ToDictionary(b => b.Id, b => b.Name);
        Rows = [.. page.Select(u => new Row(u.Id, u.Name, u.UserName, Texts.List(u.RoleIds.Where(roles.ContainsKey).Select(r => roles[r])), branchNames.GetValueOrDefault(u.BranchId, "—"), u.SeesAllBranches, u.Active, u.Last))];
    }

    internal sealed record Row(Guid Id, string Name, string UserName, string Roles, string Branch, bool SeesAll, bool Active, DateTimeOffset? LastSignIn);
}
