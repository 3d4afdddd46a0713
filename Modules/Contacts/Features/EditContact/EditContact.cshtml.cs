using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.DeleteContact;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.EditContact;

[Requires(ContactsPermissions.Change)]
internal sealed class EditContactPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users) : ContactFormPage(db, baseData, places, users)
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public EditContactCommand Command { get; set; } = new();

    public override ContactFields Fields => Command;

    protected override Guid? Self => Id;

    public async Task OnGetAsync()
    {
        Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        // The record is the one of the address, whatever the form says.
        Command = Command with { Id = Id };
        return Send(Command, then: () =>
        {
            Toast("Contact saved.");
            return Redirect($"/contacts/{Id}");
        });
    }

    [Requires(ContactsPermissions.Delete)]
    public Task<IActionResult> OnPostDeleteAsync() => Send(new DeleteContactCommand(Id), then: () =>
    {
        ToastDeleted("Contact moved to the recycle bin.", Id, $"/contacts/{Id}");
        return Redirect("/contacts");
    });

    protected override async Task<object?> LoadNewerAsync()
    {
        Db.ChangeTracker.Clear();
        return await FormAsync();
    }

    private async Task<EditContactCommand> FormAsync()
    {
        var ct = HttpContext.RequestAborted;
        var form = EditContactCommand.Of(await Db.LoadContactAsync(Id, ct) ?? throw new NotFound(nameof(Contact), Id));
        // The form offers groups that are there; of a merged one the one it became is chosen.
        return form with { GroupIds = (await BaseData.GetAsync(ct)).Groups.Present(form.GroupIds) };
    }
}
