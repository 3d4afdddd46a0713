using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.MergeContacts;

/// <summary>What the form of a contact asks while somebody types: who has this already, or is called so. Posted, so that numbers stand in no address and no log.</summary>
[Requires(ContactsPermissions.See)]
internal sealed class AlikePage(DuplicateFinder finder) : PageBase
{
    public IActionResult OnGet() => Redirect("/contacts");

    public async Task<IActionResult> OnPostAsync(string? rule, string? value, ContactKind kind, Guid? self, Guid? companyId, int? cityId, CancellationToken ct)
    {
        if (!ModelState.IsValid) return new JsonResult(new { contacts = Array.Empty<object>() });
        var found = await finder.LikeAsync(rule ?? "", value, kind, self, companyId, cityId, ct);
        // Whoever decides which values stay must see all of them.
        var merges = self is not null && Me.Can(ContactsPermissions.Merge) && !MergedContacts.AnyClosed(Me);
        return new JsonResult(new
        {
            text = found.Count == 0 ? "" : T["Known already:"],
            merge = T["Merge…"],
            contacts = found.Select(c => new { c.Name, number = T.Digits(c.Number), c.Company, reason = T[c.Reason], url = $"/contacts/{c.Id}", mergeUrl = merges && c.Kind == kind ? $"/contacts/{self}/merge?with={c.Id}" : null }),
        });
    }
}
