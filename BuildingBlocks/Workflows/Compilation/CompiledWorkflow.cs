using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>A definition that cannot run; the messages say why.</summary>
/// <param name="messages">All findings, warnings too.</param>
public sealed class WorkflowInvalidException(IReadOnlyList<ValidationMessage> messages)
    : Exception("The workflow cannot run: " + string.Join(" ", messages.Where(message => message.Severity == ValidationSeverity.Error).Take(5).Select(message => message.Text)))
{
    /// <summary>All findings, warnings too.</summary>
    public IReadOnlyList<ValidationMessage> Messages => messages;
}

/// <summary>Checks definitions.</summary>
public static class WorkflowValidator
{
    /// <summary>
    /// All findings, in the order of the drawing. Publishing is refused when any is an error. Never throws for what stands in a definition.
    /// </summary>
    /// <param name="definition">The definition; not changed.</param>
    /// <param name="catalog">The known types of activity.</param>
    /// <param name="dataRoots">Names of the data that expressions may use besides variables (<c>customer</c>); null lets every name pass.</param>
    public static IReadOnlyList<ValidationMessage> Validate(WorkflowDefinition definition, IActivityCatalog catalog, IReadOnlySet<string>? dataRoots = null) =>
        new WorkflowCompiler(definition, catalog, dataRoots).Run().Messages;
}

/// <summary>An activity that can start the workflow.</summary>
/// <param name="ActivityId">Its id, to be given to <see cref="Start"/>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Version">Version of the type.</param>
/// <param name="Inputs">Its inputs, evaluated with nothing to see but the clock; an input that needs more is left out.</param>
public sealed record TriggerInfo(string ActivityId, string Type, int Version, JsonObject Inputs)
{
    /// <summary>The next moment after <paramref name="after"/> at which Timer, Cron, StartAt or a calendar schedule start the workflow; null for other types, or never again.</summary>
    /// <param name="after">The last start, or the moment of publishing.</param>
    /// <param name="zone">The zone in which Cron and calendars are meant.</param>
    public DateTimeOffset? NextDue(DateTimeOffset after, TimeZoneInfo zone)
    {
        switch (Type)
        {
            case "Elsa.Timer": return Inputs.Str("interval") is { } text && Moments.TryParseSpan(text, out var span) && span > TimeSpan.Zero ? after + span : null;
            case "Elsa.StartAt": return Inputs.Str("dateTime") is { } at && Moments.TryParse(at, zone, out var moment) && moment > after ? moment : null;
            case "Elsa.Cron": return Inputs.Str("cronExpression") is { } cron && CronSchedule.TryParse(cron, out var schedule, out _) ? schedule.Next(after, zone) : null;
            case StandardActivities.CalendarType: return CalendarSchedule.TryParse(Schedule(Inputs), out var calendar, out _) ? calendar.Next(after, zone) : null;
            default: return null;
        }
    }

    /// <summary>The inputs of a calendar schedule as its text.</summary>
    internal static string Schedule(JsonObject inputs)
    {
        // A list comes as one, as JSON in a text, or as people type it.
        static string? List(JsonNode? node)
        {
            if (node is JsonArray items) return string.Join(',', items.Select(i => i?.ToString()));
            var text = node?.ToString();
            return text is ['[', ..] ? text.Trim('[', ']').Replace("\"", "", StringComparison.Ordinal) : text;
        }

        return CalendarSchedule.Compose(!string.Equals(inputs.Str("calendar"), "Gregorian", StringComparison.OrdinalIgnoreCase), List(inputs["times"]), List(inputs["days"]), List(inputs["months"]), List(inputs["weekdays"]));
    }
}

/// <summary>Which jobs of a workflow may run side by side, as Elsa's activation strategies.</summary>
public enum ActivationStrategy
{
    /// <summary>Any number.</summary>
    Always,

    /// <summary>One.</summary>
    Singleton,

    /// <summary>One for each correlation id.</summary>
    CorrelatedSingleton,

    /// <summary>One for each correlation id, whatever the workflow.</summary>
    Correlation,
}

/// <summary>A version of a definition ready to run: immutable, shared by all its jobs and threads.</summary>
public sealed class CompiledWorkflow
{
    private readonly Dictionary<string, WorkflowNode> byKey;
    private readonly Dictionary<string, WorkflowNode> byName;

