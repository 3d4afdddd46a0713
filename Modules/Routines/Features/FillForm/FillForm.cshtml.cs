using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FillForm;

/// <summary>Filling a form for a customer.</summary>
[Requires(RoutinesPermissions.Fill)]
internal sealed class FillFormPage(RoutinesDb db, StageForms forms, IContactDirectory contacts) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "contact")]
    public Guid ContactId { get; set; }

    [BindProperty]
    public FillFormCommand Command { get; set; } = new();

    public string Name { get; private set; } = "";

    public string? Description { get; private set; }

    public ContactCard Customer { get; private set; } = null!;

    public FormSheet Sheet { get; private set; } = null!;

    public IReadOnlyDictionary<string, string[]>? Typed => HttpMethods.IsPost(Request.Method) ? Command.Answers : null;

    public async Task<IActionResult> OnGetAsync()
    {
        // For nobody: the page before says where to begin.
        if (ContactId == Guid.Empty) return Redirect("/routines/forms/fill");
        Command.Id = Guid.CreateVersion7();
        await LoadAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        (Command.FormId, Command.ContactId) = (Id, ContactId);
        await LoadAsync();
        await FormUploads.TakeAsync(Request, Sheet, Command.Answers, "Command.Answers", ModelState, (name, content) => Mediator.Send(new KeepFilledFileCommand(Command.Id, name, content), HttpContext.RequestAborted));
        return await Send(Command, then: id =>
        {
            Toast("Form saved.");
            return Redirect($"/routines/filled/{id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var form = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == Id && f.ForCustomers && f.PublishedVersionId != null, ct) ?? throw new NotFound("form", Id);
        (Name, Description) = (form.Name, form.Description);
        Customer = (await contacts.CardsAsync([ContactId], ct)).GetValueOrDefault(ContactId) ?? throw new NotFound("contact", ContactId);
        // Whoever began with a version ends with it, though a newer one was given out meanwhile.
        if (Command.VersionId == Guid.Empty) Command.VersionId = form.PublishedVersionId!.Value;
        var version = await db.Set<FormVersion>().AsNoTracking().FirstOrDefaultAsync(v => v.Id == Command.VersionId && v.FormId == Id, ct) ?? throw new NotFound("form version", Command.VersionId);
        Sheet = await forms.OfCustomerAsync(FormDesign.Parse(version.DesignJson), ContactId, ct);
    }
}
