using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Core;

/// <summary>Values of custom fields: read from what people type, programs send and files hold, checked by their definitions, kept as one JSON object.</summary>
public static class CustomValues
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const int MaxText = 1000;
    private const int MaxLongText = 20_000;

    /// <summary>
    /// What stands in the record after the input. Keys that are not in the input keep their value, empty ones are cleared; unknown keys and fields the user may not
    /// change are refused, so that nothing is dropped in silence.
    /// </summary>
    /// <param name="fields">Active fields of the record.</param>
    /// <param name="now">The JSON object that stands there; null for none.</param>
    /// <param name="input">Texts by key, several for a multiple choice.</param>
    /// <param name="user">Who changes.</param>
    /// <param name="dates">Whose calendar dates are typed in.</param>
    /// <param name="prefix">Name of the command's property, for messages beside the fields.</param>
    /// <param name="whole">A whole form: fields that must be filled are demanded although they are not in the input.</param>
    /// <returns>The JSON object, or null when nothing stands in it.</returns>
    /// <exception cref="InvalidInput">Some values can't be taken; fields are called <c>Custom[key]</c>.</exception>
    public static string? Apply(IReadOnlyList<CustomField> fields, string? now, IReadOnlyDictionary<string, List<string?>> input, ICurrentUser user, DateView dates, string prefix = "Custom", bool whole = true)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(input);
        var values = Parse(now);
        List<(string, string, object?[])> wrong = [];
        foreach (var (key, texts) in input)
        {
            if (fields.FirstOrDefault(f => f.Key == key) is not { } field || !field.IsSeenBy(user))
            {
                wrong.Add(($"{prefix}[{key}]", "There is no such field.", []));
                continue;
            }

            // A form that shows a field without letting it be changed sends nothing; a program that sends the same value changes nothing.
            var typed = texts.Select(t => PersianText.Clean(t, field.Kind == FieldType.LongText)).Where(t => t is not null).Select(t => t!).ToList();
            JsonNode? value = null;
            if (typed.Count > 0 && !TryRead(field, typed, dates, out value, out var message, out var args))
            {
                wrong.Add(($"{prefix}[{key}]", message, args));
                continue;
            }

            if (!field.IsChangedBy(user))
            {
                if (!JsonNode.DeepEquals(value, values[key])) wrong.Add(($"{prefix}[{key}]", "You may see this field but not change it.", []));
                continue;
            }

            if (value is null) values.Remove(key);
            else values[key] = value;
        }

        if (whole)
        {
            foreach (var field in fields.Select(f => f.For(user)).Where(f => f.Required && f.IsChangedBy(user) && !values.ContainsKey(f.Key) && IsShown(f, values)))
            {
                if (!wrong.Exists(w => w.Item1 == $"{prefix}[{field.Key}]")) wrong.Add(($"{prefix}[{field.Key}]", "This field is required.", []));
            }
        }

        if (wrong.Count > 0) throw new InvalidInput(wrong);
        foreach (var field in fields.Where(f => f.Kind == FieldType.Formula && f.Formula is not null))
        {
            if (Formula.Evaluate(field.Formula!, k => Number(values[k])) is { } result) values[field.Key] = JsonValue.Create(result);
            else values.Remove(field.Key);
        }

        return values.Count == 0 ? null : values.ToJsonString(s_json);
    }

    /// <summary>Whether the field stands on the form with these values.</summary>
    public static bool IsShown(CustomField field, JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(values);
        if (field.ShownWhenField is null) return true;
        return values[field.ShownWhenField] switch
        {
            JsonArray several => several.Any(v => v?.ToString() == field.ShownWhenValue),
            { } one => one.ToString() == field.ShownWhenValue,
            null => false,
        };
    }

    /// <summary>The values as an object; empty for none.</summary>
    public static JsonObject Parse(string? custom) => custom is null ? [] : JsonNode.Parse(custom) as JsonObject ?? [];

    /// <summary>Only what this user sees.</summary>
    public static JsonObject SeenBy(IReadOnlyList<CustomField> fields, string? custom, ICurrentUser user)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var values = Parse(custom);
        var seen = new JsonObject();
        foreach (var field in fields.Where(f => f.IsSeenBy(user)))
        {
            if (values[field.Key] is { } value) seen[field.Key] = value.DeepClone();
        }

        return seen;
    }

    /// <summary>JSON of a program as texts by key: what <see cref="Apply"/> takes. Null clears.</summary>
    /// <exception cref="InvalidInput">It is no object, or holds objects.</exception>
    public static Dictionary<string, List<string?>> Input(JsonElement json, string prefix = "custom")
    {
        if (json.ValueKind != JsonValueKind.Object) throw new InvalidInput(prefix, "This value can't be taken.");
        var input = new Dictionary<string, List<string?>>(StringComparer.Ordinal);
        foreach (var p in json.EnumerateObject())
            input[p.Name] = p.Value.ValueKind == JsonValueKind.Array ? [.. p.Value.EnumerateArray().Select(Text)] : [Text(p.Value)];
        return input;

        string? Text(JsonElement e) => e.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => e.GetString(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number => e.GetRawText(),
            JsonValueKind.Object when CustomFile.Of(JsonNode.Parse(e.GetRawText())) is { } file => file.ToString(),
            _ => throw new InvalidInput(prefix, "This value can't be taken."),
        };
    }

    /// <summary>The value as the input of a form shows it; several for a multiple choice.</summary>
    public static IReadOnlyList<string> Typed(CustomField field, JsonNode? value, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(dates);
        return value switch
        {
            null => [],
            JsonArray several => [.. several.Select(v => v!.ToString())],
            _ when field.Kind == FieldType.File => CustomFile.Of(value) is { } file ? [file.ToString()] : [],
            _ when field.Kind == FieldType.Date && DateOnly.TryParseExact(value.ToString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) => [dates.Day(day)],
            _ when field.Kind is FieldType.Number or FieldType.Formula => [Number(value) is { } number ? PersianText.Decimal(number) : PersianText.Digits(value.ToString())],
            _ when field.Kind == FieldType.Money && Number(value) is { } rials => [PersianText.Number((long)rials)],
            _ => [value.ToString()],
        };
    }

    /// <summary>The value in words, as lists, pages and messages show it; links to records by <paramref name="named"/>.</summary>
    public static string? Shown(CustomField field, JsonNode? value, DateView dates, Func<string, string?>? named = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (value is null) return null;
        return field.Kind switch
        {
            FieldType.YesNo => Texts.Get(value.GetValue<bool>() ? "Yes" : "No"),
            FieldType.Choice => Title(field, value.ToString()),
            FieldType.Choices when value is JsonArray several => Texts.List(several.Select(v => Title(field, v!.ToString()))),
            FieldType.Moment when DateTimeOffset.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var moment) => dates.DayAndTime(moment),
            FieldType.Phone => PersianText.Digits(PhoneNumber.TryParse(value.ToString(), out var phone) ? phone.ToDisplay() : value.ToString()),
            FieldType.File => CustomFile.Of(value)?.Name,
            // Gone for good, or not for this user: its id says nothing to anybody.
            FieldType.Record => named?.Invoke(value.ToString()) ?? Texts.Get("unknown record"),
            FieldType.Time => PersianText.Digits(value.ToString()),
            // Often an amount: read by thousands. A number may be a year.
            FieldType.Formula when Number(value) is { } whole && whole == decimal.Truncate(whole) && Math.Abs(whole) < long.MaxValue => PersianText.Number((long)whole),
            _ => Texts.List(Typed(field, value, dates)),
        };
    }

    private static string Title(CustomField field, string value) => field.Options.FirstOrDefault(o => o.Value == value)?.Title ?? value;

    private static decimal? Number(JsonNode? value) => value is JsonValue v && v.TryGetValue<decimal>(out var n) ? n : null;

    private static bool TryRead(CustomField field, List<string> typed, DateView dates, out JsonNode? value, out string message, out object?[] args)
    {
        var text = typed[0];
        (value, message, args) = (null, "This value can't be taken.", []);
        switch (field.Kind)
        {
            case FieldType.Text or FieldType.LongText:
                var longest = field.Kind == FieldType.Text ? MaxText : MaxLongText;
                if (text.Length > longest)
                {
                    (message, args) = ("At most {0} characters.", [longest]);
                    return false;
                }

                value = JsonValue.Create(text);
                return true;
            case FieldType.Number:
                message = "This is not a number.";
                if (!TryNumber(text, out var number)) return false;
                value = JsonValue.Create(number);
                return true;
            case FieldType.Money:
                message = "This is not a whole amount of Rials.";
                if (!TryNumber(text, out var rials) || rials != decimal.Truncate(rials) || Math.Abs(rials) > 9_000_000_000_000_000m) return false;
                // As a number field keeps it: formulas take what stands here.
                value = JsonValue.Create(decimal.Truncate(rials));
                return true;
            case FieldType.Date:
                (message, args) = ("This is not a date. Write it like {0}.", [dates.Day(new DateOnly(2026, 4, 4))]);
                if (!Calendars.TryParse(text, dates.Calendar, out var day)) return false;
                value = JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                return true;
            case FieldType.Moment:
                (message, args) = ("This is not a moment. Write it like {0}.", [dates.Day(new DateOnly(2026, 4, 4)) + " " + PersianText.Digits("14:30")]);
                if (!TryMoment(text, dates, out var moment)) return false;
                value = JsonValue.Create(moment.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
                return true;
            case FieldType.Time:
                (message, args) = ("This is not a time. Write it like {0}.", [PersianText.Digits("14:30")]);
                if (!TimeOnly.TryParseExact(text, ["H:mm", "HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return false;
                value = JsonValue.Create(time.ToString("HH:mm", CultureInfo.InvariantCulture));
                return true;
            case FieldType.YesNo:
                // A check box sends «true» and, hidden beside it, «false».
                if (YesNo(text) is not { } yes) return false;
                value = JsonValue.Create(yes);
                return true;
            case FieldType.Choice:
                message = "Choose one of the list.";
                if (Find(field, text) is not { } option) return false;
                value = JsonValue.Create(option);
                return true;
            case FieldType.Choices:
                message = "Choose one of the list.";
                var found = typed.Select(t => Find(field, t)).ToList();
                if (found.Contains(null)) return false;
                // In the order of the list: what was ticked first changes nothing.
                value = new JsonArray([.. field.Options.Select(o => o.Value).Where(found.Contains).Select(v => (JsonNode)JsonValue.Create(v)!)]);
                return true;
            case FieldType.Phone:
                message = "This is not a telephone number.";
                if (!PhoneNumber.TryParse(text, out var phone)) return false;
                value = JsonValue.Create(phone.Value);
                return true;
            case FieldType.Record:
                message = "Choose one of the list.";
                if (!Guid.TryParse(text, out var id)) return false;
                value = JsonValue.Create(id.ToString());
                return true;
            case FieldType.File:
                // The last of them is the newest: the form sends what stands there, and behind it what was uploaded in its place.
                message = "Choose a file on the form.";
                if (typed[^1] == "-") return true;
                if (CustomFile.Read(typed[^1]) is not { } file) return false;
                value = file.ToJson();
                return true;
            default:
                message = "This field is worked out from others.";
                return false;
        }
    }

    private static string? Find(CustomField field, string text) =>
        field.Options.FirstOrDefault(o => o.Value == text)?.Value
        ?? field.Options.FirstOrDefault(o => PersianText.Fold(o.Persian) == PersianText.Fold(text) || (o.English is not null && PersianText.Fold(o.English) == PersianText.Fold(text)))?.Value;

    private static bool? YesNo(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "1" or "بله" or "آری" => true,
        "false" or "no" or "0" or "خیر" or "نه" => false,
        _ => null,
    };

    /// <summary>A number as people write it: digits of any script, separators of thousands, a point or a Persian one.</summary>
    public static bool TryNumber(string? text, out decimal number) =>
        decimal.TryParse(PersianText.LatinDigits(text ?? "").Replace('٫', '.').Replace("٬", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal).Replace('−', '-').Replace(" ", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    /// <summary>A moment as people write it: a date of their calendar and a time, or one in the form that programs send.</summary>
    public static bool TryMoment(string text, DateView dates, out DateTimeOffset moment)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(dates);
        moment = default;
        text = PersianText.LatinDigits(text).Replace('،', ' ');
        if (text.Contains('T', StringComparison.Ordinal))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var time = TimeOnly.MinValue;
        if (parts.Length is 0 or > 2 || !Calendars.TryParse(parts[0], dates.Calendar, out var day)) return false;
        if (parts.Length == 2 && !TimeOnly.TryParseExact(parts[1], ["H:mm", "HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time)) return false;
        moment = dates.Moment(day, time);
        return true;
    }
}

/// <summary>Arithmetic over number fields by their keys: <c>width * height</c>, <c>round(price * 1.1, 0)</c>. + − * /, parentheses, <c>min</c>, <c>max</c>, <c>round</c>, <c>abs</c>.</summary>
public static class Formula
{
    private const int MaxDepth = 50;

    /// <summary>The result; null when a field it needs is empty, or for a division by zero.</summary>
    /// <exception cref="FormatException">It can't be read; the message is a translation key.</exception>
    public static decimal? Evaluate(string text, Func<string, decimal?> field) => Evaluate(text, field, null);

    /// <summary>The result, where there are tables too: <c>sum(items.amount)</c>, <c>avg(…)</c> and <c>count(items)</c> take a column, of which empty cells do not count.</summary>
    /// <exception cref="FormatException">It can't be read; the message is a translation key.</exception>
    public static decimal? Evaluate(string text, Func<string, decimal?> field, Func<string, IReadOnlyList<decimal?>>? column)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new Reader(text, field, column);
        try
        {
            var result = reader.Sum(0);
            reader.End();
            return result;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>Keys of the fields it uses.</summary>
    /// <exception cref="FormatException">It can't be read.</exception>
    public static IReadOnlyCollection<string> Fields(string text)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        Evaluate(text, key =>
        {
            used.Add(key);
            return 1;
        });
        return used;
    }

    /// <summary>Names of the fields and, apart, of the columns it uses.</summary>
    /// <exception cref="FormatException">It can't be read.</exception>
    public static (IReadOnlyCollection<string> Fields, IReadOnlyCollection<string> Columns) Names(string text)
    {
        HashSet<string> fields = new(StringComparer.Ordinal), columns = new(StringComparer.Ordinal);
        Evaluate(text, key =>
        {
            fields.Add(key);
            return 1;
        }, key =>
        {
            columns.Add(key);
            return [1];
        });
        return (fields, columns);
    }

    private sealed class Reader(string text, Func<string, decimal?> field, Func<string, IReadOnlyList<decimal?>>? column)
    {
        private int _at;

        public decimal? Sum(int depth)
        {
            if (depth > MaxDepth) throw Unreadable();
            var value = Product(depth);
            while (true)
            {
                if (Take('+')) value += Product(depth);
                else if (Take('-')) value -= Product(depth);
                else return value;
            }
        }

        public void End()
        {
            Space();
            if (_at < text.Length) throw Unreadable();
        }

        private decimal? Product(int depth)
        {
            var value = One(depth);
            while (true)
            {
                if (Take('*')) value *= One(depth);
                else if (Take('/'))
                {
                    var by = One(depth);
                    value = by is null or 0 ? null : value / by;
                }
                else return value;
            }
        }

        private decimal? One(int depth)
        {
            if (depth > MaxDepth) throw Unreadable();
            if (Take('-')) return -One(depth + 1);
            if (Take('('))
            {
                var inner = Sum(depth + 1);
                Need(')');
                return inner;
            }

            Space();
            var start = _at;
            while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] == '.')) _at++;
            if (_at > start) return decimal.TryParse(text[start.._at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) ? n : throw Unreadable();
            var name = Name();
            return Take('(') ? Call(name, depth + 1) : field(name);
        }

        private string Name()
        {
            Space();
            var start = _at;
            while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '.')) _at++;
            return _at == start ? throw Unreadable() : text[start.._at];
        }

        private decimal? Call(string name, int depth)
        {
            if (column is not null && name is "sum" or "avg" or "count")
            {
                var cells = column!(Name());
                Need(')');
                if (name == "count") return cells.Count(c => c is not null);
                return name == "sum" ? cells.Sum() ?? 0 : cells.Average();
            }

            List<decimal?> given = [Sum(depth)];
            while (Take(',')) given.Add(Sum(depth));
            Need(')');
            if (name is not ("min" or "max" or "abs" or "round")) throw Unreadable();
            if (given.Contains(null)) return null;
            return (name, given.Count) switch
            {
                ("min", _) => given.Min(),
                ("max", _) => given.Max(),
                ("abs", 1) => Math.Abs(given[0]!.Value),
                ("round", 1) => decimal.Round(given[0]!.Value, 0, MidpointRounding.AwayFromZero),
                ("round", 2) when given[1] is >= 0 and <= 10 => decimal.Round(given[0]!.Value, (int)given[1]!.Value, MidpointRounding.AwayFromZero),
                _ => throw Unreadable(),
            };
        }

        private bool Take(char c)
        {
            Space();
            if (_at >= text.Length || text[_at] != c) return false;
            _at++;
            return true;
        }

        private void Need(char c)
        {
            if (!Take(c)) throw Unreadable();
        }

        private void Space()
        {
            while (_at < text.Length && text[_at] == ' ') _at++;
        }

        private static FormatException Unreadable() => new("This formula can't be read.");
    }
}
