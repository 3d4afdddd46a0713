using Crm.Contacts.Data;
using Crm.Contacts.Features.ContactProfile;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactPanel;

/// <summary>One panel of the customer's page by itself: what came too late for the page.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ContactPanelPage(ContactsDb db, CustomerPanels panels) : PageBase
{
    public PanelView Panel { get; private set; } = null!;

    public Guid Id { get; private set; }

    public async Task OnGetAsync(Guid id, string key, CancellationToken ct)
    {
        // Panels trust that the contact is one the user may see.
        if (!await db.Contacts.AnyAsync(c => c.Id == id, ct)) throw new NotFound(nameof(Domain.Contact), id);
        Id = id;
        Panel = await panels.OneAsync(key, id, ct) ?? throw new NotFound(nameof(PanelView), key);
    }
}
