using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>A post with everybody who holds it, held it or will hold it.</summary>
[Requires(PlatformPermissions.ManageUnits)]
internal sealed class EditPostPage(PlatformDb db, IUserDirectory users, IOrganisation organisation, Organising.Organisation chart, TimeProvider time) : PageBase
{
    /// <summary>Null for a new one.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    /// <summary>The unit that a new one is to belong to.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Unit { get; set; }

    [BindProperty]
    public SavePostCommand Command { get; set; } = new();

    [BindProperty]
    public AddHolderCommand Holder { get; set; } = new();

    [BindProperty]
    public EndHolderCommand End { get; set; } = new();

    public IReadOnlyList<HolderRow> Holders { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Units { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Posts { get; private set; } = [];

    public IReadOnlyList<SelectListItem> People { get; private set; } = [];

    public DateOnly Today { get; private set; }

    public async Task OnGetAsync()
    {
        Command = Id is null ? new() { UnitId = Unit } : await FormAsync();
        await LoadAsync();
        Holder = new() { From = Today };
    }

    public Task<IActionResult> OnPostAsync()
    {
        Only(nameof(Command));
        Command = Command with { Id = Id };
        return Send(Command, then: id =>
        {
            Toast("The post was saved.");
            return Redirect(Id is null ? $"/organisation/posts/{id}" : "/organisation");
        });
    }

    public async Task<IActionResult> OnPostHolderAsync()
    {
        Only(nameof(Holder));
        Command = await FormAsync();
        Holder = Holder with { PostId = Id ?? Guid.Empty };
        return await Send(Holder, then: _ => Again("Holder added."));
    }

    public async Task<IActionResult> OnPostEndAsync()
    {
        Only(nameof(End));
        Command = await FormAsync();
        return await Send(End with { Remove = false }, then: () => Again("Holder saved."));
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid holder)
    {
        Only("");
        Command = await FormAsync();
        return await Send(new EndHolderCommand { Id = holder, Remove = true }, then: () => Again("Holder removed."));
    }

    public async Task<IActionResult> OnPostDeleteAsync()
    {
        Only("");
        Command = await FormAsync();
        return await Send(new DeletePostCommand(Id ?? Guid.Empty), then: () =>
        {
            Toast("Post deleted.");
            return Redirect("/organisation");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        db.ChangeTracker.Clear();
        Today = await chart.DayAsync(time.GetUtcNow(), ct);
        Units = [.. (await organisation.UnitsAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        Posts = [.. (await organisation.PostsAsync(ct)).Where(p => p.Id != Id).Select(p => new SelectListItem($"{p.Title} – {p.Unit}", p.Id.ToString()))];
        People = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        if (Id is null) return;
        var held = await db.PostHolders.AsNoTracking().Where(h => h.PostId == Id).OrderByDescending(h => h.From).ToListAsync(ct);
        var cards = await users.CardsAsync([.. held.Select(h => h.UserId).Distinct()], ct);
        Holders = [.. held.Select(h => new HolderRow(h.Id, cards.GetValueOrDefault(h.UserId)?.Name ?? "", h.From, h.Until))];
    }

    protected override async Task<object?> LoadNewerAsync() => Id is null ? null : await FormAsync();

    private async Task<SavePostCommand> FormAsync() => await db.Posts.AsNoTracking().Where(p => p.Id == Id)
        .Select(p => new SavePostCommand { Id = p.Id, Version = p.Version, Title = p.Title, UnitId = p.UnitId, ReportsToId = p.ReportsToId, Leads = p.Leads, Description = p.Description }).FirstOrDefaultAsync() ?? throw new NotFound("post", Id);

    private RedirectResult Again(string toast)
    {
        Toast(toast);
        return Redirect($"/organisation/posts/{Id}");
    }

    internal sealed record HolderRow(Guid Id, string Name, DateOnly From, DateOnly? Until);
}
