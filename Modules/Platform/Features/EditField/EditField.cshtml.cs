using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.EditField;

[Requires(PlatformPermissions.ManageFields)]
internal sealed class EditFieldPage(PlatformDb db, IRecordTypes types, IUserDirectory users) : PageBase
{
    /// <summary>«new» or the field's id.</summary>
    [BindProperty(SupportsGet = true)]
    public string Id { get; set; } = "new";

    [BindProperty(SupportsGet = true)]
    public string Record { get; set; } = "";

    [BindProperty]
    public SaveFieldCommand Command { get; set; } = new();

    public bool IsNew => Id == "new";

    public IRecordType? Type { get; private set; }

    public IEnumerable<SelectListItem> Records => types.All.Select(t => new SelectListItem(T[t.Title], t.Key));

    public IEnumerable<SelectListItem> Roles { get; private set; } = [];

    /// <summary>Fields that another one can depend on.</summary>
    public IReadOnlyList<FieldDefinition> Switches { get; private set; } = [];

    public IEnumerable<SelectListItem> SwitchValues => Switches.SelectMany(f => f.Kind == FieldType.YesNo
        ? new[] { ("Yes", "true"), ("No", "false") }.Select(v => new SelectListItem(f.ToField().Title + ": " + T[v.Item1], v.Item2))
        : f.OptionList.Select(o => new SelectListItem(f.ToField().Title + ": " + o.Title, o.Value)));

    /// <summary>Keys that a formula can use.</summary>
    public IReadOnlyList<FieldDefinition> Numbers { get; private set; } = [];

    public static IEnumerable<SelectListItem> Colors =>
        new[] { ("green", "Green"), ("blue", "Blue"), ("orange", "Orange"), ("red", "Red"), ("purple", "Purple"), ("gray", "Gray") }.Select(c => new SelectListItem(Texts.Get(c.Item2), c.Item1));

    public async Task OnGetAsync()
    {
        if (Record.Length == 0) Record = types.All.FirstOrDefault(t => t.HasCustomFields)?.Key ?? "";
        Command = IsNew ? new SaveFieldCommand { Record = Record } : await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = IsNew ? null : Guid.TryParse(Id, out var id) ? id : throw new NotFound("custom field", Id), Record = Record.Length > 0 ? Record : Command.Record };
        return Send(Command, then: _ =>
        {
            Toast("Field saved.");
            return Redirect("/settings/fields");
        });
    }

    protected override async Task LoadAsync()
    {
        var record = Command.Record;
        if (!IsNew && Guid.TryParse(Id, out var id)) record = await db.CustomFields.Where(f => f.Id == id).Select(f => f.Record).FirstOrDefaultAsync() ?? record;
        Type = types.Find(record) is { HasCustomFields: true } type ? type : throw new NotFound("record", record);
        Roles = [.. (await users.RolesAsync(HttpContext.RequestAborted)).Select(r => new SelectListItem(r.Name, r.Id.ToString()))];
        var others = await db.CustomFields.AsNoTracking().Where(f => f.Record == record && f.Active).OrderBy(f => f.Order).ToListAsync();
        others.RemoveAll(f => f.Id.ToString() == Id);
        Switches = [.. others.Where(f => f.Kind is FieldType.Choice or FieldType.Choices or FieldType.YesNo)];
        Numbers = [.. others.Where(f => f.Kind is FieldType.Number or FieldType.Money)];
    }

    protected override async Task<object?> LoadNewerAsync() => IsNew ? null : await FormAsync();

    private async Task<SaveFieldCommand> FormAsync() => Guid.TryParse(Id, out var id) && await db.CustomFields.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id) is { } field
        ? SaveFieldCommand.Of(field)
        : throw new NotFound("custom field", Id);
}
