using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>
/// A workflow definition in Elsa 3's format: one version of a drawing. It is a view over its JSON, so every field that
/// this code does not know survives a round trip, at any depth; loading and saving unchanged gives the same JSON.
/// </summary>
public sealed class WorkflowDefinition
{
    private WorkflowDefinition(JsonObject json) => Json = json;

    /// <summary>The definition itself. Changes made here are seen by the properties, and the other way round.</summary>
    public JsonObject Json { get; }

    /// <summary>Id of this version.</summary>
    public string Id { get => Json.Str("id") ?? ""; set => Json["id"] = value; }

    /// <summary>Id that all versions share.</summary>
    public string DefinitionId { get => Json.Str("definitionId") ?? ""; set => Json["definitionId"] = value; }

    /// <summary>Number of this version, from 1.</summary>
    public int Version { get => Json.Int("version") ?? 1; set => Json["version"] = value; }

    /// <summary>What people call it; also the name under which it can be used as an activity.</summary>
    public string? Name { get => Json.Str("name"); set => Json["name"] = value; }

    /// <summary>What it is for.</summary>
    public string? Description { get => Json.Str("description"); set => Json["description"] = value; }

    /// <summary>True on the newest version.</summary>
    public bool IsLatest { get => Json.Bool("isLatest") ?? false; set => Json["isLatest"] = value; }

    /// <summary>True on the version that new jobs take.</summary>
    public bool IsPublished { get => Json.Bool("isPublished") ?? false; set => Json["isPublished"] = value; }

    /// <summary>Options: activation strategy, incident strategy, usable as activity, and whatever else the file has.</summary>
    public JsonObject Options => Own("options");

    /// <summary>Free properties of the definition.</summary>
    public JsonObject CustomProperties => Own("customProperties");

    /// <summary>The variables of the whole workflow.</summary>
    public IReadOnlyList<VariableDefinition> Variables => VariableDefinition.Read(Json.Arr("variables"));

    /// <summary>The inputs that a start may give.</summary>
    public IReadOnlyList<ArgumentDefinition> Inputs => ArgumentDefinition.Read(Json.Arr("inputs"));

    /// <summary>The outputs that a run leaves.</summary>
    public IReadOnlyList<ArgumentDefinition> Outputs => ArgumentDefinition.Read(Json.Arr("outputs"));

    /// <summary>The outcomes that a run can end with.</summary>
    public IReadOnlyList<string> Outcomes => [.. (Json.Arr("outcomes") ?? []).Select(item => item.Str() ?? (item as JsonObject).Str("name")).OfType<string>()];

    /// <summary>The root activity, usually a flowchart; null when the file has none.</summary>
    public ActivityNode? Root => Json.Obj("root") is { } root ? new ActivityNode(root) : null;

    /// <summary>An empty flowchart under these ids.</summary>
    public static WorkflowDefinition Create(string definitionId, string id, string name) => new(new JsonObject
    {
        ["id"] = id,
        ["definitionId"] = definitionId,
        ["name"] = name,
        ["version"] = 1,
        ["variables"] = new JsonArray(),
        ["inputs"] = new JsonArray(),
        ["outputs"] = new JsonArray(),
        ["outcomes"] = new JsonArray(),
        ["customProperties"] = new JsonObject(),
        ["isReadonly"] = false,
        ["isLatest"] = true,
        ["isPublished"] = false,
        ["options"] = new JsonObject(),
        ["root"] = new JsonObject
        {
            ["id"] = "Flowchart1",
            ["nodeId"] = "Workflow1:Flowchart1",
            ["type"] = "Elsa.Flowchart",
            ["version"] = 1,
            ["customProperties"] = new JsonObject(),
            ["metadata"] = new JsonObject(),
            ["activities"] = new JsonArray(),
            ["connections"] = new JsonArray(),
        },
    });

    /// <summary>A view over this object; the caller gives it away.</summary>
    public static WorkflowDefinition Of(JsonObject json) => new(json);

    /// <summary>Reads a definition. A file that wraps it in <c>{"workflowDefinition": …}</c> or <c>{"model": …}</c> is unwrapped.</summary>
    /// <exception cref="FormatException">The text is no JSON, or no object, or deeper than 128.</exception>
    public static WorkflowDefinition Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads a definition from UTF-8.</summary>
    /// <exception cref="FormatException">The bytes are no JSON, or no object, or deeper than 128.</exception>
    public static WorkflowDefinition Parse(ReadOnlySpan<byte> utf8)
    {
        JsonNode? node;
        try
        {
            if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
            node = JsonNode.Parse(utf8, documentOptions: Workflows.Json.Reading);
            Touch(node);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException($"This is not a workflow definition: {e.Message}", e);
        }

        if (node is not JsonObject json) throw new FormatException("This is not a workflow definition: a JSON object is expected.");
        if (!json.ContainsKey("root"))
            foreach (var wrapper in (ReadOnlySpan<string>)["workflowDefinition", "model"])
                if (json.Obj(wrapper) is { } inner && inner.ContainsKey("root"))
                {
                    json.Remove(wrapper);
                    json = inner;
                    break;
                }
        return new WorkflowDefinition(json);
    }

