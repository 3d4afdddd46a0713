using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What an activity is, in Elsa's words.</summary>
public enum ActivityKind
{
    /// <summary>Does something and goes on.</summary>
    Action,

    /// <summary>Can start a workflow, or waits for something from outside.</summary>
    Trigger,

    /// <summary>Long work in the background.</summary>
    Job,

    /// <summary>Work for a person.</summary>
    Task,
}

/// <summary>Who carries an activity out.</summary>
public enum ActivityExecutor
{
    /// <summary>The interpreter itself.</summary>
    Engine,

    /// <summary>Somebody outside: the interpreter emits <see cref="RunActivity"/> and waits for the answer.</summary>
    External,

    /// <summary>Nobody here: it loads and shows, and publishing is refused with its name.</summary>
    NotRunHere,
}

/// <summary>Kind of a port.</summary>
public enum PortType
{
    /// <summary>An outcome: arrows leave here.</summary>
    Flow,

    /// <summary>A place for an activity inside the activity.</summary>
    Embedded,
}

/// <summary>An outgoing or embedded port.</summary>
/// <param name="Name">Stable name, as connections write it.</param>
/// <param name="DisplayName">English sentence, the key of its translation; the name when null.</param>
/// <param name="Type">Outcome or embedded.</param>
/// <param name="IsBrowsable">False hides it in the designer.</param>
public sealed record PortDescriptor(string Name, string? DisplayName = null, PortType Type = PortType.Flow, bool IsBrowsable = true)
{
    /// <summary>True for the way out of what went wrong: where no arrow leaves by it, the drawing is noted, because such a job ends without a word.</summary>
    public bool Failure { get; init; }
}

/// <summary>An item of a fixed list of choices.</summary>
/// <param name="Text">English sentence, the key of its translation.</param>
/// <param name="Value">Value that is stored.</param>
public sealed record InputOption(string Text, string Value);

/// <summary>An input of an activity.</summary>
public sealed record InputDescriptor
{
    /// <summary>Name in PascalCase; the JSON property is its camelCase.</summary>
    public required string Name { get; init; }

    /// <summary>CLR-like type name that Studio understands (<c>String</c>, <c>Boolean</c>, <c>Int32</c>, <c>Object</c>, <c>String[]</c>, <c>DateTimeOffset</c>, <c>TimeSpan</c> …); values are brought to it.</summary>
    public string TypeName { get; init; } = "String";

    /// <summary>English sentence, the key of its translation.</summary>
    public required string DisplayName { get; init; }

    /// <summary>English sentence that explains it, the key of its translation.</summary>
    public string? Description { get; init; }

    /// <summary>Editor: singleline, multiline, checkbox, dropdown, json-editor, dynamic-outcomes …</summary>
    public string UIHint { get; init; } = "singleline";

    /// <summary>English word, the key of its translation: the tab or group in the form.</summary>
    public string? Category { get; init; }

    /// <summary>Value when none is given; also shown in the form.</summary>
    public JsonNode? DefaultValue { get; init; }

    /// <summary>Expression type offered first; null is Literal.</summary>
    public string? DefaultSyntax { get; init; }

    /// <summary>Place in the form.</summary>
    public float Order { get; init; }

    /// <summary>True when publishing needs a value.</summary>
    public bool IsRequired { get; init; }

    /// <summary>True keeps the value out of journals.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>False when the property is the plain value, not <c>{typeName, expression}</c> around it.</summary>
    public bool IsWrapped { get; init; } = true;

    /// <summary>False hides it in the designer.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>True shows it without letting it be changed.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>False for an input the activity evaluates itself, again and again (the condition of While).</summary>
    public bool AutoEvaluate { get; init; } = true;

    /// <summary>Fixed choices of a drop-down.</summary>
    public IReadOnlyList<InputOption>? Options { get; init; }

    /// <summary>More for the editor, as Elsa's <c>uiSpecifications</c>; joined with <see cref="Options"/>.</summary>
    public JsonObject? UISpecifications { get; init; }

    /// <summary>The name as the JSON property writes it.</summary>
    public string PropertyName => ActivityDescriptor.Camel(Name);
}

/// <summary>An output of an activity.</summary>
/// <param name="Name">Name in PascalCase; the JSON property is its camelCase.</param>
/// <param name="TypeName">Type of the value.</param>
/// <param name="DisplayName">English sentence, the key of its translation.</param>
/// <param name="Description">English sentence, the key of its translation.</param>
public sealed record OutputDescriptor(string Name, string TypeName, string DisplayName, string? Description = null)
{
    /// <summary>The name as the JSON property writes it.</summary>
    public string PropertyName => ActivityDescriptor.Camel(Name);
}

