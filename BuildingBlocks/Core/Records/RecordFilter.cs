using System.Text;

namespace Crm.Core;

/// <summary>
/// Conditions on the fields of a record as they stand in an address: <c>status.is(a,b);(city.is(1)|name.has('علی'))</c>. <c>;</c> is and, <c>|</c> is or, parentheses
/// group; a value in quotes may hold anything, a quote within it is doubled.
/// </summary>
public sealed record RecordFilter(FilterGroup Root)
{
    private const int MaxLength = 8000;
    private const int MaxDepth = 5;
    private const int MaxConditions = 60;

    /// <summary>Reads an expression; null for an empty one.</summary>
    /// <exception cref="InvalidInput">It can't be read.</exception>
    public static RecordFilter? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (text.Length > MaxLength) throw new InvalidInput("filter", "This filter can't be read.");
        var reader = new Reader(text);
        var group = reader.Group(0);
        reader.End();
        return new(group);
    }

    /// <summary>Both: each narrows.</summary>
    public static RecordFilter? And(RecordFilter? one, RecordFilter? other)
    {
        if (one is null || other is null) return one ?? other;
        return new(new FilterGroup(false, [.. Parts(one), .. Parts(other)]));

        static IEnumerable<FilterItem> Parts(RecordFilter f) => f.Root.Any && f.Root.Items.Count > 1 ? [f.Root] : f.Root.Items;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var b = new StringBuilder();
        Write(b, Root, true);
        return b.ToString();
    }

    private static void Write(StringBuilder b, FilterItem item, bool outermost)
    {
        switch (item)
        {
            case FilterGroup group:
                if (!outermost) b.Append('(');
                for (var i = 0; i < group.Items.Count; i++)
                {
                    if (i > 0) b.Append(group.Any ? '|' : ';');
                    Write(b, group.Items[i], false);
                }

                if (!outermost) b.Append(')');
                break;
            case FilterCondition c:
                b.Append(c.Field).Append('.').Append(c.Operator).Append('(');
                for (var i = 0; i < c.Values.Count; i++)
                {
                    if (i > 0) b.Append(',');
                    var value = c.Values[i];
                    if (value.Length > 0 && value.All(ch => char.IsLetterOrDigit(ch) || ch is '-' or '_' or '.' or ':')) b.Append(value);
                    else b.Append('\'').Append(value.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
                }

                b.Append(')');
                break;
        }
    }

    private sealed class Reader(string text)
    {
        private int _at;
        private int _conditions;

        public FilterGroup Group(int depth)
        {
            if (depth > MaxDepth) throw Unreadable();
            List<FilterItem> items = [Item(depth)];
            char? between = null;
            while (_at < text.Length && text[_at] is ';' or '|')
            {
                // One kind of word between the parts of a group: a person who reads «a and b or c» can't tell what is meant.
                if (between is { } b && b != text[_at]) throw Unreadable();
                between = text[_at++];
                items.Add(Item(depth));
            }

            return new(between == '|', items);
        }

        public void End()
        {
            if (_at != text.Length) throw Unreadable();
        }

        private FilterItem Item(int depth)
        {
            if (Take('('))
            {
                var inner = Group(depth + 1);
                Need(')');
                return inner;
            }

            if (++_conditions > MaxConditions) throw Unreadable();
            var start = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '.' or '_' or '-')) _at++;
            var name = text[start.._at];
            var dot = name.LastIndexOf('.');
            if (dot < 1 || dot == name.Length - 1) throw Unreadable();
            Need('(');
            List<string> values = [];
            if (!Take(')'))
            {
                do values.Add(Value());
                while (Take(','));
                Need(')');
            }

            return new FilterCondition(name[..dot], name[(dot + 1)..], values);
        }

        private string Value()
        {
            if (Take('\''))
            {
                var b = new StringBuilder();
                while (true)
                {
                    if (_at >= text.Length) throw Unreadable();
                    var c = text[_at++];
                    if (c != '\'') b.Append(c);
                    else if (Take('\'')) b.Append('\'');
                    else return b.ToString();
                }
            }

            var start = _at;
            while (_at < text.Length && text[_at] is not (',' or '(' or ')' or ';' or '|' or '\'')) _at++;
            return text[start.._at];
        }

        private bool Take(char c)
        {
            if (_at >= text.Length || text[_at] != c) return false;
            _at++;
            return true;
        }

        private void Need(char c)
        {
            if (!Take(c)) throw Unreadable();
        }

        private static InvalidInput Unreadable() => new("filter", "This filter can't be read.");
    }
}

/// <summary>A part of a filter.</summary>
public abstract record FilterItem;

/// <summary>Several parts.</summary>
/// <param name="Any">True where one of them is enough, false where all must hold.</param>
/// <param name="Items">The parts.</param>
public sealed record FilterGroup(bool Any, IReadOnlyList<FilterItem> Items) : FilterItem;

/// <summary>One condition.</summary>
/// <param name="Field">Key of the field.</param>
/// <param name="Operator">One of <see cref="FilterOperators"/>.</param>
/// <param name="Values">What it is compared with.</param>
public sealed record FilterCondition(string Field, string Operator, IReadOnlyList<string> Values) : FilterItem;

/// <summary>What can be asked of which kind of field.</summary>
public static class FilterOperators
{
    private static readonly string[] s_text = ["has", "hasnt", "is", "not", "starts", "filled", "empty"];
    private static readonly string[] s_number = ["eq", "lt", "gt", "between", "filled", "empty"];
    private static readonly string[] s_date = ["on", "since", "until", "before", "after", "between", "today", "yesterday", "tomorrow", "week", "month", "year", "past", "next", "older", "filled", "empty"];
    private static readonly string[] s_choice = ["is", "not", "filled", "empty"];
    private static readonly string[] s_choices = ["is", "all", "not", "filled", "empty"];

    /// <summary>Operators of a kind of field, the most usual first.</summary>
    public static IReadOnlyList<string> Of(ListField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (field.AnyOf is not null) return ["is", "not"];
        return field.Kind switch
        {
            FieldType.Number or FieldType.Money or FieldType.Formula => s_number,
            FieldType.Date or FieldType.Moment => s_date,
            FieldType.YesNo => ["yes", "no"],
            FieldType.Choice or FieldType.Record => s_choice,
            FieldType.Choices => s_choices,
            _ => s_text,
        };
    }

    /// <summary>English title (translation key).</summary>
    public static string Title(string key) => key switch
    {
        "has" => "contains", "hasnt" => "does not contain", "is" => "is", "not" => "is not", "starts" => "starts with", "filled" => "is filled", "empty" => "is empty",
        "eq" => "equals", "lt" => "at most", "gt" => "at least", "between" => "between", "on" => "on the day", "since" => "since the day", "until" => "until the day", "before" => "before", "after" => "after",
        "today" => "is today", "yesterday" => "was yesterday", "tomorrow" => "is tomorrow", "week" => "this week", "month" => "this month", "year" => "this year",
        "past" => "in the last … days", "next" => "in the next … days", "older" => "more than … days ago", "all" => "has all of", "yes" => "holds", "no" => "does not hold",
        _ => throw new InvalidInput("filter", "This filter can't be read."),
    };

    /// <summary>How many values it takes: none, one, two or any number.</summary>
    public static int Values(string key) => key switch
    {
        "filled" or "empty" or "today" or "yesterday" or "tomorrow" or "week" or "month" or "year" or "yes" or "no" => 0,
        "between" => 2,
        "is" or "not" or "all" => int.MaxValue,
        _ => 1,
    };
}
