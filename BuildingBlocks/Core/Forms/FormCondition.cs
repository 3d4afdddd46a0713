using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Crm.Core;

/// <summary>
/// A condition over answers and data, of the same parts as the filters of lists (<see cref="FilterGroup"/>, <see cref="FilterCondition"/>, <see cref="FilterOperators"/>). In JSON a group is
/// <c>{ "any": false, "items": [ … ] }</c> and a condition <c>{ "field": "price", "op": "gt", "values": ["1000"] }</c>. <c>forms-logic.js</c> of Crm.Web does the same in the browser; a table of cases holds the two together.
/// </summary>
/// <param name="Root">The outermost group.</param>
[JsonConverter(typeof(FormConditionJson))]
public sealed record FormCondition(FilterGroup Root)
{
    private const int MaxDepth = 5;
    private const int MaxConditions = 60;

    /// <summary>One condition.</summary>
    public static FormCondition When(string field, string op, params string[] values) => new(new FilterGroup(false, [new FilterCondition(field, op, values)]));

    /// <summary>All fields that it asks about.</summary>
    public IEnumerable<FilterCondition> Conditions() => All(Root);

    /// <summary>Whether it holds.</summary>
    /// <param name="value">Value of a field by its name or path; null for none.</param>
    /// <param name="today">The day of who fills the form.</param>
    /// <param name="zone">His zone.</param>
    public bool Holds(Func<string, JsonNode?> value, DateOnly today, TimeZoneInfo zone) => Holds(Root, value, today, zone);

    /// <inheritdoc/>
    public bool Equals(FormCondition? other) => other is not null && Write(Root).ToJsonString() == Write(other.Root).ToJsonString();

    /// <inheritdoc/>
    public override int GetHashCode() => Write(Root).ToJsonString().GetHashCode(StringComparison.Ordinal);

    internal static JsonObject Write(FilterItem item) => item is FilterGroup g
        ? new JsonObject { ["any"] = g.Any, ["items"] = new JsonArray([.. g.Items.Select(i => (JsonNode)Write(i))]) }
        : item is FilterCondition c ? new JsonObject { ["field"] = c.Field, ["op"] = c.Operator, ["values"] = new JsonArray([.. c.Values.Select(v => (JsonNode)JsonValue.Create(v)!)]) } : [];

    /// <summary>Reads a group.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static FormCondition? Read(JsonNode? node)
    {
        var left = MaxConditions;
        return node is not JsonObject o ? null : Item(o, 0, ref left) switch { FilterGroup { Items.Count: > 0 } g => new(g), FilterCondition c => new(new FilterGroup(false, [c])), _ => null };
    }

    private static FilterItem Item(JsonObject o, int depth, ref int left)
    {
        if (depth > MaxDepth || left-- <= 0) throw new JsonException("too deep");
        if (o["items"] is JsonArray items)
        {
            List<FilterItem> all = [];
            foreach (var i in items) all.Add(Item(i as JsonObject ?? throw new JsonException(), depth + 1, ref left));
            return new FilterGroup(o["any"] is JsonValue v && v.TryGetValue(out bool any) && any, all);
        }

        return new FilterCondition((string?)o["field"] ?? throw new JsonException(), (string?)o["op"] ?? throw new JsonException(), [.. (o["values"] as JsonArray ?? []).Select(v => v?.ToString() ?? "")]);
    }

    private static IEnumerable<FilterCondition> All(FilterItem item) => item switch { FilterGroup g => g.Items.SelectMany(All), FilterCondition c => [c], _ => [] };

    private static bool Holds(FilterItem item, Func<string, JsonNode?> value, DateOnly today, TimeZoneInfo zone) => item switch
    {
        FilterGroup g => g.Items.Count == 0 || (g.Any ? g.Items.Any(i => Holds(i, value, today, zone)) : g.Items.All(i => Holds(i, value, today, zone))),
        FilterCondition c => Holds(c, value(c.Field), today, zone),
        _ => false,
    };

