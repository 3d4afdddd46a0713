using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.PrintForm;

/// <summary>A blank form on paper: the version that is given out, else the draft.</summary>
[Requires(RoutinesPermissions.Forms)]
internal sealed class PrintFormPage(RoutinesDb db, IFormSheets sheets) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string Name { get; private set; } = "";

    public int? Number { get; private set; }

    public FormSheet Sheet { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken ct)
    {
        var form = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == Id, ct) ?? throw new NotFound("form", Id);
        (Name, Number) = (form.Name, form.PublishedNumber);
        var given = await db.Set<FormVersion>().Where(v => v.Id == form.PublishedVersionId).Select(v => v.DesignJson).FirstOrDefaultAsync(ct);
        Sheet = await sheets.OpenAsync(FormDesign.Parse(given ?? form.FieldsJson), new FormSubject("contacts", null, true), [], ct);
    }
}
