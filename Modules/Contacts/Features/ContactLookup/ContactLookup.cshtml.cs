using Crm.Contacts.Domain;
using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.ContactLookup;

/// <summary>Contacts for searching drop-downs.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class ContactLookupPage(ListedContacts listed) : PageBase
{
    public async Task<IActionResult> OnGetAsync(string? q, ContactKind? kind, CancellationToken ct)
    {
        var found = await (await listed.MeantAsync(new RecordQuery { Search = PersianText.Clean(q), Filter = kind is { } k ? new(new FilterGroup(false, new List<FilterItem>().Is("kind", k))) : null }, ct)).OrderByDescending(c => c.Number).Take(20)
            .Select(c => new { c.Id, c.Name, c.Kind, c.CompanyName, c.MainPhone }).ToListAsync(ct);
        return new JsonResult(found.Select(c => new LookupItem(
            c.Id.ToString(), c.Name, string.Join(" · ", new[] { c.Kind == ContactKind.Person ? c.CompanyName : null, c.MainPhone is { } p && !Me.Hides(ContactsRights.Contacts, "phones") ? T.Digits(PhoneNumber.Parse(p).ToDisplay()) : null }.Where(s => s is not null)))));
    }
}