    /// <summary>The definition as text, letters as they are.</summary>
    public string ToJson(bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, indented ? Workflows.Json.WritingIndented : Workflows.Json.Writing))
            Json.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A copy that shares nothing.</summary>
    public WorkflowDefinition Clone() => new((JsonObject)Json.DeepClone());

    /// <summary>Every activity, root first, containers before their children, in the order of the file.</summary>
    public IEnumerable<ActivityNode> AllActivities() => Root is { } root ? Walk(root) : [];

    /// <summary>
    /// Gives every activity without an <c>id</c> one made from its type and its place, every activity without a
    /// <c>nodeId</c> its path, and every variable without an id one made from its name. The same file always gets the same ids.
    /// </summary>
    /// <returns>True when something was missing.</returns>
    public bool AssignMissingIds()
    {
        var changed = false;
        var taken = new HashSet<string>(AllActivities().Select(activity => activity.Id).Where(id => id.Length > 0), StringComparer.Ordinal);
        var counters = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var activity in AllActivities())
        {
            if (activity.Id.Length > 0) continue;
            var stem = activity.ShortType;
            string id;
            do
            {
                counters[stem] = counters.GetValueOrDefault(stem) + 1;
                id = $"{stem}{counters[stem]}";
            }
            while (!taken.Add(id));
            activity.Id = id;
            changed = true;
        }

        void Paths(ActivityNode activity, string parent)
        {
            var path = $"{parent}:{activity.Id}";
            if (string.IsNullOrEmpty(activity.NodeId))
            {
                activity.NodeId = path;
                changed = true;
            }
            foreach (var child in activity.Children) Paths(child.Activity, path);
        }

        if (Root is { } root) Paths(root, "Workflow1");

        var names = new HashSet<string>(Variables.Select(variable => variable.Id).Where(id => id.Length > 0), StringComparer.Ordinal);
        foreach (var variable in Variables)
        {
            if (variable.Id.Length > 0) continue;
            var id = variable.Name;
            for (var n = 2; !names.Add(id); n++) id = $"{variable.Name}{n}";
            variable.Json["id"] = id;
            changed = true;
        }
        return changed;
    }

    private static IEnumerable<ActivityNode> Walk(ActivityNode activity)
    {
        yield return activity;
        foreach (var child in activity.Children)
            foreach (var inner in Walk(child.Activity))
                yield return inner;
    }

    private JsonObject Own(string name)
    {
        if (Json.Obj(name) is { } own) return own;
        own = [];
        Json[name] = own;
        return own;
    }

    // A JsonObject finds a name that stands twice only when it is first looked into: look now, not in the middle of a run.
    private static void Touch(JsonNode? node)
    {
        if (node is JsonObject obj)
            foreach (var (_, value) in obj) Touch(value);
        else if (node is JsonArray array)
            foreach (var value in array) Touch(value);
    }
}

/// <summary>A variable of a workflow or of a container.</summary>
/// <param name="Json">Its JSON.</param>
public sealed record VariableDefinition(JsonObject Json)
{
    /// <summary>Id by which outputs and Variable expressions name it; empty when the file has none.</summary>
    public string Id => Json.Str("id") ?? "";

    /// <summary>Name by which scripts know it.</summary>
    public string Name => Json.Str("name") ?? "";

    /// <summary>Type of its values, as Elsa writes it: Int32, String, Object …</summary>
    public string TypeName => Json.Str("typeName") ?? "Object";

    /// <summary>True when it holds a list.</summary>
    public bool IsArray => Json.Bool("isArray") ?? false;

    /// <summary>Its value at the start; a text that is read by its type.</summary>
    public JsonNode? Value => Json["value"];

    internal static IReadOnlyList<VariableDefinition> Read(JsonArray? array) => [.. (array ?? []).OfType<JsonObject>().Select(item => new VariableDefinition(item))];
}

/// <summary>An input or output of a workflow.</summary>
/// <param name="Json">Its JSON.</param>
public sealed record ArgumentDefinition(JsonObject Json)
{
    /// <summary>Its name.</summary>
    public string Name => Json.Str("name") ?? "";

    /// <summary>Type of its value, as Elsa writes it.</summary>
    public string TypeName => Json.Str("type") ?? Json.Str("typeName") ?? "Object";

    /// <summary>What people see.</summary>
    public string? DisplayName => Json.Str("displayName");

    internal static IReadOnlyList<ArgumentDefinition> Read(JsonArray? array) => [.. (array ?? []).OfType<JsonObject>().Select(item => new ArgumentDefinition(item))];
}
