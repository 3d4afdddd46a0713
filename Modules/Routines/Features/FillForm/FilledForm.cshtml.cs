using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FillForm;

/// <summary>A filled form of a customer, to read and to print.</summary>
[Requires(RoutinesPermissions.Fill)]
internal sealed class FilledFormPage(RoutinesDb db, IFormSheets sheets, IContactDirectory contacts, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public FilledForm Filled { get; private set; } = null!;

    public ContactCard Customer { get; private set; } = null!;

    public string? By { get; private set; }

    public bool MayDelete { get; private set; }

    public FormSheet Sheet { get; private set; } = null!;

    public JsonObject Answers { get; private set; } = [];

    public IReadOnlyDictionary<(string Field, string Id), FieldOption>? Names { get; private set; }

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostDeleteAsync()
    {
        await LoadAsync();
        return await Send(new DeleteFilledFormCommand(Id), then: () =>
        {
            ToastDeleted("Form moved to the recycle bin.", Id, $"/routines/filled/{Id}");
            return Redirect($"/contacts/{Customer.Id}");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        Filled = await db.FilledForms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == Id, ct) ?? throw new NotFound("filled form", Id);
        Customer = (await contacts.CardsAsync([Filled.ContactId], ct)).GetValueOrDefault(Filled.ContactId) ?? throw new NotFound("contact", Filled.ContactId);
        if (Filled.FilledBy is { } by) By = (await users.CardsAsync([by], ct)).GetValueOrDefault(by)?.Name;
        MayDelete = Filled.FilledBy == Me.Id || Me.Can(RoutinesPermissions.Forms);
        var design = await db.Set<FormVersion>().Where(v => v.Id == Filled.FormVersionId).Select(v => v.DesignJson).FirstAsync(ct);
        Sheet = await sheets.OpenAsync(FormDesign.Parse(design), new FormSubject("contacts", Filled.ContactId, false), [], ct);
        Answers = Filled.Answers;
        Names = await sheets.NamesAsync(Sheet, Answers, ct);
    }
}
