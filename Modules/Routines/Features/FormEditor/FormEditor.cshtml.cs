using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Routines.Features.Forms;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.FormEditor;

/// <summary>A form and its fields, one row each; rows are added, moved and taken away by the page itself, with or without scripts.</summary>
[Requires(RoutinesPermissions.Forms)]
internal abstract class FormEditorBase(RoutinesDb db) : PageBase
{
    [BindProperty]
    public SaveFormCommand Command { get; set; } = new();

    public static IReadOnlyList<(FieldKind Kind, string Title)> Kinds { get; } =
    [
        (FieldKind.Text, "Text"), (FieldKind.LongText, "Long text"), (FieldKind.Number, "Number"), (FieldKind.Money, "Money"), (FieldKind.Date, "Date"), (FieldKind.YesNo, "Yes or no"),
        (FieldKind.Choice, "One of several"), (FieldKind.MultiChoice, "Several of several"),
    ];

    public Task<IActionResult> OnPostAsync() => Send(Command, then: _ =>
    {
        Toast("Form saved.");
        return Redirect("/routines/forms");
    });

    public IActionResult OnPostRow(string row)
    {
        ModelState.Clear();
        var cut = row.IndexOf(':', StringComparison.Ordinal);
        var n = cut > 0 && int.TryParse(row.AsSpan(cut + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var i) ? i : -1;
        var fields = Command.Fields;
        switch (cut > 0 ? row[..cut] : row)
        {
            case "add" when fields.Count < 100:
                fields.Add(new FieldDraft());
                break;
            case "remove" when n >= 0 && n < fields.Count:
                fields.RemoveAt(n);
                break;
            case "up" when n > 0 && n < fields.Count:
                (fields[n - 1], fields[n]) = (fields[n], fields[n - 1]);
                break;
            case "down" when n >= 0 && n < fields.Count - 1:
                (fields[n + 1], fields[n]) = (fields[n], fields[n + 1]);
                break;
        }

        return Page();
    }

    protected async Task<SaveFormCommand> ReadAsync(Guid id)
    {
        var form = await db.Forms.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, HttpContext.RequestAborted) ?? throw new NotFound("form", id);
        return new SaveFormCommand
        {
            Id = form.Id, Name = form.Name, Description = form.Description, Version = form.Version,
            Fields = [.. form.Fields.Select(f => new FieldDraft { Name = f.Name, Label = f.Label, Kind = f.Kind, Required = f.Required, Choices = f.Choices is null ? null : string.Join('\n', f.Choices), Help = f.Help })],
        };
    }
}

[Requires(RoutinesPermissions.Forms)]
internal sealed class AddFormPage(RoutinesDb db) : FormEditorBase(db)
{
    public void OnGet() => Command.Fields = [new FieldDraft()];
}

[Requires(RoutinesPermissions.Forms)]
internal sealed class EditFormPage(RoutinesDb db) : FormEditorBase(db)
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public async Task OnGetAsync() => Command = await ReadAsync(Id);

    protected override async Task<object?> LoadNewerAsync() => await ReadAsync(Id);
}
