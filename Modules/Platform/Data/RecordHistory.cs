using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Data;

internal sealed class RecordHistory(PlatformDb db, AuditedTypes types, IEnumerable<IHistoryNames> sources, IEnumerable<IMenuSource> menus, RecordLists lists, ClosedInPast closed, ICurrentUser me, DateView dates) : IRecordHistory
{
    private const int LongestValue = 300;
    private const int LongestWord = 200;
    private const string Custom = "custom.";
    private int _longest = LongestValue;

    public async Task<IReadOnlyList<HistoryEntry>> OfAsync(Guid recordId, int take, CancellationToken ct)
    {
        // Two indexes, one each: an «or» over both columns would read neither well.
        var rows = await db.Audit.AsNoTracking().Where(a => a.EntityId == recordId).OrderByDescending(a => a.At).Take(take)
            .Concat(db.Audit.AsNoTracking().Where(a => a.RootId == recordId).OrderByDescending(a => a.At).Take(take))
            .OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Take(take).ToListAsync(ct);
        return await ShowAsync(rows, ct);
    }

    /// <summary>Rows of the audit as people read them.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> ShowAsync(IReadOnlyCollection<AuditRow> rows, CancellationToken ct, int longest = LongestValue)
    {
        _longest = longest;
        await closed.ReadyAsync(ct);
        var values = rows.Where(r => r.Changes is not null).SelectMany(r => Values(r.Entity, r.Changes!)).Concat(rows.Select(Itself)).ToHashSet();
        var names = new Dictionary<HistoryValue, string>();
        foreach (var source in sources)
        {
            foreach (var (value, name) in await source.NamesAsync(values, ct)) names.TryAdd(value, name);
        }

        foreach (var links in values.GroupBy(v => (v.Entity, v.Property)))
        {
            if (closed.Own(links.Key.Entity, links.Key.Property) is not { Kind: FieldType.Record } field) continue;
            var titles = await lists.LinkedAsync(field, [.. links.Select(v => v.Value)], ct);
            foreach (var value in links)
                if (titles.TryGetValue(value.Value, out var title)) names.TryAdd(value, title.Text);
        }

        return [.. rows.Select(r => new HistoryEntry(
            r.Id, r.At, SystemActor.Shown(r.UserName), Way(r.Through), r.Through, r.Action switch { "A" => "added", "D" => "deleted", "R" => "restored", "P" => "purged", _ => "changed" },
            Word(r.Entity[(r.Entity.LastIndexOf('.') + 1)..]), r.EntityId, Fields(r, names), names.GetValueOrDefault(Itself(r))))];
    }

    // The record that a change belongs to: of a telephone the contact.
    private static HistoryValue Itself(AuditRow row) => new(row.Entity, "id", (row.RootId ?? row.EntityId).ToString("D"));

    /// <summary>contactPhone → Contact phone, translated where a text of that wording exists.</summary>
    public static string Word(string name)
    {
        var words = AuditedTypes.Words(name);
        return Core.Texts.Knows(words) ? Core.Texts.Get(words) : words;
    }

    // The part of the application a change came through: the entry of the menu that the route belongs to, or what set the system going.
    private string Way(string through)
    {
        if (through.Length == 0) return "";
        if (through == "api") return Core.Texts.Get("API");
        if (through.StartsWith("event: ", StringComparison.Ordinal)) return Core.Texts.Get("after an event");
        if (through.StartsWith("schedule: ", StringComparison.Ordinal)) return Core.Texts.Get("on schedule");
        if (through.StartsWith("routine: ", StringComparison.Ordinal)) return Core.Texts.Get("Routine");
        if (through.StartsWith("command line: ", StringComparison.Ordinal)) return Core.Texts.Get("command line");
        if (through is "first start" or "demo data" or "migrate") return Core.Texts.Get("first start");
        if (through.Contains(": ", StringComparison.Ordinal)) return "";
        var path = "/" + through.TrimStart('/');
        if (path is "/language" or "/theme" || path.StartsWith("/profile", StringComparison.Ordinal)) return Core.Texts.Get("My profile");
        return menus.SelectMany(m => m.Items).Where(i => path == i.Url || path.StartsWith(i.Url + "/", StringComparison.Ordinal)).MaxBy(i => i.Url.Length) is { } entry ? Core.Texts.Get(entry.Title) : "";
    }

    private List<HistoryField> Fields(AuditRow row, Dictionary<HistoryValue, string> names)
    {
        var fields = new List<HistoryField>();
        if (row.Changes is null) return fields;
        using var document = JsonDocument.Parse(row.Changes);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Array || property.Value.GetArrayLength() != 2) continue;
            if (closed.Hides(row.Entity, property.Name)) continue;
            var declared = types.Find(row.Entity, property.Name);
            if (declared?.GetCustomAttribute<NotToldAttribute>() is not null) continue;
            var own = closed.Own(row.Entity, property.Name);
            var (old, now) = own is null ? (Text(property.Value[0], Shown), Text(property.Value[1], Shown)) : (Written(own, property.Value[0]), Written(own, property.Value[1]));
            if (old is null && now is null) continue;
            if (!types.MaySee(row.Entity, property.Name, me)) (old, now) = (old is null ? null : AuditedTypes.Masked, now is null ? null : AuditedTypes.Masked);
            fields.Add(new(own is not null ? own.Title : declared is null ? Word(property.Name.StartsWith(Custom, StringComparison.Ordinal) ? property.Name[Custom.Length..] : property.Name) : Core.Texts.Get(AuditedTypes.Title(declared)), old, now));

