using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Core;

namespace Crm.Data;

/// <summary>Makes the SQL of a list: rights, search, conditions, order and keyset. Declared SQL is joined; everything typed becomes a parameter.</summary>
internal sealed partial class ListSql(IRecordType type, IReadOnlyList<ListField> fields, IRecordTypes types, ICurrentUser user, DateView dates, DateTimeOffset now)
{
    private string? _now;

    private ListField Tie => fields.First(f => f.Key == type.Tie);

    public ListField? Field(string key) => fields.FirstOrDefault(f => f.Key == key);

    /// <summary>An order the record knows; the usual one of what is chosen, or of the record, for none or a foreign one.</summary>
    public string Sort(RecordQuery query) => query.Sort is { } sort && Field(sort.TrimStart('-')) is { Sortable: true } ? sort : Options(query).Select(o => o.Sort).FirstOrDefault(s => s is not null) ?? type.Sort;

    /// <summary>Our SQL with what stands in it for the moment.</summary>
    public string Put(SqlText sql, string declared) => declared.Contains("{now}", StringComparison.Ordinal) ? declared.Replace("{now}", _now ??= sql.Parameter(now.UtcDateTime), StringComparison.Ordinal) : declared;

    /// <summary>Everything that narrows: what is not deleted, what the user may see, the search box and the conditions.</summary>
    public void Where(SqlText sql, RecordQuery query)
    {
        sql.Add(type.HasBin ? "t.deleted_at is null" : "true");
        Scope(sql, Operation.See);
        if (query.For != Operation.See) Scope(sql, query.For);
        if (Field(Sort(query).TrimStart('-'))?.SortWhere is { } valued) sql.Add(" and ").Add(valued);
        if (query.Ids is { } ids) sql.Add(" and t.id = any(").Value(ids.ToArray()).Add(")");
        if (query.Named is { } named) sql.Add(" and ").Add(type.SoundSql).Add(" = any(").Value(named.ToArray()).Add(")");
        foreach (var option in Options(query)) option.Add?.Invoke(sql, new(user, dates, now));
        if (query.Filter is { } filter)
        {
            sql.Add(" and ");
            Group(sql, filter.Root);
        }

        if (!string.IsNullOrWhiteSpace(query.Search)) type.Search(sql, query.Search, user);
    }

    /// <summary>The order, and where it goes on behind a cursor.</summary>
    public void Page(SqlText sql, string sort, string? cursor, bool backwards, int take, bool strict = false)
    {
        var key = Field(sort.TrimStart('-'))!;
        var down = sort[0] == '-' ^ backwards;
        var read = Read(cursor, sort, key);
        if (strict && read is null && !string.IsNullOrEmpty(cursor)) throw new InvalidInput("after", "This cursor can't be read; start from the first page.");
        if (read is { } from)
        {
            var than = down ? " < " : " > ";
            // A row comparison is what an index on both columns can seek to.
            if (key == Tie) sql.Add(" and ").Add(key.Order).Add(than).Value(from[0]);
            else sql.Add(" and (").Add(key.Order).Add(", ").Add(Tie.Sql).Add(")").Add(than).Add("(").Value(from[0]).Add(", ").Value(from[1]).Add(")");
        }

        var way = down ? " desc" : "";
        sql.Add(" order by ").Add(key.Order).Add(way);
        if (key != Tie) sql.Add(", ").Add(Tie.Sql).Add(way);
        if (take > 0) sql.Add(" limit ").Add(take.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What a page reads besides the columns, to be able to go on from its rows.</summary>
    public (string Key, string Tie) Keys(string sort) => (Field(sort.TrimStart('-'))!.Order, Tie.Sql);

    public static string Cursor(string sort, object key, object tie) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { s = sort, k = Text(key), n = Text(tie) }));

    private IEnumerable<RecordChoiceOption> Options(RecordQuery query) =>
        type.Choices.Select(c => query.Choices.TryGetValue(c.Parameter, out var key) ? c.Options.FirstOrDefault(o => o.Key == key) : null).Where(o => o is not null).Select(o => o!);

    // The one policy, as the contexts' filter has it; records that keep no scope of their own as their branch allows.
    private void Scope(SqlText sql, Operation operation)
    {
        if (type.Scope(sql, user, operation)) return;
        if (RecordScope.Of(type.Entity) is null)
        {
            if (type.HasBranch && !user.SeesAllBranches) sql.Add(" and t.branch_id = any(").Value(user.VisibleBranches).Add(")");
            return;
        }

        if (Policy(sql, type.Entity, operation) is { } policy) sql.Add(" and ").Add(policy);
    }