/// <summary>
/// A type of activity as the designer offers it and the engine checks it. All texts are English sentences and the keys
/// of their translations. Immutable once in a catalog.
/// </summary>
public sealed record ActivityDescriptor
{
    /// <summary>Full, stable name: <c>Elsa.WriteLine</c>, <c>Crm.Routines.Stage</c>.</summary>
    public required string TypeName { get; init; }

    /// <summary>Version of the type.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Group in the tool box.</summary>
    public required string Category { get; init; }

    /// <summary>Title in the tool box.</summary>
    public required string DisplayName { get; init; }

    /// <summary>What it does.</summary>
    public string? Description { get; init; }

    /// <summary>Kind.</summary>
    public ActivityKind Kind { get; init; } = ActivityKind.Action;

    /// <summary>Who carries it out; other modules add <see cref="ActivityExecutor.External"/> only.</summary>
    public ActivityExecutor Executor { get; init; } = ActivityExecutor.External;

    /// <summary>Inputs, in the order of the form.</summary>
    public IReadOnlyList<InputDescriptor> Inputs { get; init; } = [];

    /// <summary>Outputs.</summary>
    public IReadOnlyList<OutputDescriptor> Outputs { get; init; } = [];

    /// <summary>Outcomes and embedded ports. An activity with no flow port has the outcome <c>Done</c>.</summary>
    public IReadOnlyList<PortDescriptor> Ports { get; init; } = [];

    /// <summary>Name (PascalCase) of an input whose list of names are outcomes too (FlowFork's branches, a Stage's outcomes); null when none.</summary>
    public string? OutcomesInput { get; init; }

    /// <summary>Outcomes that the engine may give although they are no ports of the designer (a started routine's Faulted and Canceled).</summary>
    public IReadOnlyList<string> HiddenOutcomes { get; init; } = [];

    /// <summary>Free properties handed to Studio.</summary>
    public JsonObject? CustomProperties { get; init; }

    /// <summary>Values that Studio writes into a new activity of this type.</summary>
    public JsonObject? ConstructionProperties { get; init; }

    /// <summary>True for flowchart, sequence and the like.</summary>
    public bool IsContainer { get; init; }

    /// <summary>False hides it in the tool box.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>True for the start of a flowchart.</summary>
    public bool IsStart { get; init; }

    /// <summary>True when reaching its end ends the flowchart around it.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>True when it runs in the background by default.</summary>
    public bool RunAsynchronously { get; init; }

    /// <summary>True when a plain text with places like <c>{{ customer.name }}</c> is filled; what Elsa defines takes it as it stands.</summary>
    internal bool FillsTexts => Executor == ActivityExecutor.External && !TypeName.StartsWith("Elsa.", StringComparison.Ordinal);

    /// <summary>Last part of the type name.</summary>
    public string Name => TypeName[(TypeName.LastIndexOf('.') + 1)..];

    /// <summary>The type name without its last part.</summary>
    public string Namespace => TypeName.LastIndexOf('.') is var dot and > 0 ? TypeName[..dot] : "";

    /// <summary>Names of the fixed outcomes; <c>Done</c> when the descriptor lists none.</summary>
    public IReadOnlyList<string> Outcomes => outcomes ??= FixedOutcomes();
    private IReadOnlyList<string>? outcomes;

