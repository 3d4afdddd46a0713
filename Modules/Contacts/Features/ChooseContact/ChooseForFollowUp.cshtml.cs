using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.ChooseContact;

/// <summary>A follow-up planned from the list: with whom? Then on to the form.</summary>
[Requires(ContactsPermissions.PlanFollowUps)]
internal sealed class ChooseForFollowUpPage : PageBase
{
    public IActionResult OnGet(Guid? contact) => contact is { } id ? Redirect($"/contacts/{id}/follow-ups/new") : Page();
}