    internal CompiledWorkflow(WorkflowDefinition definition, IReadOnlyList<WorkflowNode> nodes, CompiledVariable[] variables)
    {
        DefinitionId = definition.DefinitionId;
        VersionId = definition.Id;
        Version = definition.Version;
        Name = definition.Name;
        Nodes = nodes;
        Variables = variables;
        byKey = nodes.ToDictionary(node => node.Key, StringComparer.Ordinal);
        byName = new Dictionary<string, WorkflowNode>(StringComparer.Ordinal);
        foreach (var node in nodes)
            if (!string.IsNullOrEmpty(node.Name)) byName.TryAdd(node.Name, node);
        foreach (var node in nodes) byName.TryAdd(node.Id, node);
        InputNames = [.. definition.Inputs.Select(input => input.Name)];
        FaultStops = definition.Options.Str("incidentStrategyType") is { } incidents && incidents.Contains("FaultStrategy", StringComparison.Ordinal);
        var activation = definition.Options.Str("activationStrategyType") ?? "";
        Activation = activation.Contains("CorrelatedSingletonStrategy", StringComparison.Ordinal) ? ActivationStrategy.CorrelatedSingleton
            : activation.Contains("SingletonStrategy", StringComparison.Ordinal) ? ActivationStrategy.Singleton
            : activation.Contains("CorrelationStrategy", StringComparison.Ordinal) ? ActivationStrategy.Correlation : ActivationStrategy.Always;
        AnswersRequests = nodes.Any(node => node.Behaviour == Behaviour.WriteHttpResponse);
        Triggers = [.. nodes.Where(node => node.Activity.CanStartWorkflow && node.Descriptor?.Kind == ActivityKind.Trigger).Select(Trigger)];
    }

    /// <summary>Id of the definition.</summary>
    public string DefinitionId { get; }

    /// <summary>Id of the version.</summary>
    public string VersionId { get; }

    /// <summary>Number of the version.</summary>
    public int Version { get; }

    /// <summary>Name of the definition.</summary>
    public string? Name { get; }

    /// <summary>All activities, the root first, containers before what is inside.</summary>
    public IReadOnlyList<WorkflowNode> Nodes { get; }

    /// <summary>The root.</summary>
    public WorkflowNode Root => Nodes[0];

    /// <summary>The activities that can start the workflow.</summary>
    public IReadOnlyList<TriggerInfo> Triggers { get; }

    /// <summary>Names of the inputs that the workflow declares.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>Which jobs may run side by side.</summary>
    public ActivationStrategy Activation { get; }

    /// <summary>True when a fault stops the whole job until it is handled, not its own branch alone.</summary>
    public bool FaultStops { get; }

    /// <summary>True when an activity in it answers an HTTP request.</summary>
    public bool AnswersRequests { get; }

    internal CompiledVariable[] Variables { get; }

    /// <summary>The activity that a state calls by this key; null when this version does not have it.</summary>
    public WorkflowNode? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The first activity of this name, or of this id when none has the name.</summary>
    public WorkflowNode? FindByName(string name) => byName.GetValueOrDefault(name);

    /// <summary>Makes a definition ready to run.</summary>
    /// <exception cref="WorkflowInvalidException">It has errors.</exception>
    public static CompiledWorkflow Compile(WorkflowDefinition definition, IActivityCatalog catalog) =>
        TryCompile(definition, catalog, out var messages) ?? throw new WorkflowInvalidException(messages);

    /// <summary>Makes a definition ready to run; null when it has errors.</summary>
    public static CompiledWorkflow? TryCompile(WorkflowDefinition definition, IActivityCatalog catalog, out IReadOnlyList<ValidationMessage> messages)
    {
        var result = new WorkflowCompiler(definition, catalog, null).Run();
        messages = result.Messages;
        return result.Workflow;
    }

    private static TriggerInfo Trigger(WorkflowNode node)
    {
        var inputs = new JsonObject();
        foreach (var input in node.Inputs)
            if (input.Expression is FixedExpression { Value: { } value }) inputs[input.Property] = value;
            else
                try
                {
                    if (input.Expression.Evaluate(NothingToSee.Instance, ExpressionLimits.Default) is { } computed) inputs[input.Property] = computed.Detached();
                }
                catch (ScriptException)
                {
                    // An input that needs the job's data has no value before there is a job; the runtime sees it missing.
                }
        return new TriggerInfo(node.Id, node.Type, node.Version, inputs);
    }

    private sealed class NothingToSee : IScriptScope
    {
        public static readonly NothingToSee Instance = new();
        public bool TryVariable(string name, out JsonNode? value) => (value = null) is not null;
        public bool TryInput(string name, out JsonNode? value) => (value = null) is not null;
        public bool TryData(string name, out JsonNode? value) => (value = null) is not null;
        public JsonNode? OutputFrom(string activity, string? output) => null;
        public JsonNode? LastResult => null;
        public string? CorrelationId => null;
        public string InstanceId => "";
        public string? InstanceName => null;
        public string DefinitionId => "";
        public string DefinitionVersionId => "";
        public int DefinitionVersion => 0;
        public DateTimeOffset Now => DateTimeOffset.UnixEpoch;
        public TimeZoneInfo TimeZone => TimeZoneInfo.Utc;
    }
}
