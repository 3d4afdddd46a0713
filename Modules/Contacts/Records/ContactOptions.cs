using System.Globalization;
using Crm.Contacts.Data;
using Crm.Core;

namespace Crm.Contacts.Records;

/// <summary>Values of the lists that users manage; the argument names the list.</summary>
internal sealed class BaseOptions(BaseDataCache cache) : IFieldOptions
{
    public string Source => "contacts.base";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) => [.. (await cache.GetAsync(ct)).All(argument).Select(Of)];

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var lists = await cache.GetAsync(ct);
        return values.Select(v => Guid.TryParse(v, out var id) ? lists.Find(id) : null).Where(v => v is not null).ToDictionary(v => v!.Id.ToString(), v => Of(v!), StringComparer.OrdinalIgnoreCase);
    }

    private static FieldOption Of(BaseValue v) => new(v.Id.ToString(), v.Title, v.Color, v.Active);
}

/// <summary>Provinces, which are few, and counties and cities, which are searched for.</summary>
internal sealed class PlaceOptions(PlacesCache cache) : IFieldOptions
{
    public string Source => "contacts.places";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct) => argument == "province"
        ? [.. (await cache.GetAsync(ct)).Provinces.Select(p => new FieldOption(p.Id.ToString(CultureInfo.InvariantCulture), Places.TitleOf(p)))]
        : null;

    public string? LookupUrl(string argument) => argument switch { "city" => "/contacts/places", "county" => "/contacts/places?kind=county", _ => null };

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var places = await cache.GetAsync(ct);
        var found = new Dictionary<string, FieldOption>(values.Count);
        foreach (var value in values)
        {
            if (int.TryParse(value, CultureInfo.InvariantCulture, out var id) && places.Title(id) is { } title) found[value] = new(value, title);
        }

        return found;
    }
}

/// <summary>The tree of groups.</summary>
internal sealed class GroupOptions(BaseDataCache cache) : IFieldOptions
{
    public string Source => "contacts.groups";

    public async ValueTask<IReadOnlyList<FieldOption>?> AllAsync(string argument, CancellationToken ct)
    {
        var groups = (await cache.GetAsync(ct)).Groups;
        return [.. groups.InOrder().Select(p => new FieldOption(p.Group.Id.ToString(), groups.Path(p.Group.Id) ?? p.Group.Title, Active: p.Offered))];
    }

    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> FindAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var groups = (await cache.GetAsync(ct)).Groups;
        var found = new Dictionary<string, FieldOption>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in values)
        {
            if (Guid.TryParse(value, out var id) && groups.Find(id) is { } group) found[value] = new(value, group.Title);
        }

        return found;
    }

    public async ValueTask<IReadOnlyCollection<string>> WithAllUnderAsync(string argument, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        var groups = (await cache.GetAsync(ct)).Groups;
        return [.. values.SelectMany(v => Guid.TryParse(v, out var id) ? groups.Under(id).Select(g => g.ToString()) : [v])];
    }
}
