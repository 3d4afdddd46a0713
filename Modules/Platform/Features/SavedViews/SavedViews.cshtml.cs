using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.SavedViews;

/// <summary>Saves the list one comes from as a view, and changes one's own views.</summary>
[SignedIn]
internal sealed class SavedViewsPage(PlatformDb db, RecordLists lists, IUserDirectory users) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string Record { get; set; } = "";

    /// <summary>Query of the list one comes from.</summary>
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SaveViewCommand Command { get; set; } = new();

    public IRecordType Type { get; private set; } = null!;

    public IReadOnlyList<Row> Mine { get; private set; } = [];

    public IEnumerable<SelectListItem> Roles { get; private set; } = [];

    public bool CanShare => Me.Can(PlatformPermissions.ShareViews);

    public async Task OnGetAsync()
    {
        Command = new() { Query = Clean(From) };
        if (Edit is { } id)
            Command = await db.ListViews.Where(v => v.Id == id && v.OwnerId == Me.Id).Select(v => new SaveViewCommand { Id = v.Id, Name = v.Name, Query = v.Query, ForAll = v.ForAll, RoleIds = v.RoleIds.ToList() }).FirstOrDefaultAsync()
                ?? throw new NotFound("view", id);
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Record = Record, Id = Edit, Query = Clean(Command.Query) };
        return Send(Command, then: id =>
        {
            Toast("View saved.");
            return Redirect($"{lists.Type(Record).Url}?view={id}");
        });
    }

    public Task<IActionResult> OnPostDeleteAsync(Guid view) => Send(new DeleteViewCommand(view), then: () => Redirect($"/lists/{Record}/views"));

    protected override async Task LoadAsync()
    {
        Type = lists.Type(Record);
        Mine = await db.ListViews.AsNoTracking().Where(v => v.Record == Record && v.OwnerId == Me.Id).OrderBy(v => v.Name).Select(v => new Row(v.Id, v.Name, v.ForAll || v.RoleIds.Length > 0)).ToListAsync();
        Roles = [.. (await users.RolesAsync(HttpContext.RequestAborted)).Select(r => new SelectListItem(r.Name, r.Id.ToString()))];
    }

    // A view within a view would change with the other one.
    private static string Clean(string? query) => string.Join('&', (query ?? "").TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Where(p => !(p.StartsWith("view=", StringComparison.OrdinalIgnoreCase) || p.StartsWith("after=", StringComparison.OrdinalIgnoreCase) || p.StartsWith("before=", StringComparison.OrdinalIgnoreCase))));

    internal sealed record Row(Guid Id, string Name, bool Shared);
}
