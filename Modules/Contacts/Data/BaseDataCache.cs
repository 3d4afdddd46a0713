using System.Collections.Frozen;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Contacts.Data;

/// <summary>A value as pages show it.</summary>
internal sealed record BaseValue(Guid Id, string List, string Persian, string? English, string? Color, int Order, bool Active, string? Reverse = null, string? EnglishReverse = null, int? Months = null)
{
    /// <summary>Title in the language of the moment.</summary>
    public string Title => Texts.IsPersian ? Persian : English ?? Persian;

    /// <summary>The same seen from the other side; null where it is the same both ways.</summary>
    public string? ReverseTitle => Texts.IsPersian ? Reverse : EnglishReverse ?? Reverse;

    /// <summary>What the other one is: seen from the side that the kind is named by, or from the other.</summary>
    public string From(bool own) => own ? Title : ReverseTitle ?? Title;
}

/// <summary>All lists at one moment.</summary>
internal sealed class BaseValues(IEnumerable<BaseValue> values, GroupTree? groups = null, IReadOnlyList<CriterionValue>? criteria = null)
{
    private readonly FrozenDictionary<Guid, BaseValue> _byId = values.ToFrozenDictionary(v => v.Id);
    private readonly FrozenDictionary<string, BaseValue[]> _byList = values.GroupBy(v => v.List)
        .ToFrozenDictionary(g => g.Key, g => g.OrderBy(v => v.Order).ThenBy(v => v.Persian, StringComparer.Ordinal).ToArray());

    /// <summary>Groups of contacts: they change as rarely and are needed as often.</summary>
    public GroupTree Groups { get; } = groups ?? new([]);

    /// <summary>What suppliers are scored by, in order.</summary>
    public IReadOnlyList<CriterionValue> Criteria { get; } = criteria ?? [];

    public BaseValue? Find(Guid? id) => id is { } i ? _byId.GetValueOrDefault(i) : null;

    public string? Title(Guid? id) => Find(id)?.Title;

    /// <summary>Active values of a list, in order.</summary>
    public IEnumerable<BaseValue> Active(string list) => All(list).Where(v => v.Active);

    public IReadOnlyList<BaseValue> All(string list) => _byList.GetValueOrDefault(list) ?? [];

    /// <summary>What a drop-down offers: active values and the chosen one, even if it was put away meanwhile.</summary>
    public IEnumerable<BaseValue> Choices(string list, Guid? chosen) => All(list).Where(v => v.Active || v.Id == chosen);

    public bool Has(string list, Guid? id) => id is null || Find(id) is { } v && v.List == list;
}

/// <summary>
/// The lists change rarely and every page needs their titles: kept in memory, told between hosts, and read again after half a minute in case
/// the word was lost.
/// </summary>
internal sealed class BaseDataCache
{
    private const string Topic = "contacts.base-data";
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(30);
    private readonly IServiceScopeFactory _scopes;
    private readonly IClusterBus _bus;
    private readonly TimeProvider _time;
    private (BaseValues Values, long Since)? _now;
    private int _epoch;

    public BaseDataCache(IServiceScopeFactory scopes, IClusterBus bus, TimeProvider time)
    {
        (_scopes, _bus, _time) = (scopes, bus, time);
        bus.Subscribe(Topic, _ =>
        {
            Forget();
            return Task.CompletedTask;
        });
    }

