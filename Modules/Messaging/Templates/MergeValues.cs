using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Messaging.Templates;

/// <summary>Turns JSON into what templates see: texts, lists and dictionaries, with dates and digits as the language of the template writes them.</summary>
internal static class MergeValues
{
    private const int MaxDepth = 6;
    private const int MaxItems = 200;
    private const int MaxText = 20_000;

    // Written and read once more: a node may hold a Guid or a date as such, and only its text is wanted.
    public static Dictionary<string, object?> Of(JsonObject data, string language) => Object(JsonNode.Parse(data.ToJsonString())!.AsObject(), Dates(language), 0);

    /// <summary>How a language writes days: the company's zone, the calendar that goes with it.</summary>
    public static DateView Dates(string language) => DateView.Of(null) with { Language = language, Calendar = language == "fa" ? CalendarKind.Jalali : CalendarKind.Gregorian };

    private static Dictionary<string, object?> Object(JsonObject data, DateView dates, int depth)
    {
        var result = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, node) in data) result[name] = Value(node, dates, depth + 1);
        return result;
    }

    private static object? Value(JsonNode? node, DateView dates, int depth)
    {
        if (node is null || depth > MaxDepth) return null;
        switch (node)
        {
            case JsonObject o:
                return Object(o, dates, depth);
            case JsonArray a:
                return new TextList(a.Take(MaxItems).Select(i => Value(i, dates, depth + 1)));
        }

        switch (node.GetValueKind())
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.Number:
                var number = node.ToJsonString();
                return dates.Language == "fa" ? PersianText.PersianDigits(number) : number;
            case JsonValueKind.String:
                var text = node.GetValue<string>();
                if (text.Length > MaxText) text = text[..MaxText];
                if (text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return Digits(Calendars.Format(day, dates.Calendar), dates);
                if (text.Length is > 18 and < 36 && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
                    return Digits($"{Calendars.Format(dates.DayOf(moment), dates.Calendar)} {TimeZoneInfo.ConvertTime(moment, dates.Zone).ToString("HH:mm", CultureInfo.InvariantCulture)}", dates);
                return text;
            default:
                return null;
        }
    }

    private static string Digits(string text, DateView dates) => dates.Language == "fa" ? PersianText.PersianDigits(text) : text;

    /// <summary>A list that can be repeated over and reads as a sentence where a template only names it. Nothing else of it can be seen from a template.</summary>
    internal sealed class TextList(IEnumerable<object?> items) : IEnumerable<object?>
    {
        private readonly object?[] _items = [.. items];

        public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_items).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => _items.GetEnumerator();

        public override string ToString() => string.Join("، ", _items.Where(i => i is not null and not System.Collections.IDictionary));
    }
}
