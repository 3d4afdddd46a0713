using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Contacts.Features.AddContact;

[Requires(ContactsPermissions.Add)]
internal sealed class AddContactPage(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users) : ContactFormPage(db, baseData, places, users)
{
    [BindProperty]
    public AddContactCommand Command { get; set; } = new();

    public override ContactFields Fields => Command;

    protected override Guid? Self => null;

    public async Task OnGetAsync(ContactKind kind, string? phone, Guid? company)
    {
        Command = new() { Kind = kind, OwnerId = Me.Id, Phones = phone is null ? [] : [new PhoneFields { Number = phone }], CompanyId = company };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync() => Send(Command, then: id =>
    {
        Toast("Contact saved.");
        return Redirect($"/contacts/{id}");
    });
}