    /// <summary>The input of this name, PascalCase or camelCase; null when there is none.</summary>
    public InputDescriptor? Input(string name) => Inputs.FirstOrDefault(input => string.Equals(input.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a plain text in this input is filled where it has places (<c>{{customer.name}}</c>), whatever kind it is of.</summary>
    public bool Fills(InputDescriptor input) => FillsTexts && input is { TypeName: "String", UIHint: "singleline" or "multiline", Options: null };

    /// <summary>The descriptor in Elsa's JSON, texts passed through <paramref name="translate"/>.</summary>
    public JsonObject ToJson(Func<string, string>? translate = null)
    {
        string? T(string? text) => text is null || translate is null ? text : translate(text);
        return new JsonObject
        {
            ["typeName"] = TypeName,
            ["namespace"] = Namespace,
            ["name"] = Name,
            ["version"] = Version,
            ["category"] = T(Category),
            ["displayName"] = T(DisplayName),
            ["description"] = T(Description),
            ["kind"] = Kind.ToString(),
            ["inputs"] = new JsonArray([.. Inputs.Select(input => InputJson(input, T))]),
            ["outputs"] = new JsonArray([.. Outputs.Select(output => (JsonNode)new JsonObject
            {
                ["name"] = output.Name,
                ["typeName"] = output.TypeName,
                ["displayName"] = T(output.DisplayName),
                ["description"] = T(output.Description),
                ["order"] = 0,
                ["isBrowsable"] = true,
                ["isSerializable"] = true,
                ["isSynthetic"] = false,
            })]),
            ["ports"] = new JsonArray([.. DesignerPorts().Select(port => (JsonNode)new JsonObject
            {
                ["name"] = port.Name,
                ["displayName"] = T(port.DisplayName ?? port.Name),
                ["type"] = port.Type.ToString(),
                ["isBrowsable"] = port.IsBrowsable,
            })]),
            ["customProperties"] = CustomProperties?.DeepClone() ?? new JsonObject(),
            ["constructionProperties"] = ConstructionProperties?.DeepClone() ?? new JsonObject(),
            ["isContainer"] = IsContainer,
            ["isBrowsable"] = IsBrowsable,
            ["isStart"] = IsStart,
            ["isTerminal"] = IsTerminal,
            ["runAsynchronously"] = RunAsynchronously,
        };
    }

    internal static string Camel(string name) => name.Length == 0 || char.IsLower(name[0]) ? name : char.ToLowerInvariant(name[0]) + name[1..];

    // An activity whose outcomes all come from an input has no fixed port; a terminal one has none at all.
    private IReadOnlyList<string> FixedOutcomes()
    {
        var flow = Ports.Where(port => port.Type == PortType.Flow).Select(port => port.Name).ToArray();
        return flow.Length > 0 || OutcomesInput is not null ? flow : ["Done"];
    }

    private IEnumerable<PortDescriptor> DesignerPorts() =>
        Ports.Any(port => port.Type == PortType.Flow) || OutcomesInput is not null || IsTerminal
            ? Ports
            : [.. Ports, new PortDescriptor("Done")];

    private static JsonNode InputJson(InputDescriptor input, Func<string?, string?> translate)
    {
        var specifications = input.UISpecifications?.DeepClone().AsObject() ?? [];
        if (input.Options is { } options)
        {
            var items = new JsonArray([.. options.Select(option => (JsonNode)new JsonObject { ["text"] = translate(option.Text), ["value"] = option.Value })]);
            specifications[input.UIHint] = new JsonObject { ["selectList"] = new JsonObject { ["items"] = items, ["isFlagsEnum"] = false } };
        }
        return new JsonObject
        {
            ["name"] = input.Name,
            ["typeName"] = input.TypeName,
            ["displayName"] = translate(input.DisplayName),
            ["description"] = translate(input.Description),
            ["order"] = input.Order,
            ["isBrowsable"] = input.IsBrowsable,
            ["isSynthetic"] = false,
            ["isWrapped"] = input.IsWrapped,
            ["uiHint"] = input.UIHint,
            ["category"] = translate(input.Category),
            ["defaultValue"] = input.DefaultValue?.DeepClone(),
            ["defaultSyntax"] = input.DefaultSyntax,
            ["isReadOnly"] = input.IsReadOnly,
            ["isSensitive"] = input.IsSensitive,
            ["isSerializable"] = true,
            ["uiSpecifications"] = specifications,
        };
    }
}

/// <summary>The types of activity that are known.</summary>
public interface IActivityCatalog
{
    /// <summary>The descriptor of this type and version; when the version is not there (or 0), the highest version of the type; null when the type is unknown.</summary>
    ActivityDescriptor? Find(string typeName, int version = 0);

    /// <summary>All descriptors, ordered by type name, then version.</summary>
    IReadOnlyList<ActivityDescriptor> All { get; }
}

/// <summary>An unchanging catalog.</summary>
public sealed class ActivityCatalog : IActivityCatalog
{
    private readonly Dictionary<string, ActivityDescriptor[]> byType;

    /// <summary>A catalog of these descriptors.</summary>
    /// <exception cref="ArgumentException">Two share type name and version.</exception>
    public ActivityCatalog(IEnumerable<ActivityDescriptor> descriptors)
    {
        All = [.. descriptors.OrderBy(descriptor => descriptor.TypeName, StringComparer.Ordinal).ThenBy(descriptor => descriptor.Version)];
        byType = All.GroupBy(descriptor => descriptor.TypeName, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        foreach (var versions in byType.Values)
            for (var i = 1; i < versions.Length; i++)
                if (versions[i].Version == versions[i - 1].Version)
                    throw new ArgumentException($"Two activities are called {versions[i].TypeName} version {versions[i].Version}.", nameof(descriptors));
    }

    /// <summary>The activities that the engine brings, alone.</summary>
    public static ActivityCatalog Standard { get; } = new(StandardActivities.Descriptors);

    /// <inheritdoc />
    public IReadOnlyList<ActivityDescriptor> All { get; }

    /// <inheritdoc />
    public ActivityDescriptor? Find(string typeName, int version = 0)
    {
        if (!byType.TryGetValue(typeName, out var versions)) return null;
        foreach (var descriptor in versions)
            if (descriptor.Version == version) return descriptor;
        return versions[^1];
    }
}
