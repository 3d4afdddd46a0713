using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Workflows;

namespace Crm.Routines.Versions;

/// <summary>What is set on a box, as people read it: chosen ids by the names of their pickers, truth as yes and no, scripts as scripts.</summary>
internal sealed class SettingWords(RoutineCatalog catalog, IEnumerable<IOptionSource> sources)
{
    private const int Longest = 400;

    private readonly Dictionary<string, IOptionSource> _sources = sources.ToDictionary(s => s.Key, StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _names = new(StringComparer.Ordinal);

    /// <summary>Two ways to write the same are the same: an empty value and none, the default and none.</summary>
    public static JsonNode? Meaning(JsonNode? property, InputDescriptor input)
    {
        if (property is JsonObject wrapped && wrapped["expression"] is JsonObject expression)
        {
            var kind = Str(expression["type"]) is { Length: > 0 } k ? k : "Literal";
            var value = expression["value"];
            if (kind is "Literal" or "Object") return Value(value, input);
            return new JsonObject { ["type"] = kind, ["value"] = value?.DeepClone() };
        }

        return Value(property, input);
    }

    private static JsonNode? Value(JsonNode? value, InputDescriptor input)
    {
        if (value is null || Str(value) is { Length: 0 }) value = input.DefaultValue;
        if (value is null) return null;
        if (Str(value) is { } text)
        {
            if (input.TypeName is "String[]" or "Object" || input.UIHint is "checklist" or "multitext" or "dynamic-outcomes")
                try
                {
                    return JsonNode.Parse(text) is JsonArray { Count: 0 } ? null : JsonNode.Parse(text);
                }
                catch (System.Text.Json.JsonException)
                {
                    return JsonValue.Create(text);
                }

            return input.TypeName is "Boolean" && bool.TryParse(text, out var flag) ? JsonValue.Create(flag) : JsonValue.Create(text);
        }

        // A number is written as one or as text by different hands of Studio.
        if (value is JsonValue v && v.GetValueKind() == System.Text.Json.JsonValueKind.Number) return JsonValue.Create(v.ToJsonString());
        return value is JsonArray { Count: 0 } ? null : value.DeepClone();
    }

    /// <summary>A value as people read it; null for nothing.</summary>
    /// <param name="property">The property of the box, or its computed value.</param>
    /// <param name="type">Type of the box.</param>
    /// <param name="input">Its input.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<string?> ShownAsync(JsonNode? property, string type, InputDescriptor input, CancellationToken ct)
    {
        var meaning = Meaning(property, input);
        if (meaning is JsonObject { } dynamic && Str(dynamic["type"]) is { } kind && dynamic.ContainsKey("value") && dynamic.Count == 2 && kind is "JavaScript" or "Liquid" or "Handlebars" or "Variable" or "Input")
        {
            var source = Str(dynamic["value"]) ?? Str(dynamic["value"]?["name"]) ?? Plain(dynamic["value"]);
            return kind switch
            {
                "Variable" => Texts.Get("Variable “{0}”", source),
                "Input" => Texts.Get("Input “{0}”", source),
                "JavaScript" => Texts.Get("computed: {0}", Cut(source ?? "")),
                _ => Cut(source ?? ""),
            };
        }

        if (meaning is null) return null;
        var names = catalog.OptionSource(type, input.Name) is { } key ? await NamesAsync(key, ct) : input.Options is { } options ? options.ToDictionary(o => o.Value, o => Texts.Get(o.Text), StringComparer.OrdinalIgnoreCase) : null;
        string One(JsonNode? item)
        {
            if ((Str(item) ?? (item is JsonValue v ? v.ToJsonString() : null)) is not { } text) return Plain(item) ?? "";
            if (names is null) return text;
            if (names.TryGetValue(text, out var name)) return name;
            return Guid.TryParse(text, out _) ? Texts.Get("(not there any more)") : text;
        }

        return meaning switch
        {
            JsonArray list => Filled(Cut(Texts.List(list.Select(One)))),
            JsonValue v when v.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => YesNo(v.GetValue<bool>()),
            JsonValue v => Filled(Cut(PersianText.Digits(One(v)))),
            _ => Plain(meaning),
        };
    }

    /// <summary>Names that no picker knows by itself: the boxes of the drawing in question.</summary>
    public void Know(string source, IEnumerable<(string Value, string Text)> names) => _names[source] = names.GroupBy(n => n.Value, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Key, g => g.First().Text, StringComparer.OrdinalIgnoreCase);

    private async Task<Dictionary<string, string>> NamesAsync(string source, CancellationToken ct)
    {
        if (_names.TryGetValue(source, out var known)) return known;
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (_sources.TryGetValue(source, out var options))
            foreach (var (value, text) in await options.LoadAsync(ct)) names.TryAdd(value, text);
        return _names[source] = names;
    }

    public static string YesNo(bool value) => Texts.Get(value ? "Yes" : "No");

    private static string? Str(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? text) ? text : null;

    public static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static string Cut(string text) => text.Length > Longest ? text[..Longest] + "…" : text;

    public static string? Plain(JsonNode? node) => node is null ? null : Filled(Cut(Str(node) ?? node.ToJsonString(s_plain)));

    private static readonly System.Text.Json.JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
