using System.Text;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FormEditor;

/// <summary>Where a form is designed: saved as a draft or given out as a new version.</summary>
[Requires(RoutinesPermissions.Forms)]
internal abstract class FormEditorBase(RoutinesDb db, IFormSheets sheets, IContactDirectory contacts) : PageBase
{
    [BindProperty]
    public SaveFormCommand Command { get; set; } = new();

    /// <summary>What conditions and beginnings may use beside the form's own fields.</summary>
    public IReadOnlyList<(string Path, string Title)> Data =>
    [
        .. contacts.Fields.Select(f => ("customer." + f.Name, $"{T["Customer"]}: {T[f.Title]}")),
        ("job.title", $"{T["Job"]}: {T["Title"]}"), ("job.number", $"{T["Job"]}: {T["Number"]}"), ("job.routine", $"{T["Job"]}: {T["Routine"]}"),
    ];

    public int? Published { get; protected set; }

    /// <summary>The draft is another than what is given out.</summary>
    public bool Changed { get; protected set; }

    public Task<IActionResult> OnPostAsync() => SaveAsync(false, "Form saved as a draft.");

    public Task<IActionResult> OnPostPublishAsync() => SaveAsync(true, "Form published.");

    /// <summary>The design as people will see it, in either language.</summary>
    public async Task<IActionResult> OnPostPreviewAsync(string? design, string? language)
    {
        try
        {
            var read = FormDrafts.Named(FormDesign.Parse(design));
            return new InLanguage(Partial("~/Modules/Routines/Features/FormEditor/_FormPreview.cshtml", await sheets.OpenAsync(read, new FormSubject("contacts", null, true), [], HttpContext.RequestAborted)), language == "en" ? "en" : "fa");
        }
        catch (InvalidInput e)
        {
            return BadRequest(T.Get(e.Fields[0].Message, e.Fields[0].Args));
        }
    }

    protected async Task<SaveFormCommand> ReadAsync(Guid id)
    {
        var form = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, HttpContext.RequestAborted) ?? throw new NotFound("form", id);
        await StandsAsync(form);
        return new SaveFormCommand { Id = form.Id, Name = form.Name, Description = form.Description, ForCustomers = form.ForCustomers, Design = form.Design.Write(), Version = form.Version };
    }

    protected async Task StandsAsync(Form form)
    {
        Published = form.PublishedNumber;
        var given = await db.Set<FormVersion>().Where(v => v.Id == form.PublishedVersionId).Select(v => v.DesignJson).FirstOrDefaultAsync(HttpContext.RequestAborted);
        Changed = given is not null && FormDesign.Parse(given).Write() != form.Design.Write();
    }

    private Task<IActionResult> SaveAsync(bool publish, string says)
    {
        Command.Publish = publish;
        return Send(Command, then: id =>
        {
            Toast(says);
            return Redirect(publish ? "/routines/forms" : $"/routines/forms/{id}");
        });
    }
}

[Requires(RoutinesPermissions.Forms)]
internal sealed class AddFormPage(RoutinesDb db, IFormSheets sheets, IContactDirectory contacts) : FormEditorBase(db, sheets, contacts)
{
    public void OnGet()
    {
    }
}

[Requires(RoutinesPermissions.Forms)]
internal sealed class EditFormPage(RoutinesDb db, IFormSheets sheets, IContactDirectory contacts) : FormEditorBase(db, sheets, contacts)
{
    private readonly RoutinesDb _db = db;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public async Task OnGetAsync() => Command = await ReadAsync(Id);

    /// <summary>The draft as a file that the import takes, here or elsewhere.</summary>
    public async Task<IActionResult> OnGetExportAsync()
    {
        var form = await _db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == Id, HttpContext.RequestAborted) ?? throw new NotFound("form", Id);
        var json = new JsonObject { ["form"] = 1, ["name"] = form.Name, ["description"] = form.Description, ["forCustomers"] = form.ForCustomers, ["design"] = JsonNode.Parse(form.Design.Write()) };
        return File(Encoding.UTF8.GetBytes(json.ToJsonString(new(FormDesign.Json) { WriteIndented = true })), "application/json", FileName(form.Name) + ".json");
    }

    protected override async Task LoadAsync()
    {
        if (await _db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == Id, HttpContext.RequestAborted) is { } form) await StandsAsync(form);
    }

    protected override async Task<object?> LoadNewerAsync() => await ReadAsync(Id);

    private static string FileName(string name) => string.Concat(name.Select(c => Path.GetInvalidFileNameChars().Contains(c) ? '-' : c));
}
