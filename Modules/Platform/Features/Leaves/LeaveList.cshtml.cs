using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Leaves;

/// <summary>Who is away and who stands in: one's own leaves and those one stands in for; everybody's with the right to draw the chart.</summary>
[SignedIn]
internal sealed class LeaveListPage(PlatformDb db, IUserDirectory users, Organising.Organisation organisation, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SaveLeaveCommand Command { get; set; } = new();

    public bool MayForOthers => Me.Can(PlatformPermissions.ManageUnits);

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public IReadOnlyList<SelectListItem> People { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Posts { get; private set; } = [];

    public DateOnly Today { get; private set; }

    public async Task OnGetAsync()
    {
        Command = Edit is not null ? await FormAsync() : new() { UserId = Me.Id };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Edit };
        return Send(Command, then: _ =>
        {
            Toast("Leave saved.");
            return Redirect("/leave");
        });
    }

    public Task<IActionResult> OnPostDeleteAsync(Guid leave) => Send(new DeleteLeaveCommand(leave), then: () =>
    {
        Toast("Leave taken back.");
        return Redirect("/leave");
    });

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        db.ChangeTracker.Clear();
        Today = await organisation.DayAsync(time.GetUtcNow(), ct);
        var me = Me.Id;
        var all = MayForOthers;
        var since = Today.AddDays(-400);
        var leaves = await db.Leaves.AsNoTracking().Where(l => l.Until >= since && (all || l.UserId == me || l.DeputyId == me)).OrderByDescending(l => l.From).Take(300).ToListAsync(ct);
        var cards = await users.CardsAsync([.. leaves.SelectMany(l => new[] { l.UserId, l.DeputyId }).Distinct()], ct);
        var posts = (await organisation.PostsAsync(ct)).ToDictionary(p => p.Id, p => $"{p.Title} – {p.Unit}");
        Rows = [.. leaves.Select(l => new Row(l.Id, cards.GetValueOrDefault(l.UserId)?.Name ?? "", cards.GetValueOrDefault(l.DeputyId)?.Name ?? "", l.From, l.Until, l.PostId is { } p ? posts.GetValueOrDefault(p) : null, l.Note, all || l.UserId == me))];
        People = [.. (await users.ActiveAsync(ct)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        var mine = all ? null : await db.PostHolders.AsNoTracking().Where(h => h.UserId == me && (h.Until == null || h.Until >= Today)).Select(h => h.PostId).ToListAsync(ct);
        Posts = [.. posts.Where(p => mine is null || mine.Contains(p.Key)).Select(p => new SelectListItem(p.Value, p.Key.ToString()))];
    }

    protected override async Task<object?> LoadNewerAsync() => Edit is null ? null : await FormAsync();

    private async Task<SaveLeaveCommand> FormAsync()
    {
        var found = await db.Leaves.AsNoTracking().Where(l => l.Id == Edit)
            .Select(l => new SaveLeaveCommand { Id = l.Id, Version = l.Version, UserId = l.UserId, From = l.From, Until = l.Until, DeputyId = l.DeputyId, PostId = l.PostId, Note = l.Note }).FirstOrDefaultAsync() ?? throw new NotFound("leave", Edit);
        return found.UserId == Me.Id || MayForOthers ? found : throw new NotFound("leave", Edit);
    }

    internal sealed record Row(Guid Id, string Who, string Deputy, DateOnly From, DateOnly Until, string? Post, string? Note, bool MayChange);
}
