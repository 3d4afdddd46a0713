using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Units;

/// <summary>The organisation chart: units below one another, each with its head and members.</summary>
[Requires(PlatformPermissions.ManageUnits)]
internal sealed class UnitsPage(PlatformDb db, IUserDirectory users, Organising.Organisation organisation, TimeProvider time) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    /// <summary>The unit that a new one is to lie below.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Below { get; set; }

    [BindProperty]
    public SaveUnitCommand Command { get; set; } = new();

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public IReadOnlyList<SelectListItem> Parents { get; private set; } = [];

    public IReadOnlyList<SelectListItem> People { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Command = Edit is not null ? await FormAsync() : new() { ParentId = Below };
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Edit };
        return Send(Command, then: _ =>
        {
            Toast("Unit saved.");
            return Redirect("/settings/units");
        });
    }

    public async Task<IActionResult> OnPostDeleteAsync(Guid unit) => await Send(new DeleteUnitCommand(unit), then: () =>
    {
        Toast("Unit deleted.");
        return Redirect("/settings/units");
    });

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        db.ChangeTracker.Clear();
        var units = await db.Units.AsNoTracking().OrderBy(u => u.Name).ToListAsync(ct);
        // Whoever holds a post of the unit today belongs to it; whoever holds the post that leads it is its head where none is named.
        var today = await organisation.DayAsync(time.GetUtcNow(), ct);
        var held = (await db.Posts.AsNoTracking().Join(db.PostHolders.Where(h => h.From <= today && (h.Until == null || h.Until >= today)), p => p.Id, h => h.PostId, (p, h) => new { p.UnitId, p.Leads, h.UserId }).ToListAsync(ct)).ToLookup(h => h.UnitId);
        var cards = await users.CardsAsync([.. units.SelectMany(u => u.People).Concat(held.SelectMany(g => g).Select(h => h.UserId)).Distinct()], ct);
        var rows = new List<Row>();
        Walk(null, 0);
        Rows = rows;
        // A unit can't lie below itself or what lies below it.
        var own = rows.FindIndex(r => r.Id == Edit);
        var below = own < 0 ? [] : rows.Skip(own + 1).TakeWhile(r => r.Depth > rows[own].Depth).Select(r => r.Id).Append(rows[own].Id).ToHashSet();
        Parents = [.. rows.Where(r => !below.Contains(r.Id)).Select(r => new SelectListItem(new string('\u2003', r.Depth) + r.Name, r.Id.ToString()))];
        var active = await users.ActiveAsync(ct);
        var left = Command.MemberIds.Append(Command.HeadId ?? Guid.Empty).Where(p => active.All(a => a.Id != p) && cards.ContainsKey(p)).Select(p => cards[p]);
        People = [.. active.Concat(left).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];

        void Walk(Guid? parent, int depth)
        {
            foreach (var u in units.Where(u => u.ParentId == parent))
            {
                var head = u.HeadId ?? held[u.Id].FirstOrDefault(h => h.Leads)?.UserId;
                var members = u.MemberIds.Concat(held[u.Id].Select(h => h.UserId)).Distinct().Where(m => m != head);
                rows.Add(new(u.Id, u.Name, depth, head is { } one ? cards.GetValueOrDefault(one)?.Name : null, [.. members.Select(m => cards.GetValueOrDefault(m)?.Name).OfType<string>().Order(StringComparer.CurrentCulture)], units.Exists(x => x.ParentId == u.Id)));
                Walk(u.Id, depth + 1);
            }
        }
    }

    protected override async Task<object?> LoadNewerAsync() => Edit is null ? null : await FormAsync();

    private async Task<SaveUnitCommand> FormAsync() => await db.Units.AsNoTracking().Where(u => u.Id == Edit)
        .Select(u => new SaveUnitCommand { Id = u.Id, Version = u.Version, Name = u.Name, ParentId = u.ParentId, HeadId = u.HeadId, MemberIds = u.MemberIds }).FirstOrDefaultAsync() ?? throw new NotFound("unit", Edit);

    internal sealed record Row(Guid Id, string Name, int Depth, string? Head, IReadOnlyList<string> Members, bool HasUnits);
}
