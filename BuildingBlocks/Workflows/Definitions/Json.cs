using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>How the engine reads and writes JSON: lossless, no escaping of letters outside ASCII, comments and trailing commas refused.</summary>
internal static class Json
{
    public static readonly JsonDocumentOptions Reading = new() { MaxDepth = 128 };
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    public static readonly JsonWriterOptions WritingIndented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };
    public static readonly JsonSerializerOptions Text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 128 };

    public static string? Str(this JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static string? Str(this JsonObject? obj, string name) => obj is not null && obj.TryGetPropertyValue(name, out var node) ? node.Str() : null;

    public static JsonObject? Obj(this JsonObject? obj, string name) => obj is not null && obj.TryGetPropertyValue(name, out var node) ? node as JsonObject : null;

    public static JsonArray? Arr(this JsonObject? obj, string name) => obj is not null && obj.TryGetPropertyValue(name, out var node) ? node as JsonArray : null;

    /// <summary>A bool that may also stand as the text "true", as older files have it.</summary>
    public static bool? Bool(this JsonObject? obj, string name)
    {
        if (obj is null || !obj.TryGetPropertyValue(name, out var node) || node is not JsonValue value) return null;
        if (value.TryGetValue(out bool flag)) return flag;
        return value.TryGetValue(out string? text) && bool.TryParse(text, out flag) ? flag : null;
    }

    public static int? Int(this JsonObject? obj, string name)
    {
        if (obj is null || !obj.TryGetPropertyValue(name, out var node) || node is not JsonValue value) return null;
        if (value.TryGetValue(out int number)) return number;
        if (value.TryGetValue(out double real) && real is >= int.MinValue and <= int.MaxValue) return (int)real;
        return null;
    }

    /// <summary>The node itself when nothing owns it, else a copy: a JsonNode can hang in one place only.</summary>
    public static JsonNode? Detached(this JsonNode? node) => node?.Parent is null ? node : node.DeepClone();

    public static string Compact(this JsonNode? node) => node is null ? "null" : node.ToJsonString(Text);
}
