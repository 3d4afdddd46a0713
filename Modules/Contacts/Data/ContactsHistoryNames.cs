using System.Globalization;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

/// <summary>Base data, places and contacts by name. Contacts of other branches stay unnamed; deleted ones have their name still.</summary>
internal sealed class ContactsHistoryNames(ContactsDb db, BaseDataCache baseData, PlacesCache places) : IHistoryNames
{
    public async Task<IReadOnlyDictionary<HistoryValue, string>> NamesAsync(IReadOnlyCollection<HistoryValue> values, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var towns = await places.GetAsync(ct);
        var people = values.Where(v => v.Id is not null && lists.Find(v.Id) is null && lists.Groups.Find(v.Id) is null && !lists.Criteria.Any(c => c.Id == v.Id)).Select(v => v.Id!.Value).Distinct().ToArray();
        var contacts = people.Length == 0 ? [] : await db.Contacts.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(c => people.Contains(c.Id))
            .Select(c => new { c.Id, c.Name }).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        var names = new Dictionary<HistoryValue, string>();
        foreach (var value in values)
        {
            var name = value.Id is { } id ? lists.Title(id) ?? lists.Groups.Path(id) ?? lists.Criteria.FirstOrDefault(c => c.Id == id)?.Title ?? contacts.GetValueOrDefault(id)
                : value.Property is "provinceId" or "countyId" or "cityId" && int.TryParse(value.Value, CultureInfo.InvariantCulture, out var place) ? towns.Title(place)
                : value.Property is "country" ? Countries.Title(value.Value)
                : null;
            if (name is not null) names[value] = name;
        }

        return names;
    }
}
