using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Workflows;

namespace Crm.Benchmarks;

/// <summary>
/// The interpreter without any database. Figures are given beside a floor that ran in the same process, so that they mean the
/// same on a slow and on a busy machine.
/// </summary>
internal static class InterpreterBenchmarks
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid JobId = Guid.Parse("01990000-0000-7000-8000-000000000001");

    private static readonly ActivityCatalog Catalog = new(StandardActivities.Descriptors.Append(new ActivityDescriptor
    {
        TypeName = "Bench.Stage", Category = "Bench", DisplayName = "Stage", OutcomesInput = "Outcomes",
        Inputs = [new() { Name = "Title", DisplayName = "Title" }, new() { Name = "Outcomes", DisplayName = "Outcomes", TypeName = "String[]" }],
        Outputs = [new("Answers", "Object", "Answers")],
    }));

    public static void Run()
    {
        Console.WriteLine("Interpreter");
        Loop();
        Steps200();
        Expressions();
    }

    /// <summary>One burst of 900 activities: set a variable, decide, go back.</summary>
    private static void Loop()
    {
        var definition = Definition([
            Activity("Elsa.SetVariable", "set", ("variable", new JsonObject { ["name"] = "n" }), ("value", Script("variables.n + 1"))),
            Activity("Elsa.FlowDecision", "d", ("condition", Script("variables.n < 450"))),
            Activity("Elsa.End", "end"),
        ], [("set", "Done", "d"), ("d", "True", "set"), ("d", "False", "end")]);
        var workflow = CompiledWorkflow.Compile(definition, Catalog);
        var fresh = WorkflowState.New(JobId, definition);
        var steps = Interpreter.Run(workflow, fresh, new Start(), Noon).Steps;
        var burst = Timing.Measure($"burst of {steps} activities in a loop", () => Interpreter.Run(workflow, fresh, new Start(), Noon));
        Timing.Say("  interpreter", $"{steps / burst.Median * 1_000_000:N0} steps/s, {burst.Median / steps:N2} µs a step; undisturbed {steps / burst.Best * 1_000_000:N0} steps/s");
        Timing.Measure("compile that definition", () => CompiledWorkflow.Compile(definition, Catalog));
    }

    /// <summary>The figure of routines.md: a job of 200 steps loads, runs a step and saves in under 5 ms median.</summary>
    private static void Steps200()
    {
        var activities = new List<JsonObject>();
        var arrows = new List<(string, string, string)>();
        for (var i = 0; i < 200; i++)
        {
            activities.Add(Activity("Bench.Stage", "stage" + i, ("title", Expression("Liquid", "Stage {{ Variables.n }} of {{ customer.name }}")), ("outcomes", Expression("Object", "[\"Done\",\"Back\"]"))));
            if (i > 0) arrows.Add(("stage" + (i - 1), "Done", "stage" + i));
        }
        var definition = Definition(activities, arrows);
        var workflow = CompiledWorkflow.Compile(definition, Catalog);
        var data = new JsonObject { ["customer"] = new JsonObject { ["name"] = "شرکت آسانبر پارس" } };

        // 198 of the 200 steps are done, each with the answers of its form.
        var result = Interpreter.Run(workflow, WorkflowState.New(JobId, definition), new Start(), Noon, data);
        for (var i = 0; i < 198; i++)
            result = Interpreter.Run(workflow, result.State, Completed(result), Noon, data);
        var saved = result.State.ToUtf8();
        var stimulus = Completed(result);
        Timing.Say("state of a job of 200 steps", $"{saved.Length:N0} bytes");

        var floor = Timing.Measure("  floor: the same JSON through JsonDocument and back", () =>
        {
            using var document = JsonDocument.Parse(saved);
            var buffer = new System.Buffers.ArrayBufferWriter<byte>(saved.Length);
            using var writer = new Utf8JsonWriter(buffer);
            document.RootElement.WriteTo(writer);
        });
        var whole = Timing.Measure("  load, run a step, save", () => Interpreter.Run(workflow, WorkflowState.Parse(saved), stimulus, Noon, data).State.ToUtf8());
        var state = WorkflowState.Parse(saved);
        Timing.Measure("  load and save only", () => WorkflowState.Parse(saved).ToUtf8());
        var step = Timing.Measure("  run the step only", () => Interpreter.Run(workflow, state, stimulus, Noon, data));
        Timing.Say("  ratio to the floor", $"{whole.Best / floor.Best:N2} for all, {step.Best / floor.Best:N2} for the step (best to best); goal of routines.md: {whole.Median / 5000:P2} of 5 ms");
    }

    private static void Expressions()
    {
        var definition = Definition([Activity("Elsa.FlowDecision", "d", ("condition", Script("variables.n > 3 && customer.rank >= 2 || customer.tags.includes('gold')")))], []);
        var workflow = CompiledWorkflow.Compile(definition, Catalog);
        var fresh = WorkflowState.New(JobId, definition);
        var data = new JsonObject { ["customer"] = new JsonObject { ["rank"] = 1, ["tags"] = new JsonArray("iron", "gold") } };
        Timing.Measure("a job of one decision, from start to end", () => Interpreter.Run(workflow, fresh, new Start(), Noon, data));

        var hostile = CompiledWorkflow.Compile(Definition([Activity("Elsa.FlowDecision", "d", ("condition", Script("const a = 'x,'.repeat(20000).split(','); a.map(x => a.map(y => a.map(z => 1)))")))], []), Catalog);
        Timing.Measure("a hostile expression until it is stopped", () => Interpreter.Run(hostile, fresh, new Start(), Noon, data), samples: 50);
    }

    private static ActivityCompleted Completed(RunResult result) =>
        new(result.Effects.OfType<RunActivity>().Single().ExecutionId, ["Done"], new JsonObject { ["answers"] = new JsonObject { ["city"] = "یزد", ["floors"] = 12, ["visited"] = true, ["note"] = "به زودی تماس می‌گیرد" } });

    private static JsonObject Activity(string type, string id, params (string Name, JsonNode Value)[] inputs)
    {
        var json = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1, ["name"] = id };
        foreach (var (name, value) in inputs) json[name] = value;
        return json;
    }

    private static JsonObject Script(string source) => Expression("JavaScript", source);

    private static JsonObject Expression(string type, string source) => new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = type, ["value"] = source } };

    private static WorkflowDefinition Definition(IEnumerable<JsonObject> activities, IEnumerable<(string From, string Port, string To)> arrows) => WorkflowDefinition.Of(new JsonObject
    {
        ["id"] = "v", ["definitionId"] = "d", ["version"] = 1,
        ["variables"] = new JsonArray(new JsonObject { ["id"] = "n", ["name"] = "n", ["typeName"] = "Int32", ["value"] = 0 }),
        ["root"] = new JsonObject
        {
            ["id"] = "flow", ["type"] = "Elsa.Flowchart", ["version"] = 1,
            ["activities"] = new JsonArray([.. activities]),
            ["connections"] = new JsonArray([.. arrows.Select(arrow => (JsonNode)new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = arrow.From, ["port"] = arrow.Port },
                ["target"] = new JsonObject { ["activity"] = arrow.To, ["port"] = "In" },
            })]),
        },
    });
}
