using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Definitions;
using Crm.Workflows;

namespace Crm.Routines.Templates;

/// <summary>A text in both languages.</summary>
internal sealed record Bilingual(string Fa, string En)
{
    public string In(string language) => language == "fa" ? Fa : En;

    public string Here => In(Texts.Language);
}

/// <summary>A form that a template brings.</summary>
internal sealed record TemplateForm(string Key, Bilingual Name, IReadOnlyList<JsonObject> Fields);

/// <summary>A message that a template brings.</summary>
internal sealed record TemplateMessage(string Key, string Channel, Bilingual Name, Bilingual? Subject, Bilingual Body);

/// <summary>
/// A routine to start from: a file in this folder, found because it lies there. It holds the boxes, arrows, forms and messages in both languages; a routine made from it is drawn in one of them and is
/// an ordinary routine from then on.
/// </summary>
internal sealed class RoutineTemplate
{
    private readonly JsonObject _json;

    public RoutineTemplate(JsonObject json)
    {
        _json = json;
        Key = Text(json["key"]);
        Icon = Text(json["icon"]);
        Name = Both(json["name"]!);
        About = Both(json["about"]!);
        Purpose = Enum.Parse<RoutinePurpose>(Text(json["purpose"]));
        var start = json["start"]!.AsObject();
        Start = Enum.Parse<RoutineStart>(Text(start["kind"]));
        Trigger = start["trigger"]?.ToString();
        TriggerInputs = (start["inputs"] as JsonObject ?? []).ToDictionary(i => i.Key, i => i.Value?.ToString(), StringComparer.Ordinal);
        Forms = [.. json["forms"]!.AsArray().Select(f => new TemplateForm(Text(f!["key"]), Both(f["name"]!), [.. f["fields"]!.AsArray().Select(x => x!.AsObject())]))];
        Messages = [.. json["messages"]!.AsArray().Select(m => new TemplateMessage(Text(m!["key"]), Text(m["channel"]), Both(m["name"]!), m["subject"] is { } s ? Both(s) : null, Both(m["body"]!)))];
    }

    public string Key { get; }

    public string Icon { get; }

    public Bilingual Name { get; }

    public Bilingual About { get; }

    public RoutinePurpose Purpose { get; }

    public RoutineStart Start { get; }

    public string? Trigger { get; }

    public IReadOnlyDictionary<string, string?> TriggerInputs { get; }

    public IReadOnlyList<TemplateForm> Forms { get; }

    public IReadOnlyList<TemplateMessage> Messages { get; }

    /// <summary>How many stages people do in it.</summary>
    public int Stages => _json["boxes"]!.AsArray().Count(b => Text(b!["type"]) == Activities.Stage.TypeName);

    /// <summary>One of its forms: it speaks both languages, whatever the drawing speaks.</summary>
    public static FormDesign DesignOf(TemplateForm form)
    {
        static FormText Words(JsonNode node) => Both(node) is var both ? new FormText(both.Fa, both.En) : new FormText("");
        return FormDesign.Flat(
        [
            .. form.Fields.Select(f => FormField.Make(Text(f["name"]), Words(f["label"]!), Enum.Parse<FieldKind>(Text(f["kind"])), f["required"]?.GetValue<bool>() ?? false,
                f["choices"] is JsonObject choices ? [.. choices.Select(c => new FormChoice(c.Key, Words(c.Value!)))] : null)),
        ]);
    }

