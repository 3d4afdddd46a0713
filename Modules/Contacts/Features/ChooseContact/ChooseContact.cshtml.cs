using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.ChooseContact;

/// <summary>F9 from anywhere: with whom was it? Then on to the form.</summary>
[Requires(ContactsPermissions.AddCommunications)]
internal sealed class ChooseContactPage : PageBase
{
    public IActionResult OnGet(Guid? contact) => contact is { } id ? Redirect($"/contacts/{id}/communications/new") : Page();
}
