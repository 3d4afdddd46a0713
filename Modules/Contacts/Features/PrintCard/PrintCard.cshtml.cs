using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.PrintCard;

/// <summary>The card of a customer, to print: name, number and a code that readers and telephones read.</summary>
[Requires(ContactsPermissions.Print)]
internal sealed class PrintCardPage(ContactsDb db, IQrCodes codes) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string Name { get; private set; } = "";

    public string? Number { get; private set; }

    /// <summary>The number in fours, as people read it aloud.</summary>
    public string Grouped => string.Join(' ', (Number ?? "").Chunk(4).Select(c => new string(c)));

    public QrImage? Qr { get; private set; }

    public async Task OnGetAsync(CancellationToken ct)
    {
        var contact = await db.Reached(db.Contacts, Operation.Print).Where(c => c.Id == Id).Select(c => new { c.Name, c.CardNumber }).SingleOrDefaultAsync(ct) ?? throw new NotFound(nameof(Contact), Id);
        (Name, Number) = (contact.Name, Me.Hides(ContactsRights.Contacts, "cardNumber") ? null : contact.CardNumber);
        Qr = Number is null ? null : codes.Of(Number);
    }
}