            string? Written(CustomField field, JsonElement value) =>
                value.ValueKind == JsonValueKind.Null ? null : Cut(CustomValues.Shown(field, System.Text.Json.Nodes.JsonNode.Parse(value.GetRawText()), dates, id => names.GetValueOrDefault(new(row.Entity, property.Name, id))));

            string? Shown(string value) => names.GetValueOrDefault(new(row.Entity, property.Name, value)) ?? Member(declared, value);
        }

        return fields;
    }

    // States and kinds by the titles that pages give them.
    private static string? Member(PropertyInfo? field, string value)
    {
        var type = field is null ? null : Nullable.GetUnderlyingType(field.PropertyType) ?? field.PropertyType;
        return type is { IsEnum: true } && Enum.IsDefined(type, value) ? Core.Texts.Get(EnumTitles.Key(type, value)) : null;
    }

    private string? Text(JsonElement value, Func<string, string?> named)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.True => Core.Texts.Get("Yes"),
            JsonValueKind.False => Core.Texts.Get("No"),
            JsonValueKind.Number => named(value.GetRawText()) ?? (value.TryGetDecimal(out var number) ? PersianText.Decimal(number) : PersianText.Digits(value.GetRawText())),
            JsonValueKind.Array when value.GetArrayLength() == 0 => null,
            JsonValueKind.Array => Core.Texts.List(value.EnumerateArray().Select(v => Text(v, named)).Where(v => v is not null)),
            JsonValueKind.String => Text(value.GetString()!, named),
            // Answers to a form and the like.
            _ => Core.Texts.List(value.EnumerateObject().Select(p => (p.Name, Value: Text(p.Value, named))).Where(p => p.Value is not null).Select(p => $"{Part(p.Name, named)}: {p.Value}")),
        };
        return Cut(text);
    }

    private string? Cut(string? text) => text is not null && text.Length > _longest ? text[.._longest] + "…" : text;

    // What a value is kept under: a record by its name, a word where it is one of ours, the key of a form's field as it is.
    private static string Part(string name, Func<string, string?> named) =>
        named(name) ?? (Guid.TryParseExact(name, "D", out _) ? Core.Texts.Get("unknown record") : Core.Texts.Knows(AuditedTypes.Words(name)) ? Word(name) : name);

    private string? Text(string text, Func<string, string?> named)
    {
        if (text.Length == 0) return null;
        if (named(text) is { } name) return name;
        if (text[0] is '{' or '[' && Parsed(text) is { } inner) return Text(inner, named);
        // Gone for good, or not for this user: its id says nothing to anybody.
        if (Guid.TryParseExact(text, "D", out _)) return Core.Texts.Get("unknown record");
        if (text.Length is >= 20 and <= 35 && text[4] == '-' && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)) return dates.DayAndTime(moment);
        if (text.Length == 10 && text[4] == '-' && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return dates.Day(day);
        if (text[0] == '+' && PhoneNumber.TryParse(text, out var phone)) return '\u2066' + PersianText.Digits(phone.ToDisplay()) + '\u2069';
        // Letters of the Latin alphabet make it an address, a name of a file or a code that is written so.
        return text.Any(char.IsAsciiLetter) ? text : PersianText.Digits(text);
    }

    private static JsonElement? Parsed(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<HistoryValue> Values(string entity, string json)
    {
        var found = new List<HistoryValue>();
        using var document = JsonDocument.Parse(json);
        foreach (var property in document.RootElement.EnumerateObject()) Walk(property.Name, property.Value);
        return found;

        void Walk(string field, JsonElement e)
        {
            switch (e.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var v in e.EnumerateArray()) Walk(field, v);
                    break;
                case JsonValueKind.Object:
                    foreach (var p in e.EnumerateObject())
                    {
                        if (p.Name.Length <= LongestWord) found.Add(new(entity, field, p.Name));
                        Walk(field, p.Value);
                    }

                    break;
                case JsonValueKind.String when e.GetString() is { Length: > 1 } json && json[0] is '{' or '[' && Parsed(json) is { } inner:
                    // A module may know what the whole of it says.
                    found.Add(new(entity, field, json));
                    Walk(field, inner);
                    break;
                case JsonValueKind.String when e.GetString() is { Length: > 0 and <= LongestWord } word:
                    found.Add(new(entity, field, word));
                    break;
                case JsonValueKind.Number when field.EndsWith("Id", StringComparison.Ordinal):
                    found.Add(new(entity, field, e.GetRawText()));
                    break;
            }
        }
    }
}
