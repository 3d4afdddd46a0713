using Crm.Contacts.Data;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>A new group from the drop-down itself.</summary>
[Requires(ContactsPermissions.ManageGroups)]
internal sealed class AddGroupInPlacePage(BaseDataCache baseData) : PageBase
{
    public IActionResult OnGet() => Redirect("/contacts/groups");

    public async Task<IActionResult> OnPostAsync(string? text, CancellationToken ct)
    {
        var id = await Mediator.Send(new AddGroupCommand { Title = text }, ct);
        return new JsonResult(new LookupItem(id.ToString(), (await baseData.GetAsync(ct)).Groups.Path(id) ?? text!));
    }
}