    private static bool Holds(FilterCondition c, JsonNode? value, DateOnly today, TimeZoneInfo zone)
    {
        var empty = IsEmpty(value);
        switch (c.Operator)
        {
            case "filled": return !empty;
            case "empty": return empty;
            case "yes": return value?.GetValueKind() == JsonValueKind.True;
            case "no": return value?.GetValueKind() != JsonValueKind.True;
            case "is": return Parts(value).Any(p => c.Values.Any(v => Same(p, v)));
            case "not": return !Parts(value).Any(p => c.Values.Any(v => Same(p, v)));
            case "all": return c.Values.All(v => Parts(value).Any(p => Same(p, v)));
            case "has": return Parts(value).Any(p => c.Values.Any(v => PersianText.Fold(p).Contains(PersianText.Fold(v), StringComparison.Ordinal)));
            case "hasnt": return !Parts(value).Any(p => c.Values.Any(v => PersianText.Fold(p).Contains(PersianText.Fold(v), StringComparison.Ordinal)));
            case "starts": return Parts(value).Any(p => c.Values.Any(v => PersianText.Fold(p).StartsWith(PersianText.Fold(v), StringComparison.Ordinal)));
        }

        if (empty) return false;
        if (c.Operator is "eq" or "lt" or "gt" || (c.Operator == "between" && !IsDay(c.Values.FirstOrDefault())))
        {
            if (Number(value) is not { } n || !CustomValues.TryNumber(c.Values.FirstOrDefault(), out var a)) return false;
            return c.Operator switch { "eq" => n == a, "lt" => n <= a, "gt" => n >= a, _ => c.Values.Count > 1 && CustomValues.TryNumber(c.Values[1], out var b) && n >= a && n <= b };
        }

        if (Day(value, zone) is not { } day) return false;
        switch (c.Operator)
        {
            case "today": return day == today;
            case "yesterday": return day == today.AddDays(-1);
            case "tomorrow": return day == today.AddDays(1);
            case "past" or "next" or "older":
                if (!int.TryParse(c.Values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days > 100_000) return false;
                return c.Operator switch { "past" => day <= today && day >= today.AddDays(-days), "next" => day >= today && day <= today.AddDays(days), _ => day < today.AddDays(-days) };
        }

        if (!TryDay(c.Values.FirstOrDefault(), today, out var first)) return false;
        return c.Operator switch
        {
            "on" => day == first, "since" => day >= first, "until" => day <= first, "before" => day < first, "after" => day > first,
            "between" => c.Values.Count > 1 && TryDay(c.Values[1], today, out var last) && day >= first && day <= last,
            _ => false,
        };
    }

    /// <summary>Nothing, an empty text, an empty list.</summary>
    public static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray a => a.Count == 0,
        JsonObject o => o.Count == 0,
        _ => value.GetValueKind() is JsonValueKind.Null or JsonValueKind.Undefined || (value.GetValueKind() == JsonValueKind.String && string.IsNullOrWhiteSpace(value.ToString())),
    };

    internal static decimal? Number(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var n) ? n : null,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String => CustomValues.TryNumber(value.ToString(), out var n) ? n : null,
        _ => null,
    };

    /// <summary>The day of a date or, in the zone, of a moment.</summary>
    internal static DateOnly? Day(JsonNode? value, TimeZoneInfo zone)
    {
        if (value?.GetValueKind() != JsonValueKind.String) return null;
        var text = value.ToString();
        if (text.Contains('T', StringComparison.Ordinal))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime) : null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
    }

    /// <summary>A day of the design: <c>2026-04-04</c>, <c>today</c>, <c>today+7</c>, <c>today-30</c>.</summary>
    public static bool TryDay(string? text, DateOnly today, out DateOnly day)
    {
        day = today;
        if (text is null) return false;
        if (!text.StartsWith("today", StringComparison.Ordinal)) return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
        if (text.Length == 5) return true;
        if (!int.TryParse(text.AsSpan(5), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var by) || Math.Abs(by) > 100_000) return false;
        day = today.AddDays(by);
        return true;
    }

    private static bool IsDay(string? text) => text is not null && (text.StartsWith("today", StringComparison.Ordinal) || (text.Length == 10 && text[4] == '-'));

    private static IEnumerable<string> Parts(JsonNode? value) => value switch
    {
        null => [],
        JsonArray a => a.SelectMany(Parts),
        JsonObject o => o["name"] is { } name ? [name.ToString()] : [],
        _ when value.GetValueKind() is JsonValueKind.True => ["true"],
        _ when value.GetValueKind() is JsonValueKind.False => ["false"],
        _ when value.ToString() is { Length: > 0 } text => [text],
        _ => [],
    };

    private static bool Same(string one, string other) => PersianText.Fold(one) == PersianText.Fold(other);
}

internal sealed class FormConditionJson : JsonConverter<FormCondition>
{
    public override FormCondition? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => FormCondition.Read(JsonNode.Parse(ref reader));

    public override void Write(Utf8JsonWriter writer, FormCondition value, JsonSerializerOptions options) => FormCondition.Write(value.Root).WriteTo(writer);
}

/// <summary>What can be asked of which kind of field in a condition: of the operators of lists those that mean the same in a browser.</summary>
public static class FormOperators
{
    private static readonly string[] s_date = ["on", "since", "until", "before", "after", "between", "today", "past", "next", "older", "filled", "empty"];

    /// <summary>Operators of a kind, the most usual first.</summary>
    public static IReadOnlyList<string> Of(FieldKind kind) => kind switch
    {
        FieldKind.Number or FieldKind.Money or FieldKind.Rating or FieldKind.Computed => ["gt", "lt", "eq", "between", "filled", "empty"],
        FieldKind.Date or FieldKind.Moment => s_date,
        FieldKind.YesNo => ["yes", "no"],
        FieldKind.Choice or FieldKind.Contact or FieldKind.User or FieldKind.Record => ["is", "not", "filled", "empty"],
        FieldKind.MultiChoice => ["is", "all", "not", "filled", "empty"],
        FieldKind.Files or FieldKind.Picture or FieldKind.Signature or FieldKind.Table => ["filled", "empty"],
        FieldKind.Note => [],
        FieldKind.CustomerField => ["is", "not", "has", "gt", "lt", "filled", "empty"],
        _ => ["is", "not", "has", "hasnt", "starts", "filled", "empty"],
    };

    /// <summary>Operators on data of the job, of which no kind is known.</summary>
    public static IReadOnlyList<string> OfData { get; } = ["is", "not", "has", "hasnt", "gt", "lt", "between", "yes", "no", "filled", "empty"];
}
