using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.BaseDataSettings;

internal sealed record BaseDataRow(Guid Id, string Title, string? EnglishTitle, string? Color, bool Active, uint Version, string? Reverse, string? EnglishReverse, int? Months);

/// <summary>The lists that users manage: one at a time, with what it holds and a line to add.</summary>
[Requires(ContactsPermissions.ManageBaseData)]
internal sealed class BaseDataSettingsPage(ContactsDb db) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string List { get; set; } = BaseLists.Type;

    /// <summary>The value whose form is open.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public AddBaseDataCommand Command { get; set; } = new();

    [BindProperty]
    public EditBaseDataCommand Changed { get; set; } = new();

    public IReadOnlyList<BaseDataRow> Rows { get; private set; } = [];

    public IEnumerable<SelectListItem> Colors => AddBaseDataValidator.Colors.Select(c => new SelectListItem(T[c.Value], c.Key));

    public string ColorTitle(string key) => AddBaseDataValidator.Colors.TryGetValue(key, out var title) ? T[title] : key;

    /// <summary>Kinds of relation have a name from either side.</summary>
    public bool TwoSided => List == Domain.BaseLists.RelationKind;

    /// <summary>An importance says how often its suppliers are to be scored.</summary>
    public bool Timed => List == Domain.BaseLists.Importance;

    public string Home => "/contacts/settings/base-data?list=" + List;

    public async Task OnGetAsync()
    {
        await LoadAsync();
        if (Rows.FirstOrDefault(r => r.Id == Edit) is { } row)
            Changed = new() { Id = row.Id, Version = row.Version, Title = row.Title, EnglishTitle = row.EnglishTitle, Color = row.Color, Active = row.Active, Reverse = row.Reverse, EnglishReverse = row.EnglishReverse, Months = row.Months };
    }

    public Task<IActionResult> OnPostAddAsync()
    {
        Ignore(nameof(Changed));
        Command = Command with { List = List };
        return Send(Command, then: _ =>
        {
            Toast("Value added.");
            return Redirect(Home);
        });
    }

    public Task<IActionResult> OnPostEditAsync()
    {
        Ignore(nameof(Command));
        Edit = Changed.Id;
        return Send(Changed, then: () =>
        {
            Toast("Value saved.");
            return Redirect(Home);
        });
    }

    public Task<IActionResult> OnPostMoveAsync(Guid id, bool down)
    {
        ModelState.Clear();
        return Send(new MoveBaseDataCommand(id, down), then: () => Redirect(Home));
    }

    protected override async Task LoadAsync()
    {
        if (!BaseLists.Exists(List)) throw new NotFound("list", List);
        Rows = await db.BaseData.AsNoTracking().Where(b => b.List == List).OrderBy(b => b.Order).ThenBy(b => b.Id)
            .Select(b => new BaseDataRow(b.Id, b.Title, b.EnglishTitle, b.Color, b.Active, b.Version, b.Reverse, b.EnglishReverse, b.Months)).ToListAsync(HttpContext.RequestAborted);
    }

    protected override async Task<object?> LoadNewerAsync()
    {
        await LoadAsync();
        return Rows.FirstOrDefault(r => r.Id == Changed.Id) is { } row
            ? new EditBaseDataCommand { Id = row.Id, Version = row.Version, Title = row.Title, EnglishTitle = row.EnglishTitle, Color = row.Color, Active = row.Active, Reverse = row.Reverse, EnglishReverse = row.EnglishReverse, Months = row.Months }
            : null;
    }
}
