using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.FieldLayout;

/// <summary>Order, parts and rules of a record's custom fields, for everybody or one role: dragged, by buttons, or by the number of the place.</summary>
[Requires(PlatformPermissions.ManageFields)]
internal sealed class FieldLayoutPage(PlatformDb db, IRecordTypes types, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string Record { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid? Role { get; set; }

    [BindProperty]
    public SaveFieldLayoutCommand Command { get; set; } = new();

    public IRecordType? Type { get; private set; }

    public IReadOnlyList<SelectListItem> Roles { get; private set; } = [];

    public string? RoleName { get; private set; }

    /// <summary>The role has an arrangement of its own.</summary>
    public bool HasOwn { get; private set; }

    public IReadOnlyDictionary<Guid, FieldDefinition> Fields { get; private set; } = new Dictionary<Guid, FieldDefinition>();

    public IEnumerable<string> Sections => Fields.Values.Select(f => f.Section).Concat(Command.Rows.Select(r => r.Section)).Where(s => !string.IsNullOrEmpty(s)).Select(s => s!).Distinct();

    public static IEnumerable<SelectListItem> Rules(FieldRule chosen) =>
        new[] { (FieldRule.Open, "Shown and changed"), (FieldRule.ReadOnly, "Only read"), (FieldRule.Hidden, "Not there") }.Select(r => new SelectListItem(Texts.Get(r.Item2), r.Item1.ToString(), r.Item1 == chosen));

    public async Task OnGetAsync()
    {
        await LoadAsync();
        var rows = Fields.Values.Select(f =>
        {
            var place = Role is { } role && f.LayoutsByRole.TryGetValue(role, out var own) ? own : new FieldPlace(f.Order, f.Section, FieldRule.Open, f.Required);
            return (place.Order, Row: new FieldRow { Id = f.Id, Section = place.Section, Rule = place.Rule, Required = place.Required });
        }).OrderBy(r => r.Order).Select((r, i) => r.Row with { Place = i + 1 });
        Command = new() { Rows = [.. rows] };
    }

    public Task<IActionResult> OnPostAsync(bool reset)
    {
        Command = Command with { Record = Record, RoleId = Role, Reset = reset };
        return Send(Command, then: () =>
        {
            Toast("Arrangement saved.");
            return Redirect($"/settings/fields/layout/{Record}{(Role is null ? "" : "?role=" + Role)}");
        });
    }

    protected override async Task LoadAsync()
    {
        Type = types.Find(Record) is { HasCustomFields: true } type ? type : throw new NotFound("record", Record);
        var roles = await users.RolesAsync(HttpContext.RequestAborted);
        if (Role is { } id) RoleName = roles.FirstOrDefault(r => r.Id == id)?.Name ?? throw new NotFound("role", id);
        Roles = [.. roles.Select(r => new SelectListItem(r.Name, r.Id.ToString(), r.Id == Role))];
        Fields = await db.CustomFields.AsNoTracking().Where(f => f.Record == Record && f.Active).OrderBy(f => f.Order).ThenBy(f => f.Id).ToDictionaryAsync(f => f.Id);
        HasOwn = Role is { } role && Fields.Values.Any(f => f.LayoutsByRole.ContainsKey(role));
    }
}
