using Crm.Core;
using Microsoft.AspNetCore.Http;

namespace Crm.Web;

/// <summary>One part of a list of the API: the module gives the records their shape.</summary>
/// <param name="Ids">Ids in order.</param>
/// <param name="Next">Cursor behind the last one; null at the end.</param>
/// <param name="Total">With <c>count=exact</c>.</param>
public sealed record ApiPart(IReadOnlyList<Guid> Ids, string? Next, long? Total)
{
    /// <summary>The page of these records, in order; what went away meanwhile is left out.</summary>
    public ApiPage<T> Page<T>(IReadOnlyDictionary<Guid, T> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        return new([.. Ids.Where(records.ContainsKey).Select(id => records[id])], Next, Total);
    }
}

/// <summary>Lists of the API, read by the declaration of their record like the page of the list.</summary>
public static class RecordApi
{
    /// <summary>Adds «is one of these» where there is a value.</summary>
    public static List<FilterItem> Is(this List<FilterItem> conditions, string field, object? value)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        if (value is not null) conditions.Add(new FilterCondition(field, "is", [Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!]));
        return conditions;
    }

    /// <summary>One part of a list.</summary>
    /// <param name="lists">The records.</param>
    /// <param name="record">Key of the record.</param>
    /// <param name="query">What was asked for; its filters have been read.</param>
    /// <param name="http">The request.</param>
    /// <param name="conditions">Its filters by fields of the record.</param>
    /// <param name="sorts">Names of orders with the field each goes by; the first is the usual one, with a minus for downwards.</param>
    /// <param name="choices">Options that hold (<see cref="RecordQuery.Choices"/>).</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="InvalidInput">An order or cursor that is none of this list.</exception>
    public static async Task<ApiPart> PartAsync(
        this RecordLists lists, string record, ApiQuery query, HttpContext http, List<FilterItem> conditions, IReadOnlyList<(string Name, string Field)> sorts, IReadOnlyDictionary<string, string>? choices = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lists);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(conditions);
        ArgumentNullException.ThrowIfNull(sorts);
        var type = lists.Type(record);
        var (name, descending) = query.Order([.. sorts.Select(s => s.Name)]);
        var field = sorts.First(s => s.Name.TrimStart('-') == name).Field;
        var asked = new RecordQuery
        {
            Search = query.Q, Filter = conditions.Count == 0 ? null : new(new FilterGroup(false, conditions)), Sort = (descending ? "-" : "") + field, Size = query.Size, Cursor = http.Request.Query["after"], Strict = true,
            Choices = choices ?? System.Collections.Frozen.FrozenDictionary<string, string>.Empty,
        };
        var page = await lists.Reader.PageAsync(type, asked, ct);
        return new([.. page.Rows.Select(r => r.Id)], page.Next, query.CountExact ? await lists.Reader.CountAsync(type, asked, long.MaxValue, ct) : null);
    }
}
