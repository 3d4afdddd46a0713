using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FormList;

[Requires(RoutinesPermissions.Forms)]
internal sealed class FormListPage(RoutinesDb db) : PageBase
{
    public IReadOnlyList<Form> Rows { get; private set; } = [];

    public async Task OnGetAsync() => await LoadAsync();

    public Task<IActionResult> OnPostDeleteAsync(Guid id) => Send(new DeleteFormCommand(id), then: () =>
    {
        ToastDeleted("Form moved to the recycle bin.", id, "/routines/forms");
        return Redirect("/routines/forms");
    });

    protected override async Task LoadAsync() => Rows = await db.Forms.AsNoTracking().OrderBy(f => f.Name).Take(500).ToListAsync(HttpContext.RequestAborted);
}
