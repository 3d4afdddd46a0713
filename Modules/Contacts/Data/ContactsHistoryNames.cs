using System.Globalization;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Data;

/// <summary>Base data, places and contacts by name. Contacts of other branches stay unnamed; deleted ones have their name still.</summary>
internal sealed class ContactsHistoryNames(ContactsDb db, BaseDataCache baseData, PlacesCache places, IUserDirectory users, DateView dates) : IHistoryNames
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

        // A scoring is the supplier's, and so are its points; costs are the customer's with whom it was spoken.
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["contacts.SupplierScore"], "evaluationId"),
            ids => db.Set<SupplierEvaluation>().IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(s => ids.Contains(s.Id))
                .Join(db.Contacts.IgnoreQueryFilters([Filters.SoftDelete]), s => s.ContactId, c => c.Id, (s, c) => new NamedRecord(s.Id, c.Name)).AsAsyncEnumerable(), ct);
        await HistoryValue.NameAsync(
            names, HistoryValue.Records(values, ["contacts.CommunicationCost"], "communicationId"),
            ids => db.Communications.IgnoreQueryFilters([Filters.SoftDelete]).AsNoTracking().Where(t => ids.Contains(t.Id))
                .Join(db.Contacts.IgnoreQueryFilters([Filters.SoftDelete]), t => t.ContactId, c => c.Id, (t, c) => new NamedRecord(t.Id, c.Name)).AsAsyncEnumerable(), ct);
        var reports = HistoryValue.Records(values, ["contacts.ActivityReport", "contacts.ActivityReportLine"], "reportId");
        if (reports.Count > 0)
        {
            var ids = reports.Select(g => g.Key).ToArray();
            var found = await db.Set<ActivityReport>().AsNoTracking().Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.AuthorId, r.From }).ToListAsync(ct);
            var authors = await users.CardsAsync([.. found.Select(r => r.AuthorId).Distinct()], ct);
            foreach (var r in found) HistoryValue.Name(names, reports, r.Id, authors.GetValueOrDefault(r.AuthorId) is { } author ? $"{author.Name} – {dates.Day(r.From)}" : null);
        }

        return names;
    }
}
