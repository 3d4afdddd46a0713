using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.RoleList;

[Requires(PlatformPermissions.ManageRoles)]
internal sealed class RoleListPage(PlatformDb db, IUserDirectory users) : PageBase
{
    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var roles = await db.Roles.AsNoTracking().OrderByDescending(r => r.IsAdministrator).ThenBy(r => r.Name).ToListAsync();
        var rows = new List<Row>(roles.Count);
        foreach (var r in roles) rows.Add(new(r.Id, r.Name, r.Description, r.IsAdministrator, r.Permissions.Count, (await users.InRoleAsync(r.Id, HttpContext.RequestAborted)).Count));
        Rows = rows;
    }

    internal sealed record Row(Guid Id, string Name, string? Description, bool IsAdministrator, int Permissions, int Users);
}
