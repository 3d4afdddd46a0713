using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.EditPhoto;

/// <summary>The photo that stands beside the name.</summary>
[Requires(ContactsPermissions.Change)]
internal sealed class EditPhotoPage(ContactsDb db, IFileStore files) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public IFormFile? Photo { get; set; }

    public string Name { get; private set; } = "";

    public Guid? PhotoId { get; private set; }

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        if (Photo is null || !Photo.ContentType.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
        {
            ModelState.AddModelError(nameof(Photo), T["Choose a picture (JPEG, PNG, GIF or WebP)."]);
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        Guid file;
        try
        {
            await using var content = Photo.OpenReadStream();
            file = (await files.SaveAsync(ContactPhotos.OwnerName, Id, ContactsPermissions.See, Photo.FileName, content, HttpContext.RequestAborted)).Id;
        }
        catch (InvalidInput e)
        {
            foreach (var (_, message, args) in e.Fields) ModelState.AddModelError(nameof(Photo), T.Get(message, args));
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        return await Send(new SetContactPhotoCommand(Id, file), then: () =>
        {
            Toast("Photo saved.");
            return Redirect($"/contacts/{Id}");
        });
    }

    public Task<IActionResult> OnPostRemoveAsync()
    {
        ModelState.Clear();
        return Send(new SetContactPhotoCommand(Id, null), then: () =>
        {
            Toast("Photo taken away.");
            return Redirect($"/contacts/{Id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var contact = await db.Contacts.Where(c => c.Id == Id).Select(c => new { c.Name, c.PhotoId }).SingleOrDefaultAsync(HttpContext.RequestAborted) ?? throw new NotFound(nameof(Contact), Id);
        (Name, PhotoId) = (contact.Name, Me.Hides(ContactsRights.Contacts, "photoId") ? null : contact.PhotoId);
    }
}
