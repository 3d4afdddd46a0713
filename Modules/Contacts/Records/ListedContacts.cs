using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Records;

/// <summary>The contacts that the list shows, for pages that do more with them than a list: map, labels, reports, lookups.</summary>
[BypassesSave("Its SQL is made of declarations and parameters, like that of the list; nothing is written.")]
internal sealed class ListedContacts(ContactsDb db, RecordLists lists)
{
    /// <summary>Those of an address: search box, simple conditions, built ones, saved view; and of them those that an operation reaches.</summary>
    /// <exception cref="InvalidInput">Its conditions can't be read.</exception>
    public async Task<IQueryable<Contact>> OfAsync(IQueryCollection address, CancellationToken ct, Operation operation = Operation.See)
    {
        var type = lists.Type(ContactRecords.RecordKey);
        return await OfAsync(await lists.QueryAsync(type, name => address[name], ct) with { For = operation }, ct);
    }

    /// <summary>Those that a drop-down offers for what is typed, also on the other keyboard or in Latin letters.</summary>
    public async Task<IQueryable<Contact>> MeantAsync(RecordQuery query, CancellationToken ct) => await OfAsync(await lists.MeantAsync(lists.Type(ContactRecords.RecordKey), query, ct), ct);

    /// <summary>Those of a question of our own.</summary>
    public async Task<IQueryable<Contact>> OfAsync(RecordQuery query, CancellationToken ct)
    {
        var (sql, parameters) = await lists.Reader.RowsAsync(lists.Type(ContactRecords.RecordKey), query, ct);
        return db.Contacts.FromSqlRaw(sql, parameters).AsNoTracking();
    }
}
