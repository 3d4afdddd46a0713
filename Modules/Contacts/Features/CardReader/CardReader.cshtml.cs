using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.CardReader;

/// <summary>Where the shell leads when a card was read on whatever page: to the customer it belongs to.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class CardReaderPage(ContactsDb db) : PageBase
{
    /// <summary>The number that nobody has.</summary>
    public string? Number { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? number, CancellationToken ct)
    {
        Number = BankNumbers.Bare(number);
        if (Number is null || Me.Hides(ContactsRights.Contacts, "cardNumber")) return Page();
        return await db.Contacts.Where(c => c.CardNumber == Number).Select(c => (Guid?)c.Id).FirstOrDefaultAsync(ct) is { } id ? Redirect($"/contacts/{id}") : Page();
    }
}
