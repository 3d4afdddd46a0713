using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Organisation;

/// <summary>The organisation chart, drawn: units below one another with their posts, who holds them today, and who stands in for whom.</summary>
[SignedIn]
internal sealed class OrganisationPage(PlatformDb db, IUserDirectory users, Organising.Organisation organisation, TimeProvider time) : PageBase
{
    public IReadOnlyList<UnitBox> Top { get; private set; } = [];

    public bool MayDraw => Me.Can(PlatformPermissions.ManageUnits);

    public async Task OnGetAsync()
    {
        var ct = HttpContext.RequestAborted;
        var today = await organisation.DayAsync(time.GetUtcNow(), ct);
        var units = await db.Units.AsNoTracking().OrderBy(u => u.Name).ToListAsync(ct);
        var posts = (await db.Posts.AsNoTracking().OrderByDescending(p => p.Leads).ThenBy(p => p.Title).ToListAsync(ct)).ToLookup(p => p.UnitId);
        var holders = (await db.PostHolders.AsNoTracking().Where(h => h.From <= today && (h.Until == null || h.Until >= today)).OrderBy(h => h.From).ToListAsync(ct)).ToLookup(h => h.PostId);
        var leaves = (await db.Leaves.AsNoTracking().Where(l => l.From <= today && l.Until >= today).OrderBy(l => l.From).ToListAsync(ct)).ToLookup(l => l.UserId);
        Guid[] ids = [.. units.SelectMany(u => u.People), .. holders.SelectMany(g => g).Select(h => h.UserId), .. leaves.SelectMany(g => g).SelectMany(l => new[] { l.UserId, l.DeputyId })];
        var cards = await users.CardsAsync([.. ids.Distinct()], ct);
        var titles = posts.SelectMany(g => g).ToDictionary(p => p.Id, p => p.Title);

        PersonBox Person(Guid id, Guid? post)
        {
            var away = leaves[id].Where(l => l.PostId is null || l.PostId == post).OrderByDescending(l => l.PostId is not null).FirstOrDefault();
            return new(cards.GetValueOrDefault(id)?.Name ?? "", away?.Until, away is null ? null : cards.GetValueOrDefault(away.DeputyId)?.Name);
        }

        PostBox Of(Post p) => new(p.Id, p.Title, p.Leads, p.ReportsToId is { } up ? titles.GetValueOrDefault(up) : null, [.. holders[p.Id].Where(h => cards.GetValueOrDefault(h.UserId) is { Active: true }).Select(h => Person(h.UserId, p.Id))]);

        IReadOnlyList<UnitBox> Below(Guid? parent) =>
        [
            .. units.Where(u => u.ParentId == parent).Select(u =>
            {
                PostBox[] own = [.. posts[u.Id].Select(Of)];
                // Whoever holds a post of the unit stands there once; the others are its members without one.
                var shown = posts[u.Id].SelectMany(p => holders[p.Id]).Select(h => h.UserId).ToHashSet();
                return new UnitBox(u.Id, u.Name, u.HeadId is { } head && !shown.Contains(head) ? Person(head, null) : null, own,
                    [.. u.MemberIds.Where(m => !shown.Contains(m) && cards.GetValueOrDefault(m) is { Active: true }).Select(m => Person(m, null)).OrderBy(m => m.Name, StringComparer.CurrentCulture)], Below(u.Id));
            }),
        ];

        Top = Below(null);
    }

    internal sealed record PersonBox(string Name, DateOnly? AwayUntil, string? Deputy);

    internal sealed record PostBox(Guid Id, string Title, bool Leads, string? ReportsTo, IReadOnlyList<PersonBox> Holders);

    internal sealed record UnitBox(Guid Id, string Name, PersonBox? Head, IReadOnlyList<PostBox> Posts, IReadOnlyList<PersonBox> Members, IReadOnlyList<UnitBox> Below);
}
