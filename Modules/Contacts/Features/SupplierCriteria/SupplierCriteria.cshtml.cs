using Crm.Contacts.Data;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.SupplierCriteria;

internal sealed record CriterionRow(Guid Id, string Title, string? EnglishTitle, string? Description, int Weight, bool Active, uint Version);

/// <summary>What suppliers are scored by, with the share each criterion has of the whole.</summary>
[Requires(ContactsPermissions.ManageCriteria)]
internal sealed class SupplierCriteriaPage(ContactsDb db) : PageBase
{
    public const string Home = "/contacts/settings/supplier-criteria";

    /// <summary>The criterion whose form is open; without one the form adds.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SaveCriterionCommand Command { get; set; } = new();

    public IReadOnlyList<CriterionRow> Rows { get; private set; } = [];

    public int Sum => Rows.Where(r => r.Active).Sum(r => r.Weight);

    public async Task OnGetAsync()
    {
        await LoadAsync();
        if (Rows.FirstOrDefault(r => r.Id == Edit) is { } row) Command = Of(row);
    }

    public Task<IActionResult> OnPostAsync()
    {
        Edit = Command.Id;
        return Send(Command, then: _ =>
        {
            Toast("Criterion saved.");
            return Redirect(Home);
        });
    }

    public Task<IActionResult> OnPostMoveAsync(Guid id, bool down)
    {
        ModelState.Clear();
        return Send(new MoveCriterionCommand(id, down), then: () => Redirect(Home));
    }

    protected override async Task LoadAsync() => Rows = await db.Criteria.AsNoTracking().OrderBy(c => c.Order).ThenBy(c => c.Id)
        .Select(c => new CriterionRow(c.Id, c.Title, c.EnglishTitle, c.Description, c.Weight, c.Active, c.Version)).ToListAsync(HttpContext.RequestAborted);

    protected override async Task<object?> LoadNewerAsync()
    {
        await LoadAsync();
        return Rows.FirstOrDefault(r => r.Id == Command.Id) is { } row ? Of(row) : null;
    }

    private static SaveCriterionCommand Of(CriterionRow row) =>
        new() { Id = row.Id, Version = row.Version, Title = row.Title, EnglishTitle = row.EnglishTitle, Description = row.Description, Weight = row.Weight, Active = row.Active };
}
