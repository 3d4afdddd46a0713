using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using FluentAssertions;

namespace Crm.Workflows.Tests;

/// <summary>Short ways to write definitions and to play the world around a job.</summary>
internal static class Kit
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 21, 12, 0, 0, TimeSpan.Zero);
    public static readonly Guid JobId = Guid.Parse("01990000-0000-7000-8000-000000000001");

    public static readonly ActivityCatalog Catalog = new(StandardActivities.Descriptors.Concat(
    [
        new ActivityDescriptor
        {
            TypeName = "Test.Stage", Category = "Test", DisplayName = "Stage", OutcomesInput = "Outcomes",
            Inputs =
            [
                new() { Name = "Title", DisplayName = "Title", IsRequired = true },
                new() { Name = "Outcomes", DisplayName = "Outcomes", TypeName = "String[]", UIHint = "dynamic-outcomes", DefaultSyntax = "Object", DefaultValue = """["Done"]""" },
                new() { Name = "Pin", DisplayName = "Pin", IsSensitive = true },
            ],
            Outputs = [new("Answers", "Object", "Answers"), new("Who", "String", "Who")],
        },
        new ActivityDescriptor { TypeName = "Test.ContactCreated", Category = "Test", DisplayName = "Contact created", Kind = ActivityKind.Trigger, Outputs = [new("Contact", "Object", "Contact")] },
    ]));

    public static JsonObject Literal(JsonNode? value, string typeName = "Object") => Expression("Literal", value, typeName);

    public static JsonObject Script(string source, string typeName = "Object") => Expression("JavaScript", source, typeName);

    public static JsonObject Expression(string type, JsonNode? value, string typeName = "Object") =>
        new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    public static JsonObject Activity(string type, string id, params (string Name, JsonNode? Value)[] properties)
    {
        var json = new JsonObject { ["id"] = id, ["type"] = type.Contains('.', StringComparison.Ordinal) ? type : "Elsa." + type, ["version"] = 1, ["name"] = id };
        foreach (var (name, value) in properties) json[name] = value;
        return json;
    }

    public static JsonObject Line(string id, string? text = null) => Activity("WriteLine", id, ("text", Literal(text ?? id)));

    public static JsonObject Stage(string id, params string[] outcomes) => Activity("Test.Stage", id, ("title", Literal(id)), ("outcomes", outcomes.Length == 0 ? null : Literal(new JsonArray([.. outcomes.Select(outcome => (JsonNode)outcome)]))));

    public static JsonObject Decision(string id, string condition) => Activity("FlowDecision", id, ("condition", Script(condition, "Boolean")));

    public static JsonObject Join(string id, string mode) => Activity("FlowJoin", id, ("mode", Literal(mode)));

    public static JsonObject Merging(this JsonObject activity, string mode)
    {
        activity["customProperties"] = new JsonObject { ["mergeMode"] = mode };
        return activity;
    }

    public static JsonObject Starting(this JsonObject activity)
    {
        activity["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return activity;
    }

    /// <summary>Arrows are written <c>a -> b</c> or <c>a:True -> b</c>, several with commas.</summary>
    public static JsonObject Flowchart(string id, string arrows, params JsonObject[] activities) => Activity("Flowchart", id,
        ("activities", new JsonArray([.. activities])),
        ("connections", new JsonArray([.. arrows.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(arrow =>
        {
            var ends = arrow.Split("->", StringSplitOptions.TrimEntries);
            var from = ends[0].Split(':');
            return (JsonNode)new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = from[0], ["port"] = from.Length > 1 ? from[1] : "Done" },
                ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
            };
        })])));

    public static WorkflowDefinition Definition(JsonObject root, params (string Name, string Type, JsonNode? Value)[] variables) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = "v1", ["definitionId"] = "d1", ["name"] = "Test", ["version"] = 1,
        ["variables"] = new JsonArray([.. variables.Select(variable => (JsonNode)new JsonObject { ["id"] = "var-" + variable.Name, ["name"] = variable.Name, ["typeName"] = variable.Type, ["value"] = variable.Value })]),
        ["inputs"] = new JsonArray(), ["outputs"] = new JsonArray(),
        ["root"] = root,
    });

    public static WorkflowDefinition Flow(string arrows, params JsonObject[] activities) => Definition(Flowchart("flow", arrows, activities));

    public static Job Start(this WorkflowDefinition definition, JsonObject? input = null, JsonObject? data = null, InterpreterLimits? limits = null, string? trigger = null, JsonNode? payload = null)
    {
        var job = new Job(CompiledWorkflow.Compile(definition, Catalog), WorkflowState.New(JobId, definition)) { Data = data, Limits = limits };
        job.Give(new Start(input, trigger, null, payload));
        return job;
    }

    public static string DataFolder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "data");

    /// <summary>Equal as JSON, whatever the order of properties.</summary>
    public static void ShouldBeJson(this JsonNode? actual, JsonNode? expected) => JsonNode.DeepEquals(actual, expected).Should().BeTrue("{0} should be {1}", actual?.ToJsonString() ?? "null", expected?.ToJsonString() ?? "null");
}

/// <summary>A job with everything it has said so far. Every state it comes to is saved and loaded before it goes on.</summary>
internal sealed class Job(CompiledWorkflow workflow, WorkflowState state)
{
    public WorkflowState State { get; private set; } = state;
    public CompiledWorkflow Workflow => workflow;
    public JsonObject? Data { get; set; }
    public InterpreterLimits? Limits { get; set; }
    public DateTimeOffset Now { get; set; } = Kit.Noon;
    public List<Effect> Effects { get; } = [];
    public List<JournalEntry> Journal { get; } = [];
    public RunResult Last { get; private set; } = null!;

    public IEnumerable<string> Lines => Effects.OfType<WriteLine>().Select(line => line.Text);
    public string Text => string.Join(", ", Lines);

    public RunResult Give(Stimulus stimulus)
    {
        var before = State.ToJson();
        Last = Interpreter.Run(workflow, State, stimulus, Now, Data, Limits);
        string.Equals(State.ToJson(), before, StringComparison.Ordinal).Should().BeTrue("a state that is given is not changed");
        var saved = Last.State.ToUtf8();
        State = WorkflowState.Parse(saved);
        State.ToUtf8().AsSpan().SequenceEqual(saved).Should().BeTrue("a state survives saving");
        Effects.AddRange(Last.Effects);
        Journal.AddRange(Last.Journal);
        return Last;
    }

    public RunActivity Asked(string activityId) => Effects.OfType<RunActivity>().Last(run => run.ActivityId == activityId);

    public RunResult Done(string activityId, string outcome = "Done", JsonObject? outputs = null) => Give(new ActivityCompleted(Asked(activityId).ExecutionId, [outcome], outputs));

    public bool Waits(string activityId) => State.Executions.Any(execution => execution.Activity == activityId && execution.Status == ActivityStatus.Running);

    public IEnumerable<string> Events(string activityId) => Journal.Where(entry => entry.ActivityId == activityId).Select(entry => entry.Event.ToString());

    public RunResult Due()
    {
        var timer = State.Bookmarks.Where(bookmark => bookmark.DueAt is not null).MinBy(bookmark => bookmark.DueAt)!;
        Now = timer.DueAt!.Value;
        return Give(new TimerDue(timer.Id));
    }
}
