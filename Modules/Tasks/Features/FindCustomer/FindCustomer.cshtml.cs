using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Tasks.Features.FindCustomer;

/// <summary>Customers for the searching drop-down of a task's form.</summary>
[Requires(TasksPermissions.See)]
internal sealed class FindCustomerPage(IContactDirectory contacts) : PageBase
{
    public async Task<IActionResult> OnGetAsync(string? q, CancellationToken ct)
    {
        var found = q is { Length: >= 2 } ? await contacts.SearchAsync(q, 20, ct) : [];
        return new JsonResult(found.Select(c => new LookupItem(c.Id.ToString(), c.Name, PhoneNumber.TryParse(c.Mobile ?? c.Phone, out var n) ? T.Digits(n.ToDisplay()) : null)));
    }
}