    /// <summary>The drawing in a language.</summary>
    /// <param name="language"><c>fa</c> or <c>en</c>.</param>
    /// <param name="ids">Ids by what boxes name them: <c>@form:key</c>, <c>@message:key</c>, <c>@base:list</c>. What is missing is left empty.</param>
    public WorkflowDefinition Draw(string language, IReadOnlyDictionary<string, string> ids)
    {
        var definition = WorkflowDefinition.Create("", "", Name.In(language));
        definition.Description = About.In(language);
        var root = definition.Root!.Json;
        var outcomes = new Dictionary<(string Box, string Port), string>();
        var activities = root["activities"]!.AsArray();
        foreach (var box in _json["boxes"]!.AsArray().Select(b => b!.AsObject())) activities.Add(Box(box, language, ids, outcomes));
        // Arrows may lead back to the first box: where it begins is said and not guessed.
        root["start"] = Text(_json["boxes"]![0]!["id"]);
        var connections = root["connections"]!.AsArray();
        foreach (var arrow in _json["arrows"]!.AsArray())
        {
            var ends = Text(arrow).Split(" -> ");
            var from = ends[0].Split(':', 2);
            var port = from.Length > 1 ? from[1] : "Done";
            connections.Add(new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = from[0], ["port"] = outcomes.GetValueOrDefault((from[0], port), port) },
                ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
                ["vertices"] = new JsonArray(),
            });
        }

        definition.AssignMissingIds();
        return definition;
    }

    private JsonObject Box(JsonObject box, string language, IReadOnlyDictionary<string, string> ids, Dictionary<(string, string), string> outcomes)
    {
        var (id, type, title) = (Text(box["id"]), Text(box["type"]), Both(box["title"]!).In(language));
        var at = box["at"]!.AsArray();
        var json = new JsonObject
        {
            ["id"] = id, ["name"] = id, ["type"] = type, ["version"] = 1, ["customProperties"] = new JsonObject { ["canStartWorkflow"] = false, ["runAsynchronously"] = false },
            ["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = at[0]!.DeepClone(), ["y"] = at[1]!.DeepClone() }, ["size"] = new JsonObject { ["width"] = 200, ["height"] = 60 } }, ["displayText"] = title },
        };
        if (type == Activities.Stage.TypeName)
        {
            json["title"] = Value("String", "Literal", title);
            if (box["inputs"]!["outcomes"] is null) json["outcomes"] = Value("String[]", "Object", "[\"Done\"]");
        }

        foreach (var (name, value) in box["inputs"]!.AsObject())
        {
            json[name] = value switch
            {
                JsonObject o when o.ContainsKey("js") => Value("Boolean", "JavaScript", Text(o["js"])),
                JsonObject o when o.ContainsKey("fa") => Texted(Both(o).In(language)),
                // Names of ways on, by the key that arrows use.
                JsonObject o => Names(id, o, language, outcomes),
                JsonArray list => Value("String[]", "Object", new JsonArray([.. list.Select(i => (JsonNode)Both(i!).In(language))]).ToJsonString(Runtime.StimulusText.Json)),
                JsonValue v when v.TryGetValue<string>(out var text) => Value("String", "Literal", Named(text, ids)),
                _ => Value(value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? "Boolean" : "Decimal", "Literal", value?.DeepClone()),
            };
        }

        return json;
    }

    private static JsonObject Names(string box, JsonObject names, string language, Dictionary<(string, string), string> outcomes)
    {
        foreach (var (key, text) in names) outcomes[(box, key)] = Both(text!).In(language);
        return Value("String[]", "Object", new JsonArray([.. names.Select(n => (JsonNode)Both(n.Value!).In(language))]).ToJsonString(Runtime.StimulusText.Json));
    }

    private static string Named(string text, IReadOnlyDictionary<string, string> ids) => text switch
    {
        // A box is meant by its id in the drawing.
        _ when text.StartsWith("@box:", StringComparison.Ordinal) => text["@box:".Length..],
        _ when text.StartsWith('@') => ids.GetValueOrDefault(text, ""),
        _ => text,
    };

    private static JsonObject Texted(string text) => Value("String", text.Contains("{{", StringComparison.Ordinal) ? "Liquid" : "Literal", text);

    private static JsonObject Value(string typeName, string expression, JsonNode? value) => new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = expression, ["value"] = value } };

    private static Bilingual Both(JsonNode node) => new(Text(node["fa"]), Text(node["en"]));

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? throw new FormatException("A text is missing.");
}

/// <summary>All templates, by name in the language of the moment.</summary>
internal sealed class RoutineTemplates
{
    private const string Folder = "Crm.Routines.Templates.";

    private readonly IReadOnlyDictionary<string, RoutineTemplate> _byKey;

    public RoutineTemplates()
    {
        var assembly = typeof(RoutineTemplates).Assembly;
        var found = new Dictionary<string, RoutineTemplate>(StringComparer.Ordinal);
        foreach (var file in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal) && n.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(file)!;
            try
            {
                var template = new RoutineTemplate(JsonNode.Parse(stream)!.AsObject());
                found.Add(template.Key, template);
            }
            catch (Exception e) when (e is JsonException or FormatException or ArgumentException or NullReferenceException or InvalidOperationException)
            {
                throw new InvalidOperationException($"The template {file} cannot be read: {e.Message}", e);
            }
        }

        _byKey = found;
    }

    public IReadOnlyList<RoutineTemplate> All => [.. _byKey.Values.OrderBy(t => t.Name.Here, StringComparer.Create(CultureInfo.InvariantCulture, ignoreCase: false))];

    public RoutineTemplate? Find(string? key) => key is null ? null : _byKey.GetValueOrDefault(key);
}
