using System.Text.Json.Nodes;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>
/// Brings what Studio sends together with what is stored. Studio reads a definition into classes and sends back what these know, so a field of a newer
/// Elsa, or one of ours, would be lost by opening and saving: whatever Studio cannot know is taken from the stored drawing.
/// </summary>
internal static class Drawing
{
    /// <summary>Under which custom property the count of saves travels through Studio; never stored, never exported.</summary>
    public const string RevisionProperty = "Crm.Revision";

    private static readonly string[] s_envelope = ["name", "description", "toolVersion", "variables", "inputs", "outputs", "outcomes", "customProperties", "options", "root"];

    // What Studio's own classes hold; a stored field outside these lists survives.
    private static readonly HashSet<string> s_option = ["activationStrategyType", "usableAsActivity", "autoUpdateConsumingWorkflows", "activityCategory", "incidentStrategyType", "commitStrategyName"];
    private static readonly HashSet<string> s_variable = ["id", "name", "typeName", "isArray", "value", "storageDriverTypeName"];
    private static readonly HashSet<string> s_argument = ["type", "name", "displayName", "description", "category", "uiHint", "storageDriverTypeName", "isArray", "isSecret"];
    private static readonly HashSet<string> s_connection = ["source", "target", "vertices", "sourcePort", "targetPort"];

    /// <summary>Fields that belong to a row or to an answer and not to the drawing.</summary>
    private static readonly string[] s_answer = ["links", "materializerName", "isMaterializerAvailable", "providerName"];

    /// <summary>The stored drawing with what Studio sent in it.</summary>
    /// <param name="stored">As stored; null for a new one.</param>
    /// <param name="sent">As Studio sent it; it is not changed.</param>
    public static WorkflowDefinition Merge(WorkflowDefinition? stored, JsonObject sent)
    {
        var result = stored is null ? [] : (JsonObject)stored.Json.DeepClone();
        foreach (var name in s_envelope)
        {
            if (!sent.TryGetPropertyValue(name, out var value)) continue;
            var old = result[name];
            result[name] = name switch
            {
                "options" => Keep(old as JsonObject, value as JsonObject, s_option),
                "variables" => Rows(old as JsonArray, value as JsonArray, s_variable, "id", "name"),
                "inputs" or "outputs" => Rows(old as JsonArray, value as JsonArray, s_argument, "name"),
                "root" => Root(old as JsonObject, value as JsonObject),
                _ => value?.DeepClone(),
            };
        }

        foreach (var name in s_envelope)
        {
            if (result.ContainsKey(name)) continue;
            result[name] = name switch
            {
                "variables" or "inputs" or "outputs" or "outcomes" => new JsonArray(),
                "customProperties" or "options" => new JsonObject(),
                _ => null,
            };
        }

        Clean(result);
        return WorkflowDefinition.Of(result);
    }

    /// <summary>Takes out what is not part of a drawing.</summary>
    public static void Clean(JsonObject definition)
    {
        foreach (var name in s_answer) definition.Remove(name);
        (definition["customProperties"] as JsonObject)?.Remove(RevisionProperty);
    }

    /// <summary>The count of saves that the sender had in front of him; null when he says nothing (import, API).</summary>
    public static (int Version, int Revision)? BaseOf(JsonObject sent) =>
        (sent["customProperties"] as JsonObject)?[RevisionProperty] is JsonValue v && v.TryGetValue(out string? text) && text.Split('.') is [var version, var revision]
        && int.TryParse(version, System.Globalization.CultureInfo.InvariantCulture, out var n) && int.TryParse(revision, System.Globalization.CultureInfo.InvariantCulture, out var r) ? (n, r) : null;

    public static string BaseText(int version, int revision) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{version}.{revision}");

    private static JsonObject? Keep(JsonObject? old, JsonObject? sent, HashSet<string> known)
    {
        if (sent is null) return old is null ? null : (JsonObject)old.DeepClone();
        var result = (JsonObject)sent.DeepClone();
        foreach (var (name, value) in old ?? [])
        {
            if (!known.Contains(name) && !result.ContainsKey(name)) result[name] = value?.DeepClone();
        }

        return result;
    }

    private static JsonArray Rows(JsonArray? old, JsonArray? sent, HashSet<string> known, params string[] keys)
    {
        JsonArray result = [];
        foreach (var item in sent ?? [])
        {
            if (item is not JsonObject row)
            {
                result.Add(item?.DeepClone());
                continue;
            }

            var was = keys.Select(key => Text(row[key]) is { Length: > 0 } id ? (old ?? []).OfType<JsonObject>().FirstOrDefault(o => Text(o[key]) == id) : null).FirstOrDefault(o => o is not null);
            var kept = Keep(was, row, known)!;
            // Studio turns every value of a variable into text; unless it was edited, the stored number, object or truth value stays.
            if (was?["value"] is { } value and not JsonValue { } || was?["value"] is JsonValue v && !v.TryGetValue(out string? _))
            {
                if (Text(kept["value"]) is { } text && Same(was["value"]!, text)) kept["value"] = was["value"]!.DeepClone();
            }

            result.Add(kept);
        }

        return result;
    }

    private static bool Same(JsonNode value, string text)
    {
        if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase)) return true;
        try
        {
            return JsonNode.DeepEquals(value, JsonNode.Parse(text));
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>Activities travel through Studio as JSON and come back whole; the arrows of a flowchart are made anew by its canvas.</summary>
    private static JsonObject? Root(JsonObject? old, JsonObject? sent)
    {
        if (sent is null) return old is null ? null : (JsonObject)old.DeepClone();
        var result = (JsonObject)sent.DeepClone();
        if (old is null) return result;

        var before = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var activity in Walk(old))
        {
            if (Text(activity["id"]) is { Length: > 0 } id) before.TryAdd(id, activity);
        }

        foreach (var activity in Walk(result))
        {
            if (activity["connections"] is not JsonArray connections || Text(activity["id"]) is not { } id || !before.TryGetValue(id, out var was) || was["connections"] is not JsonArray old2) continue;
            foreach (var connection in connections.OfType<JsonObject>())
            {
                if (old2.OfType<JsonObject>().FirstOrDefault(o => Ends(o) == Ends(connection)) is not { } match) continue;
                foreach (var (name, value) in match)
                {
                    if (!s_connection.Contains(name) && !connection.ContainsKey(name)) connection[name] = value?.DeepClone();
                }
            }
        }

        return result;
    }

    private static (string?, string?, string?) Ends(JsonObject c) =>
        (End(c["source"]), (c["source"] as JsonObject) is { } s ? Text(s["port"]) ?? "Done" : Text(c["sourcePort"]) ?? "Done", End(c["target"]));

    private static string? End(JsonNode? node) => node is JsonObject o ? Text(o["activity"]) : Text(node);

    private static IEnumerable<JsonObject> Walk(JsonObject activity)
    {
        yield return activity;
        foreach (var (_, value) in activity)
        {
            if (value is JsonObject inner && inner["type"] is not null && inner["id"] is not null)
            {
                foreach (var found in Walk(inner)) yield return found;
            }
            else if (value is JsonArray list)
            {
                foreach (var item in list.OfType<JsonObject>().Where(i => i["type"] is not null && i["id"] is not null))
                {
                    foreach (var found in Walk(item)) yield return found;
                }
            }
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? text) ? text : null;
}