    /// <summary>SQL of the name of the record that a value is an id of: nothing where the user does not see it.</summary>
    public string? Name(SqlText sql, ListField field)
    {
        if (field.NameOf is not { } key || types.Find(key) is not { } other || other.Fields.FirstOrDefault(f => f.Main) is not { } main) return null;
        var policy = RecordScope.Of(other.Entity) is null ? null : Policy(sql, other.Entity);
        // The id is taken from the row outside before the other table takes over the alias.
        return $"(select {main.Sql} from (select {Put(sql, field.Sql)} as id) k join {other.Table} t on t.id = k.id where {(other.HasBin ? "t.deleted_at is null" : "true")}{(policy is null ? "" : " and " + policy)})";
    }

    // Null for everything. Its parameters are those of the statement.
    private string? Policy(SqlText sql, Type entity, Operation operation = Operation.See)
    {
        var scope = RecordScope.Sql(entity, user, "t", operation);
        if (scope.Text == "true") return null;
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        return NamedParameter().Replace(scope.Text, m => places.TryGetValue(m.Groups[1].Value, out var place) ? place : places[m.Groups[1].Value] = sql.Parameter(scope.Parameters[m.Groups[1].Value]));
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex NamedParameter();

    private object[]? Read(string? text, string sort, ListField key)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 2000 || !Base64Url.IsValid(text)) return null;
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            if (json.RootElement.ValueKind != JsonValueKind.Object || json.RootElement.GetProperty("s").GetString() != sort) return null;
            return [Parse(key.SortStore ?? key.Store, json.RootElement.GetProperty("k").GetString()!), Parse(Tie.Store, json.RootElement.GetProperty("n").GetString()!)];
        }
        // Anybody can write a cursor; a damaged one starts at the beginning.
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or OverflowException or ArgumentNullException)
        {
            return null;
        }
    }

    private static string Text(object value) => value switch
    {
        DateTime t => (t.Kind == DateTimeKind.Utc ? t : DateTime.SpecifyKind(t, DateTimeKind.Utc)).ToString("O", CultureInfo.InvariantCulture),
        DateOnly d => d.ToString("O", CultureInfo.InvariantCulture),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static object Parse(FieldStore store, string text) => store switch
    {
        FieldStore.Int => int.Parse(text, CultureInfo.InvariantCulture),
        FieldStore.Long => long.Parse(text, CultureInfo.InvariantCulture),
        FieldStore.Decimal => decimal.Parse(text, CultureInfo.InvariantCulture),
        FieldStore.Moment => DateTime.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        FieldStore.Date => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture),
        FieldStore.Bool => bool.Parse(text),
        FieldStore.Uuid => Guid.Parse(text),
        _ => text,
    };

    private void Group(SqlText sql, FilterGroup group)
    {
        sql.Add("(");
        for (var i = 0; i < group.Items.Count; i++)
        {
            if (i > 0) sql.Add(group.Any ? " or " : " and ");
            if (group.Items[i] is FilterGroup inner) Group(sql, inner);
            else Condition(sql, (FilterCondition)group.Items[i]);
        }

        sql.Add(")");
    }

    private void Condition(SqlText sql, FilterCondition c)
    {
        if (Field(c.Field) is not { Filterable: true } field) throw new InvalidInput("filter", "This list has no field “{0}”.", c.Field);
        if (!FilterOperators.Of(field).Contains(c.Operator)) throw new InvalidInput("filter", "“{0}” can't be asked that way.", field.Text);
        var needs = FilterOperators.Values(c.Operator);
        if (needs == int.MaxValue ? c.Values.Count is 0 or > 500 : c.Values.Count != needs) throw new InvalidInput("filter", "“{0}” needs a value.", field.Text);
        var s = Put(sql, field.Sql);
        if (field.Kind == FieldType.Phone && c.Operator is "has" or "hasnt" or "starts") c = c with { Values = [Line(c.Values[0])] };
        var within = Within(field, c);
        if (within is not null) sql.Add("(").Add(field.Within!).Add(" like ").Value(within).Add(" and ");
        Compare(sql, field, c, s);
        if (within is not null) sql.Add(")");
    }

    // Three letters are the least a trigram index can look for.
    private static string? Within(ListField field, FilterCondition c) =>
        field.Within is not null && c.Operator is "is" or "has" or "starts" && c.Values.Count == 1 && PersianText.Fold(c.Values[0]) is { Length: >= 3 } folded ? $"%{Like(folded)}%" : null;

    // Numbers are kept as +98912…; people ask for 0912…, 0098912… and 98912…
    private static string Line(string typed)
    {
        var digits = new string([.. PersianText.LatinDigits(typed).Where(char.IsAsciiDigit)]);
        if (digits.StartsWith("00", StringComparison.Ordinal)) return digits.Length > 2 ? "+" + digits[2..] : digits;
        if (digits.StartsWith('0') && digits.Length > 1) return "+98" + digits[1..];
        return typed.Contains('+', StringComparison.Ordinal) ? "+" + digits : digits.Length > 0 ? digits : typed;
    }

    private void Compare(SqlText sql, ListField field, FilterCondition c, string s)
    {
        switch (c.Operator)
        {
            case "empty" when field.Store == FieldStore.UuidArray: sql.Add("coalesce(cardinality(").Add(s).Add("), 0) = 0"); break;
            case "filled" when field.Store == FieldStore.UuidArray: sql.Add("cardinality(").Add(s).Add(") > 0"); break;
            case "empty": sql.Add(s).Add(" is null"); break;
            case "filled": sql.Add(s).Add(" is not null"); break;
            case "yes": sql.Add(s); break;
            case "no": sql.Add("not coalesce(").Add(s).Add(", false)"); break;
            case "is" or "all" or "not": Members(sql, field, c); break;
            case "has": sql.Add(s).Add(" ilike ").Value("%" + Like(c.Values[0]) + "%"); break;
            case "hasnt": sql.Add("(").Add(s).Add(" is null or ").Add(s).Add(" not ilike ").Value("%" + Like(c.Values[0]) + "%").Add(")"); break;
            case "starts": sql.Add(s).Add(" ilike ").Value(Like(c.Values[0]) + "%"); break;
            // What stands for nothing in the order lies below every number that people have.
            case "eq" when field.Indexed: sql.Add(field.Order).Add(" = ").Value(Number(field, c.Values[0])); break;
            case "gt" when field.Indexed: sql.Add(field.Order).Add(" >= ").Value(Number(field, c.Values[0])); break;
            case "between" when field.Indexed && field.Store == FieldStore.Decimal:
                sql.Add(field.Order).Add(" between ").Value(Number(field, c.Values[0])).Add(" and ").Value(Number(field, c.Values[1]));
                break;
            case "eq": sql.Add(s).Add(" = ").Value(Number(field, c.Values[0])); break;
            case "lt": sql.Add(s).Add(" <= ").Value(Number(field, c.Values[0])); break;
            case "gt": sql.Add(s).Add(" >= ").Value(Number(field, c.Values[0])); break;
            case "between" when field.Kind is FieldType.Number or FieldType.Money or FieldType.Formula:
                sql.Add(s).Add(" between ").Value(Number(field, c.Values[0])).Add(" and ").Value(Number(field, c.Values[1]));
                break;
            default: Days(sql, field, c); break;
        }
    }

    private void Members(SqlText sql, ListField field, FilterCondition c)
    {
        var not = c.Operator == "not";
        if (field.AnyOf is { } anyOf)
        {
            var list = sql.Parameter(Values(field, c.Values));
            sql.Add(not ? "not " : "").Add(anyOf.Replace("{0}", list, StringComparison.Ordinal));
            return;
        }

        switch (field.Store)
        {
            case FieldStore.UuidArray:
                // An array that is null has nothing in common with any.
                sql.Add(not ? "not coalesce(" : "").Add(field.Sql).Add(c.Operator == "all" ? " @> " : " && ").Value(Values(field, c.Values)).Add(not ? ", false)" : "");
                break;
            case FieldStore.JsonArray:
                sql.Add(not ? "not coalesce(" : "").Add(c.Operator == "all" ? "jsonb_exists_all(" : "jsonb_exists_any(").Add(field.Sql).Add(", ").Value(c.Values.ToArray()).Add(not ? "), false)" : ")");
                break;
            case FieldStore.Text when field.Kind is FieldType.Text or FieldType.LongText or FieldType.Phone:
                // What people type is compared as they read it, not by its case.
                sql.Add(not ? "(" + field.Sql + " is null or " : "").Add("lower(").Add(field.Sql).Add(not ? ") <> all(" : ") = any(").Value(c.Values.Select(v => v.ToLowerInvariant()).ToArray()).Add(not ? "))" : ")");
                break;
            default:
                if (not) sql.Add("(").Add(field.Sql).Add(" is null or ");
                // One value by equality: then an index of the value and the list's order gives the page as it is.
                if (c.Values.Count == 1 && !not) sql.Add(field.Indexed && field.Store == FieldStore.Text ? field.Order : field.Sql).Add(" = ").Value(((Array)Values(field, c.Values)).GetValue(0)!);
                else sql.Add(field.Sql).Add(not ? " <> all(" : " = any(").Value(Values(field, c.Values)).Add(")");
                if (not) sql.Add(")");
                break;
        }
    }

    private void Days(SqlText sql, ListField field, FilterCondition c)
    {
        var today = dates.DayOf(now);
        (DateOnly? From, DateOnly? To) range = c.Operator switch
        {
            "on" => (Day(field, c.Values[0]), Day(field, c.Values[0])),
            "since" => (Day(field, c.Values[0]), null),
            "until" => (null, Day(field, c.Values[0])),
            "before" => (null, Day(field, c.Values[0]).AddDays(-1)),
            "after" => (Day(field, c.Values[0]).AddDays(1), null),
            "between" => (Day(field, c.Values[0]), Day(field, c.Values[1])),
            "today" => (today, today),
            "yesterday" => (today.AddDays(-1), today.AddDays(-1)),
            "tomorrow" => (today.AddDays(1), today.AddDays(1)),
            "week" => Week(today),
            "month" => Month(today),
            "year" => Year(today),
            "past" => (today.AddDays(-Days(field, c.Values[0])), today),
            "next" => (today, today.AddDays(Days(field, c.Values[0]))),
            "older" => (null, today.AddDays(-Days(field, c.Values[0]) - 1)),
            _ => throw new InvalidInput("filter", "This filter can't be read."),
        };
        sql.Add("(");
        if (range.From is { } from) sql.Add(field.Sql).Add(" >= ").Value(Edge(field, from));
        if (range is { From: not null, To: not null }) sql.Add(" and ");
        if (range.To is { } to)
        {
            // A day ends where the next one begins in the user's zone.
            if (field.Store == FieldStore.Moment) sql.Add(field.Sql).Add(" < ").Value(Edge(field, to.AddDays(1)));
            else sql.Add(field.Sql).Add(" <= ").Value(to);
        }

        sql.Add(")");
    }

    private (DateOnly?, DateOnly?) Week(DateOnly today)
    {
        var first = dates.Calendar == CalendarKind.Jalali ? DayOfWeek.Saturday : DayOfWeek.Monday;
        var start = today.AddDays(-((7 + (int)today.DayOfWeek - (int)first) % 7));
        return (start, start.AddDays(6));
    }

    private (DateOnly?, DateOnly?) Month(DateOnly today)
    {
        var (year, month, _) = Calendars.Parts(today, dates.Calendar);
        var next = month == 12 ? Calendars.Date(year + 1, 1, 1, dates.Calendar) : Calendars.Date(year, month + 1, 1, dates.Calendar);
        return (Calendars.Date(year, month, 1, dates.Calendar), next!.Value.AddDays(-1));
    }

    private (DateOnly?, DateOnly?) Year(DateOnly today)
    {
        var (year, _, _) = Calendars.Parts(today, dates.Calendar);
        return (Calendars.Date(year, 1, 1, dates.Calendar), Calendars.Date(year + 1, 1, 1, dates.Calendar)!.Value.AddDays(-1));
    }

    private object Edge(ListField field, DateOnly day) => field.Store == FieldStore.Moment ? dates.Moment(day, TimeOnly.MinValue).UtcDateTime : day;

    private DateOnly Day(ListField field, string text) => Calendars.TryParse(text, dates.Calendar, out var day)
        ? day
        : throw new InvalidInput("filter", "“{0}”: this is not a date. Write it like {1}.", field.Text, dates.Day(new DateOnly(2026, 4, 4)));

    private static int Days(ListField field, string text) => int.TryParse(PersianText.LatinDigits(text), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= 36_500
        ? days
        : throw new InvalidInput("filter", "“{0}”: this is not a number.", field.Text);

    private static object Number(ListField field, string text)
    {
        if (!CustomValues.TryNumber(text, out var number)) throw new InvalidInput("filter", "“{0}”: this is not a number.", field.Text);
        try
        {
            return field.Store switch { FieldStore.Int => (int)number, FieldStore.Long => (long)number, _ => number };
        }
        catch (OverflowException)
        {
            throw new InvalidInput("filter", "“{0}”: this is not a number.", field.Text);
        }
    }

    private object Values(ListField field, IReadOnlyList<string> texts)
    {
        return field.Store switch
        {
            FieldStore.Uuid or FieldStore.UuidArray => texts.Select(One).ToArray(),
            FieldStore.Int => texts.Select(t => int.TryParse(PersianText.LatinDigits(t), CultureInfo.InvariantCulture, out var n) ? n : throw Wrong()).ToArray(),
            FieldStore.Long => texts.Select(t => long.TryParse(PersianText.LatinDigits(t), CultureInfo.InvariantCulture, out var n) ? n : throw Wrong()).ToArray(),
            _ when field.Members is { } members => texts.Select(t => members.FirstOrDefault(m => string.Equals(m.Value, t, StringComparison.OrdinalIgnoreCase)).Value ?? throw Wrong()).ToArray(),
            _ => texts.ToArray(),
        };

        // «me» makes a view that is everybody's own.
        Guid One(string text) => text == "me" ? user.Id ?? Guid.Empty : Guid.TryParse(text, out var id) ? id : throw Wrong();

        InvalidInput Wrong() => new("filter", "“{0}”: choose one of the list.", field.Text);
    }

    private static string Like(string text) => LikePattern.Escape(PersianText.Clean(text) ?? "");
}
