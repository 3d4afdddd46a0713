using Crm.Core;
using Crm.Platform.Access;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Lists;

/// <summary>All views and layouts in one snapshot: every list asks for them, and there are a few per user.</summary>
internal sealed class ViewCache
{
    private readonly Snapshots<string, AllViews> _all;
    private readonly IServiceScopeFactory _scopes;

    public ViewCache(IServiceScopeFactory scopes, TimeProvider time, AccessChanges changes)
    {
        _scopes = scopes;
        _all = new(time, (_, ct) => LoadAsync(ct));
        changes.On(AccessChanges.Views, _all.Clear);
    }

    public ValueTask<AllViews> GetAsync(CancellationToken ct) => _all.GetAsync("", ct);

    private async Task<AllViews> LoadAsync(CancellationToken ct)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var views = await db.ListViews.AsNoTracking().Select(v => new KnownView(v.Id, v.Record, v.OwnerId, v.Name, v.Query, v.ForAll, v.RoleIds)).ToListAsync(ct);
        var layouts = await db.ListLayouts.AsNoTracking().ToListAsync(ct);
        return new(views.ToLookup(v => v.Record), layouts.ToDictionary(l => (l.UserId, l.Record), l => new ListLayout(l.Columns, l.Size)));
    }
}

internal sealed record KnownView(Guid Id, string Record, Guid OwnerId, string Name, string Query, bool ForAll, Guid[] RoleIds);

internal sealed record AllViews(ILookup<string, KnownView> Views, IReadOnlyDictionary<(Guid, string), ListLayout> Layouts);

internal sealed class SavedViews(ViewCache cache, ICurrentUser user) : ISavedViews
{
    public async ValueTask<(IReadOnlyList<SavedView> Views, ListLayout? Layout)> OfAsync(string record, CancellationToken ct)
    {
        var all = await cache.GetAsync(ct);
        if (user.Access is not { } me) return ([], null);
        return (
            [.. all.Views[record].Where(v => v.OwnerId == me.Id || v.ForAll || v.RoleIds.Any(me.RoleIds.Contains)).OrderByDescending(v => v.OwnerId == me.Id).ThenBy(v => v.Name, StringComparer.Ordinal)
                .Select(v => new SavedView(v.Id, v.Name, v.Query, v.OwnerId == me.Id, v.ForAll || v.RoleIds.Length > 0))],
            all.Layouts.GetValueOrDefault((me.Id, record)));
    }
}
