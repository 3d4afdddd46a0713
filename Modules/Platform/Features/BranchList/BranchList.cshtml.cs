using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Working;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.BranchList;

[Requires(PlatformPermissions.ManageBranches)]
internal sealed class BranchListPage(PlatformDb db, IEnumerable<IRegionSource> regions) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SaveBranchCommand Command { get; set; } = new();

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Provinces { get; private set; } = [];

    public async Task OnGetAsync()
    {
        if (Edit is not null) Command = await FormAsync();
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Edit };
        return Send(Command, then: _ =>
        {
            Toast("Branch saved.");
            return Redirect("/settings/branches");
        });
    }

    public Task<IActionResult> OnPostSetActiveAsync(Guid branch, bool active) => Send(new SetBranchActiveCommand(branch, active), then: () => Redirect("/settings/branches"));

    protected override async Task LoadAsync()
    {
        List<RegionCard> provinces = [];
        provinces.AddRange(await regions.AllAsync(HttpContext.RequestAborted));
        Provinces = [.. provinces.Select(p => new SelectListItem(p.Title, p.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)))];
        // How many work in it, whoever looks.
        var users = db.Users.IgnoreQueryFilters([Filters.Branch]);
        Rows = await db.Branches.OrderBy(b => b.Id != Branches.HeadOffice).ThenBy(b => b.Name).Select(b => new Row(b.Id, b.Name, b.City, b.Active, users.Count(u => u.Active && u.BranchId == b.Id))).ToListAsync();
    }

    protected override async Task<object?> LoadNewerAsync() => Edit is null ? null : await FormAsync();

    private async Task<SaveBranchCommand> FormAsync() => await db.Branches.Where(b => b.Id == Edit)
        .Select(b => new SaveBranchCommand { Id = b.Id, Version = b.Version, Name = b.Name, City = b.City, ProvinceId = b.ProvinceId }).FirstOrDefaultAsync() ?? throw new NotFound("branch", Edit);

    internal sealed record Row(Guid Id, string Name, string? City, bool Active, int Users);
}
