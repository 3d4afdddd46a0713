using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Crm.Platform.Lists;

/// <summary>Reads the query string of a list as the list itself does: for exports, bulk work and reports on the same rows.</summary>
internal sealed class ListQueries(RecordLists lists)
{
    public Task<RecordQuery> ReadAsync(IRecordType type, string query, CancellationToken ct) => ReadAsync(type, QueryHelpers.ParseQuery(query), ct);

    public async Task<RecordQuery> ReadAsync(IRecordType type, IDictionary<string, StringValues> query, CancellationToken ct)
    {
        var (views, layout) = await lists.Views.OfAsync(type.Key, ct);
        var fields = await lists.FieldsAsync(type, ct);
        var address = RecordQueries.Read(fields, name => query.TryGetValue(name, out var values) ? values : default, views, layout);
        // Beside the list itself nobody would see that a condition fell away.
        return address.Problem is { } problem ? throw problem : address.Query with { Cursor = null, Backwards = false };
    }
}