    public async ValueTask<BaseValues> GetAsync(CancellationToken ct)
    {
        if (_now is { } now && _time.GetElapsedTime(now.Since) < s_life) return now.Values;
        var epoch = _epoch;
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ContactsDb>();
        var groups = await db.Groups.AsNoTracking().Select(g => new GroupNode(g.Id, g.ParentId, g.Title, g.EnglishTitle, g.Order, g.Active, g.MergedIntoId, g.Version)).ToListAsync(ct);
        var criteria = await db.Criteria.AsNoTracking().OrderBy(c => c.Order).ThenBy(c => c.Id).Select(c => new CriterionValue(c.Id, c.Title, c.EnglishTitle, c.Description, c.Weight, c.Order, c.Active)).ToListAsync(ct);
        var values = new BaseValues(await db.BaseData.AsNoTracking().Select(b => new BaseValue(b.Id, b.List, b.Title, b.EnglishTitle, b.Color, b.Order, b.Active, b.Reverse, b.EnglishReverse, b.Months)).ToListAsync(ct), new(groups), criteria);
        // Changed while it was read: this answer may be old, so it serves this caller only.
        if (epoch == _epoch) _now = (values, _time.GetTimestamp());
        return values;
    }

    public async Task ForgetEverywhereAsync(CancellationToken ct)
    {
        Forget();
        await _bus.PublishAsync(Topic, "", ct);
    }

    private void Forget()
    {
        Interlocked.Increment(ref _epoch);
        _now = null;
    }
}

/// <summary>Provinces, counties, districts and cities never change while the application runs.</summary>
internal sealed class PlacesCache(IServiceScopeFactory scopes)
{
    private Places? _places;

    public async ValueTask<Places> GetAsync(CancellationToken ct)
    {
        if (_places is { } known) return known;
        await using var scope = scopes.CreateAsyncScope();
        var all = await scope.ServiceProvider.GetRequiredService<ContactsDb>().Places.AsNoTracking().ToListAsync(ct);
        var places = new Places(all);
        if (all.Count > 0) _places = places;
        return places;
    }
}

internal sealed class Places(IReadOnlyList<Place> all)
{
    private readonly FrozenDictionary<int, Place> _byId = all.ToFrozenDictionary(p => p.Id);

    public IReadOnlyList<Place> Provinces { get; } = [.. all.Where(p => p.Kind == PlaceKind.Province).OrderBy(p => PersianText.Fold(p.Name), StringComparer.Ordinal)];

    /// <summary>Counties by province.</summary>
    public ILookup<int, Place> Counties { get; } = Below(all, PlaceKind.County, p => p.ProvinceId);

    /// <summary>Districts by county.</summary>
    public ILookup<int, Place> Districts { get; } = Below(all, PlaceKind.District, p => p.CountyId);

    /// <summary>Cities by province.</summary>
    public ILookup<int, Place> Cities { get; } = Below(all, PlaceKind.City, p => p.ProvinceId);

    /// <summary>Cities by county.</summary>
    public ILookup<int, Place> CitiesOfCounty { get; } = Below(all, PlaceKind.City, p => p.CountyId);

    private static ILookup<int, Place> Below(IReadOnlyList<Place> all, PlaceKind kind, Func<Place, int?> above) =>
        all.Where(p => p.Kind == kind).OrderBy(p => PersianText.Fold(p.Name), StringComparer.Ordinal).ToLookup(p => above(p)!.Value);

    public Place? Find(int? id) => id is { } i ? _byId.GetValueOrDefault(i) : null;

    public string? Title(int? id) => Find(id) is { } p ? TitleOf(p) : null;

    /// <summary>Whether it is a place of this kind.</summary>
    public bool Is(int? id, PlaceKind kind) => Find(id) is { } place && place.Kind == kind;

    /// <summary>The addresses with the county and province that each city lies in, and the province of each county, whatever stood there: a city is in one of them only.</summary>
    public List<AddressFields> Complete(IEnumerable<AddressFields> addresses) =>
        [.. addresses.Select(a =>
            Find(a.CityId) is { Kind: PlaceKind.City } city ? a with { ProvinceId = city.ProvinceId, CountyId = city.CountyId }
            : Find(a.CountyId) is { Kind: PlaceKind.County } county ? a with { ProvinceId = county.ProvinceId } : a)];

    public static string TitleOf(Place place) => Texts.IsPersian ? place.Name : place.EnglishName ?? place.Name;
}
