using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.FieldList;

[Requires(PlatformPermissions.ManageFields)]
internal sealed class FieldListPage(PlatformDb db, IRecordTypes types) : PageBase
{
    public IReadOnlyList<(IRecordType Type, IReadOnlyList<FieldDefinition> Fields)> Records { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var all = await db.CustomFields.AsNoTracking().OrderBy(f => f.Order).ThenBy(f => f.Id).ToListAsync();
        Records = [.. types.All.Where(t => t.HasCustomFields).Select(t => (t, (IReadOnlyList<FieldDefinition>)[.. all.Where(f => f.Record == t.Key)]))];
    }

    public Task<IActionResult> OnPostMoveAsync(Guid field, bool up) => Send(new MoveFieldCommand(field, up), then: () => Redirect("/settings/fields"));
}
