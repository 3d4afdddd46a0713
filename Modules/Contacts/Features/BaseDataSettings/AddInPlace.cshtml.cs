using Crm.Contacts.Data;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.BaseDataSettings;

/// <summary>A new value from the drop-down itself.</summary>
[Requires(ContactsPermissions.ManageBaseData)]
internal sealed class AddInPlacePage(BaseDataCache baseData) : PageBase
{
    public IActionResult OnGet() => Redirect("/contacts/settings/base-data");

    public async Task<IActionResult> OnPostAsync(string list, string? text, CancellationToken ct)
    {
        var id = await Mediator.Send(new AddBaseDataCommand { List = list ?? "", Title = text }, ct);
        return new JsonResult(new LookupItem(id.ToString(), (await baseData.GetAsync(ct)).Title(id) ?? text!));
    }
}
