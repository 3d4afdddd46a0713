using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Web;

/// <summary>Lists of which a company has a handful (roles, branches, forms): sorted, searched and paged in memory by the same words as the long ones.</summary>
public static class FewRecords
{
    /// <summary>The page asked for, by name or by age.</summary>
    /// <param name="query">What was asked.</param>
    /// <param name="all">All records that this user may see.</param>
    /// <param name="id">Id of a record; ids grow with time.</param>
    /// <param name="name">What the list is sorted and searched by.</param>
    /// <exception cref="InvalidInput">A filter, sort or cursor that the list does not have.</exception>
    public static ApiPage<T> Page<T>(ApiQuery query, IEnumerable<T> all, Func<T, Guid> id, Func<T, string> name)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.OnlyFilters();
        var (sort, descending) = query.Order("name", "createdAt");
        var words = PersianText.Fold(query.Q);
        var found = all.Where(r => words.Length == 0 || PersianText.Fold(name(r)).Contains(words, StringComparison.Ordinal)).ToList();
        found.Sort((a, b) => (descending ? -1 : 1) * (sort == "createdAt" ? Compare(id(a), id(b)) : string.CompareOrdinal(PersianText.Fold(name(a)), PersianText.Fold(name(b))) is var c and not 0 ? c : Compare(id(a), id(b))));
        var from = query.AfterKey<Guid>("i") is { } after ? found.FindIndex(r => id(r) == after) + 1 : 0;
        if (query.After is not null && from == 0) throw Cursor.Unreadable();
        var items = found.Skip(from).Take(query.Size).ToList();
        return new(items, from + items.Count < found.Count ? Cursor.Encode(new JsonObject { ["i"] = id(items[^1]) }) : null, query.CountExact ? found.Count : null);
    }

    // As PostgreSQL compares them: byte by byte, which Guid.CompareTo does too.
    private static int Compare(Guid a, Guid b) => a.CompareTo(b);
}
