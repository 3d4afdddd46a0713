using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Crm.Web;

/// <summary>What the address of a list says.</summary>
/// <param name="Query">What is asked for.</param>
/// <param name="Quick">Simple conditions: field and values.</param>
/// <param name="FilterText">The built conditions as they stand in the address.</param>
/// <param name="Problem">Why the built conditions can't be used; they are not in the query then.</param>
/// <param name="View">The saved view that is open.</param>
/// <param name="Values">A parameter of the address, or what the open view keeps for it.</param>
/// <param name="From">First day, as typed.</param>
/// <param name="To">Last day, as typed.</param>
public sealed record ListAddress(
    RecordQuery Query, IReadOnlyList<(ListField Field, string[] Values)> Quick, string? FilterText, InvalidInput? Problem, SavedView? View, Func<string, StringValues> Values, string? From, string? To);

/// <summary>Reads addresses of lists: the page, exports and bulk work understand the same words.</summary>
public static class RecordQueries
{
    private static readonly HashSet<string> s_own = new(StringComparer.OrdinalIgnoreCase) { "q", "filter", "sort", "after", "before", "size", "cols", "view", "count", "panel", "ids", "list", "format", "raw" };

    /// <summary>Sizes of a page to choose from.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [25, 50, 100, 200];

    /// <summary>What the address asks for.</summary>
    /// <param name="type">The record.</param>
    /// <param name="fields">Fields that the user may see.</param>
    /// <param name="address">Parameters of the address.</param>
    /// <param name="views">Views that the user may open.</param>
    /// <param name="layout">Columns and size that he left the list with.</param>
    public static ListAddress Read(IRecordType type, IReadOnlyList<ListField> fields, Func<string, StringValues> address, IReadOnlyList<SavedView> views, ListLayout? layout)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(views);
        var view = Guid.TryParse(address("view"), out var id) ? views.FirstOrDefault(v => v.Id == id) : null;
        var saved = view is null ? null : QueryHelpers.ParseQuery(view.Query);
        // The view's words lie below the address's own: what stands in the address holds.
        StringValues Values(string name) => address(name) is { Count: > 0 } own ? own : saved is not null && saved.TryGetValue(name, out var kept) ? kept : default;

        var quick = new List<(ListField Field, string[] Values)>();
        foreach (var field in fields)
        {
            if (!field.Filterable || s_own.Contains(field.Key) || type.Choices.Any(c => c.Parameter == field.Key)) continue;
            if (Values(field.Key) is not { Count: > 0 } typed) continue;
            string[] given = [.. typed.SelectMany(v => (v ?? "").Split(',')).Where(v => v.Length > 0)];
            if (given.Length > 0 && FilterOperators.Of(field) is var operators && (operators.Contains("is") || operators.Contains("yes"))) quick.Add((field, given));
        }

        var text = Values("filter").ToString() is { Length: > 0 } t ? t : null;
        RecordFilter? built = null;
        InvalidInput? problem = null;
        try
        {
            built = RecordFilter.Parse(text);
        }
        catch (InvalidInput e)
        {
            problem = e;
        }

        var simple = quick.Select(q => (FilterItem)Condition(q.Field, q.Values)).ToList();
        string? from = null, to = null;
        if (type.Period is { } period)
        {
            (from, to) = (Values("from").ToString(), Values("to").ToString());
            if (from.Length > 0) simple.Add(new FilterCondition(period, "since", [from]));
            if (to.Length > 0) simple.Add(new FilterCondition(period, "until", [to]));
        }

        var filter = RecordFilter.And(simple.Count == 0 ? null : new(new FilterGroup(false, simple)), built);
        string? after = Values("after"), before = Values("before");
        var size = int.TryParse(Values("size"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && Sizes.Contains(n) ? n : layout?.Size ?? 50;
        // Chosen rows are meant as they are, whatever the list over them was narrowed to.
        var ids = Values("ids").ToString().Split(',', StringSplitOptions.RemoveEmptyEntries).Where(i => Guid.TryParse(i, out _)).Select(Guid.Parse).ToList();
        return new(
            new()
            {
                Search = PersianText.Clean(Values("q").ToString()), Filter = filter, Sort = Values("sort"), Size = size, Columns = Columns(fields, Values("cols"), layout),
                Cursor = string.IsNullOrEmpty(before) ? after : before, Backwards = !string.IsNullOrEmpty(before), Ids = ids.Count > 0 ? ids : null,
                Choices = ids.Count > 0 ? System.Collections.Frozen.FrozenDictionary<string, string>.Empty : Chosen(type, Values),
            },
            quick, text, problem, view, Values, string.IsNullOrEmpty(from) ? null : from, string.IsNullOrEmpty(to) ? null : to);
    }

    // An option that is not there is answered by the usual one.
    private static Dictionary<string, string> Chosen(IRecordType type, Func<string, StringValues> values)
    {
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var choice in type.Choices)
        {
            var asked = values(choice.Parameter).ToString();
            if ((choice.Options.FirstOrDefault(o => string.Equals(o.Key, asked, StringComparison.OrdinalIgnoreCase))?.Key ?? choice.Usual) is { } key) chosen[choice.Parameter] = key;
        }

        return chosen;
    }

    /// <summary>A simple condition of the address.</summary>
    public static FilterCondition Condition(ListField field, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(values);
        return field.Kind == FieldType.YesNo ? new(field.Key, values[0] is "true" or "yes" ? "yes" : "no", []) : new(field.Key, "is", values);
    }

    private static IReadOnlyList<string> Columns(IReadOnlyList<ListField> fields, string? asked, ListLayout? layout)
    {
        if (!string.IsNullOrEmpty(asked)) return asked.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return layout is { Columns.Count: > 0 } ? layout.Columns : [.. fields.Where(f => f.Listed && f.Shown).Select(f => f.Key)];
    }
}
