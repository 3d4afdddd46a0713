using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FillForm;

/// <summary>Which form is filled for a customer.</summary>
[Requires(RoutinesPermissions.Fill)]
internal sealed class ChooseFormPage(RoutinesDb db, IContactDirectory contacts) : PageBase
{
    [BindProperty(SupportsGet = true, Name = "contact")]
    public Guid? ContactId { get; set; }

    public ContactCard? Customer { get; private set; }

    public IReadOnlyList<FormRow> Forms { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct)
    {
        if (ContactId is { } id) Customer = (await contacts.CardsAsync([id], ct)).GetValueOrDefault(id) ?? throw new NotFound("contact", id);
        Forms = await db.Forms.AsNoTracking().Where(f => f.ForCustomers && f.PublishedVersionId != null).OrderBy(f => f.Name).Take(500).Select(f => new FormRow(f.Id, f.Name, f.Description)).ToListAsync(ct);
    }
}

internal sealed record FormRow(Guid Id, string Name, string? Description);
