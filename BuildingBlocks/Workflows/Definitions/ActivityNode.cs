using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>An activity in a definition: a view over its JSON.</summary>
public sealed class ActivityNode
{
    // Names under which an object with a "type" is data of the activity, not an activity inside it.
    private static readonly HashSet<string> NeverActivities = new(StringComparer.Ordinal) { "metadata", "customProperties", "variables", "variable", "connections", "expression", "start" };

    internal ActivityNode(JsonObject json) => Json = json;

    /// <summary>The activity itself.</summary>
    public JsonObject Json { get; }

    /// <summary>Id within the workflow; empty when the file has none.</summary>
    public string Id { get => Json.Str("id") ?? ""; set => Json["id"] = value; }

    /// <summary>Path from the workflow down to it (<c>Workflow1:Flowchart1:Stage1</c>); null when the file has none.</summary>
    public string? NodeId { get => Json.Str("nodeId"); set => Json["nodeId"] = value; }

    /// <summary>Full type name, like <c>Elsa.WriteLine</c>; empty when the file has none.</summary>
    public string Type { get => Json.Str("type") ?? ""; set => Json["type"] = value; }

    /// <summary>Version of the type; 0 when the file has none.</summary>
    public int Version => Json.Int("version") ?? 0;

    /// <summary>Name that scripts use to ask for its output.</summary>
    public string? Name { get => Json.Str("name"); set => Json["name"] = value; }

    /// <summary>What stands on the box.</summary>
    public string? DisplayText => Json.Obj("metadata").Str("displayText");

    /// <summary>What to call it in a message: text on the box, else name, else id.</summary>
    public string Title => Filled(DisplayText) ?? Filled(Name) ?? (Id.Length > 0 ? Id : Type);

    /// <summary>Last part of the type name.</summary>
    public string ShortType => Type.Length == 0 ? "Activity" : Type[(Type.LastIndexOf('.') + 1)..];

    /// <summary>Free properties.</summary>
    public JsonObject? CustomProperties => Json.Obj("customProperties");

    /// <summary>True when it may start the workflow (a trigger). Older files have it beside, not in, the custom properties.</summary>
    public bool CanStartWorkflow => CustomProperties.Bool("canStartWorkflow") ?? Json.Bool("canStartWorkflow") ?? false;

    /// <summary>How it merges several incoming branches; null when not set or None.</summary>
    public MergeMode? MergeMode => Enum.TryParse<MergeMode>(CustomProperties.Str("mergeMode"), ignoreCase: true, out var mode) && mode != Workflows.MergeMode.None ? mode : null;

    /// <summary>Variables that this container declares.</summary>
    public IReadOnlyList<VariableDefinition> Variables => VariableDefinition.Read(Json.Arr("variables"));

    /// <summary>The connections of a flowchart, in both styles; empty for others.</summary>
    public IReadOnlyList<Connection> Connections => [.. (Json.Arr("connections") ?? []).OfType<JsonObject>().Select(Connection.Read).OfType<Connection>()];

    /// <summary>
    /// The activities directly inside, with the name of the property (the embedded port) that holds them. What counts is the
    /// shape, an object with a <c>type</c> and an <c>id</c> or <c>version</c>, so children of unknown types are found too.
    /// </summary>
    public IReadOnlyList<EmbeddedActivity> Children
    {
        get
        {
            List<EmbeddedActivity>? found = null;
            foreach (var (name, value) in Json)
            {
                if (NeverActivities.Contains(name)) continue;
                if (value is JsonObject obj && IsActivity(obj))
                    (found ??= []).Add(new EmbeddedActivity(name, null, new ActivityNode(obj)));
                else if (value is JsonArray array)
                    foreach (var item in array)
                    {
                        if (item is not JsonObject element) continue;
                        if (IsActivity(element))
                            (found ??= []).Add(new EmbeddedActivity(name, null, new ActivityNode(element)));
                        else if (element.Obj("activity") is { } inner && IsActivity(inner))
                            (found ??= []).Add(new EmbeddedActivity(name, element, new ActivityNode(inner)));
                    }
            }
            return found ?? (IReadOnlyList<EmbeddedActivity>)[];
        }
    }

    private static bool IsActivity(JsonObject json) =>
        json.Str("type") is { Length: > 0 } && !json.ContainsKey("expression") && (json.Str("id") is not null || json.Int("version") is not null);

    private static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>An activity that stands in a property of another.</summary>
/// <param name="Port">Name of the property: <c>activities</c>, <c>body</c>, <c>then</c> …</param>
/// <param name="Holder">The case that holds it, when it stands in a list of cases; else null.</param>
/// <param name="Activity">The activity.</param>
public sealed record EmbeddedActivity(string Port, JsonObject? Holder, ActivityNode Activity);

/// <summary>An arrow of a flowchart.</summary>
/// <param name="Source">Id of the activity it leaves.</param>
/// <param name="SourcePort">Outcome it leaves by; <c>Done</c> when the file names none.</param>
/// <param name="Target">Id of the activity it reaches.</param>
/// <param name="TargetPort">Port it reaches; null when the file names none.</param>
public sealed record Connection(string Source, string SourcePort, string Target, string? TargetPort)
{
    /// <summary>Reads an arrow: <c>source{activity,port}</c>, its PascalCase twin, or the older <c>source</c>, <c>sourcePort</c>. Null when an end is missing.</summary>
    internal static Connection? Read(JsonObject json)
    {
        var (source, sourcePort) = End(json, "source", "Source", "sourcePort", "SourcePort");
        var (target, targetPort) = End(json, "target", "Target", "targetPort", "TargetPort");
        return source is null || target is null ? null : new Connection(source, string.IsNullOrEmpty(sourcePort) ? "Done" : sourcePort, target, targetPort);
    }

    private static (string? Activity, string? Port) End(JsonObject json, string name, string pascal, string oldPort, string oldPortPascal)
    {
        var end = json.TryGetPropertyValue(name, out var node) ? node : json[pascal];
        if (end is JsonObject obj) return (obj.Str("activity") ?? obj.Str("Activity"), obj.Str("port") ?? obj.Str("Port"));
        return (end.Str(), json.Str(oldPort) ?? json.Str(oldPortPascal));
    }
}

/// <summary>How an activity with several incoming arrows decides when to run.</summary>
public enum MergeMode
{
    /// <summary>Not set; behaves like <see cref="Stream"/>.</summary>
    None,

    /// <summary>Runs unless a source of an incoming forward arrow is itself still awaited.</summary>
    Stream,

    /// <summary>Waits for every incoming forward arrow.</summary>
    Merge,

    /// <summary>Waits for every incoming arrow, loops included.</summary>
    Converge,

    /// <summary>Runs for each arrival.</summary>
    Cascade,

    /// <summary>Runs for the first arrival and cancels what still runs upstream of the others.</summary>
    Race,
}
