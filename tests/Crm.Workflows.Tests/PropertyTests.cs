using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>Random drawings played by a random world. A failure names the seed; the same seed draws and plays the same again.</summary>
public class PropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(100);

    private static void ForSeeds(Action<int> holds) => Check.One(Many, Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds));

    [Fact]
    public void No_token_is_lost() => ForSeeds(seed =>
    {
        var (definition, limits) = Draw(seed);
        Play(seed, definition, limits, job =>
        {
            var state = job.State;
            if (state.IsOver)
            {
                (state.Executions.Count, state.Bookmarks.Count, state.Held.Count).Should().Be((0, 0, 0));
                return;
            }
            var waits = state.Bookmarks.Count > 0 || state.Executions.Any(execution => execution.Status == ActivityStatus.Running && job.Workflow.Find(execution.Activity)!.Type == "Test.Stage");
            (waits || state.Incidents.Count > 0).Should().BeTrue("a job that is not over waits for something or says why it does not go on");
            foreach (var execution in state.Executions)
            {
                if (execution.Parent is { } parent) state.Execution(parent).Should().NotBeNull("what runs inside a container keeps it");
                if (execution.Status == ActivityStatus.Faulted) state.Incidents.Should().Contain(incident => incident.ExecutionId == execution.Id);
                foreach (var token in execution.Tokens ?? []) AccountFor(job, execution, token);
            }
            state.Bookmarks.Should().NotContain(bookmark => state.Execution(bookmark.ExecutionId) == null);
            state.Bookmarks.Select(bookmark => bookmark.Id).Should().OnlyHaveUniqueItems();
            state.Executions.Select(execution => execution.Id).Should().OnlyHaveUniqueItems();
        });
    });

    [Fact]
    public void Every_execution_that_started_ends_once_or_is_still_there() => ForSeeds(seed =>
    {
        var (definition, limits) = Draw(seed);
        var job = Play(seed, definition, limits, _ => { });
        foreach (var history in job.Journal.GroupBy(entry => entry.ActivityInstanceId))
        {
            var ends = history.Count(entry => entry.Event is JournalEvent.Completed or JournalEvent.Canceled);
            var alive = job.State.Execution(history.Key) is not null;
            ends.Should().Be(alive ? 0 : 1, "execution of {0}: {1}", history.First().ActivityId, string.Join(" ", history.Select(entry => entry.Event)));
        }
        foreach (var asked in job.Effects.OfType<RunActivity>().GroupBy(run => run.ExecutionId))
            asked.Select(run => run.Attempt).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        job.Effects.OfType<CancelActivity>().Select(effect => effect.ExecutionId).Should().OnlyHaveUniqueItems();
        job.Effects.OfType<Finished>().Count().Should().Be(job.State.IsOver ? 1 : 0);
    });

    [Fact]
    public void The_same_stimuli_give_the_same_journal_byte_for_byte() => ForSeeds(seed =>
    {
        var (definition, limits) = Draw(seed);
        string Run()
        {
            var job = Play(seed, WorkflowDefinition.Parse(definition.ToJson()), limits, _ => { });
            return string.Join("\n", job.Journal.Select(entry => entry.ToJson())) + job.State.ToJson();
        }
        Run().Should().Be(Run());
    });

    [Fact]
    public void Unknown_fields_anywhere_in_a_definition_survive() => ForSeeds(seed =>
    {
        var random = new Random(seed);
        var json = (JsonObject)JsonNode.Parse(Draw(seed).Definition.ToJson())!;
        Sprinkle(json, random, 0);
        var text = json.ToJsonString();
        var definition = WorkflowDefinition.Parse(text);
        WorkflowValidator.Validate(definition, Catalog);
        _ = (definition.Variables.Count, definition.AllActivities().Sum(activity => activity.Connections.Count));
        JsonNode.Parse(definition.ToJson()).ShouldBeJson(JsonNode.Parse(text));
    });

    [Fact]
    public void No_text_makes_the_script_parser_do_anything_but_answer() => ForSeeds(seed =>
    {
        string[] pieces = ["(", ")", "[", "]", "{", "}", "x", "=>", "?", ":", "?.", ".", "`", "${", "'", "\"", "+", "-", "!", "1", "variables", "getVariable", "return", "const", "if", "else", ",", ";", "=", "==", " ", "\n", "\\", "/", "//", "/*", "*/", "null", "map", "Math", "new", "Date", "typeof"];
        var random = new Random(seed);
        var source = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
        try
        {
            Workflows.Script.Parse(source);
        }
        catch (ScriptException e)
        {
            e.Position.Should().BeInRange(0, source.Length);
        }
        try
        {
            TextTemplate.Parse(source.Replace("(", "{{", StringComparison.Ordinal).Replace(")", "}}", StringComparison.Ordinal));
        }
        catch (ScriptException e)
        {
            e.Position.Should().BeGreaterThanOrEqualTo(0);
        }
    });


    // ---- what a token must stand for

    private static void AccountFor(Job job, ActivityExecution flow, FlowToken token)
    {
        var container = job.Workflow.Find(flow.Activity)!;
        var target = container.Children.First(child => child.Id == token.To);
        bool Alive(WorkflowNode node) => job.State.Executions.Any(execution => execution.Parent == flow.Id && execution.Activity == node.Key) || job.State.Held.Any(held => held.Parent == flow.Id && held.Activity == node.Key);
        if (token.Blocked)
        {
            target.FixedMergeMode.Should().Be(MergeMode.Race);
            return;
        }
        if (Alive(target)) return;
        if (target.FixedMergeMode is MergeMode.Merge or MergeMode.Converge) return;
        // A stream may stand still only as long as something before it is awaited.
        target.FixedMergeMode.Should().BeOneOf([MergeMode.None, MergeMode.Stream], "{0} has a token and does not run", target.Id);
        var inbound = container.Activity.Connections.Where(connection => connection.Target == token.To).Select(connection => connection.Source).ToHashSet();
        flow.Tokens!.Should().Contain(other => !other.Blocked && inbound.Contains(other.To), "{0} has a token and nothing before it is awaited", target.Id);
    }

    // ---- drawing

    internal static (WorkflowDefinition Definition, InterpreterLimits Limits) Draw(int seed)
    {
        var random = new Random(seed);
        var count = 0;
        var root = DrawFlowchart(random, ref count, 0);
        return (Definition(root, ("n", "Int32", "0")), new InterpreterLimits { MaxStepsPerBurst = 60 });
    }

    private static JsonObject DrawFlowchart(Random random, ref int count, int depth)
    {
        var id = "flow" + count++;
        var activities = new List<JsonObject>();
        for (int i = 0, n = random.Next(1, depth == 0 ? 12 : 5); i < n; i++) activities.Add(DrawActivity(random, ref count, depth));
        if (random.Next(2) == 0) activities.Insert(0, Activity("Start", "start" + count++));
        var arrows = new List<string>();
        foreach (var activity in activities)
        {
            var name = activity["id"]!.GetValue<string>();
            string[] outcomes = activity["type"]!.GetValue<string>() switch
            {
                "Elsa.FlowDecision" => ["True", "False"],
                "Test.Stage" => ["Yes", "No"],
                "Elsa.FlowFork" => ["x", "y"],
                _ => ["Done"],
            };
            foreach (var outcome in outcomes)
                for (var i = random.Next(3); i > 0; i--) arrows.Add($"{name}:{outcome} -> {activities[random.Next(activities.Count)]["id"]!.GetValue<string>()}");
        }
        return Flowchart(id, string.Join(",", arrows.Distinct()), [.. activities]);
    }

    private static JsonObject DrawActivity(Random random, ref int count, int depth)
    {
        var id = "a" + count++;
        var activity = random.Next(depth < 2 ? 16 : 12) switch
        {
            0 or 1 or 2 => Line(id),
            3 or 4 => Stage(id, "Yes", "No"),
            5 => Decision(id, random.Next(3) switch { 0 => "true", 1 => "false", _ => "variables.n % 2 == 0" }),
            6 => Activity("SetVariable", id, ("variable", new JsonObject { ["id"] = "var-n" }), ("value", Script("variables.n + 1"))),
            7 => Join(id, random.Next(2) == 0 ? "WaitAny" : "WaitAll"),
            8 => Activity("FlowFork", id, ("branches", Literal(new JsonArray("x", "y")))),
            9 => Activity("Delay", id, ("timeSpan", Literal("00:10:00"))),
            10 => Activity("Event", id, ("eventName", Literal("e"))),
            11 => random.Next(4) switch { 0 => Activity("Fault", id, ("message", Literal("broken"))), 1 => Activity("End", id), 2 => Activity("RunTask", id, ("taskName", Literal("t"))), _ => Line(id) },
            12 => Activity("ForEach", id, ("items", Script("[1, 2]", "Object[]")), ("body", DrawActivity(random, ref count, depth + 1))),
            13 => Activity("Sequence", id, ("activities", new JsonArray(DrawActivity(random, ref count, depth + 1), DrawActivity(random, ref count, depth + 1)))),
            14 => Activity("Parallel", id, ("activities", new JsonArray(DrawActivity(random, ref count, depth + 1), DrawActivity(random, ref count, depth + 1)))),
            _ => DrawFlowchart(random, ref count, depth + 1),
        };
        return random.Next(4) == 0 && activity["type"]!.GetValue<string>() != "Elsa.FlowJoin" ? activity.Merging(((MergeMode)random.Next(6)).ToString()) : activity;
    }

    // ---- playing

    internal static Job Play(int seed, WorkflowDefinition definition, InterpreterLimits limits, Action<Job> check)
    {
        var random = new Random(seed);
        var job = definition.Start(limits: limits);
        check(job);
        // A drawing that multiplies without end says nothing new after some hundred branches.
        for (var i = 0; i < 25 && !job.State.IsOver && job.State.Held.Count < 200; i++)
        {
            job.Now = job.Now.AddMinutes(1);
            var choices = new List<Stimulus>();
            foreach (var execution in job.State.Executions.Where(execution => execution.Status == ActivityStatus.Running && job.Workflow.Find(execution.Activity)!.Type == "Test.Stage"))
            {
                choices.Add(new ActivityCompleted(execution.Id, [random.Next(2) == 0 ? "Yes" : "No"], new JsonObject { ["who"] = "Sara" }));
                if (random.Next(4) == 0) choices.Add(new ActivityWaiting(execution.Id, [new NewBookmark("alarm", null, job.Now.AddHours(1))]));
                if (random.Next(6) == 0) choices.Add(new ActivityFaulted(execution.Id, "broken"));
            }
            foreach (var bookmark in job.State.Bookmarks)
                choices.Add(bookmark.Kind switch
                {
                    BookmarkKind.Event => new EventReceived("e", 1),
                    BookmarkKind.Task => new TaskCompleted(bookmark.ExecutionId),
                    _ when bookmark.DueAt is not null => new TimerDue(bookmark.Id),
                    _ => new BookmarkResumed(bookmark.Id),
                });
            foreach (var incident in job.State.Incidents) choices.Add(incident.Kind is IncidentKind.JoinNeverReady || random.Next(2) == 0 && incident.Kind != IncidentKind.StepLimit ? new GoOn(incident.Id, []) : new Retry(incident.Id));
            if (choices.Count == 0) break;
            var stimulus = choices[random.Next(choices.Count)];
            job.Give(stimulus).Applied.Should().BeTrue("{0} was open", stimulus.GetType().Name);
            check(job);
            // The same again must do nothing where it would do harm.
            if (stimulus is TimerDue or ActivityCompleted or TaskCompleted) job.Give(stimulus).Applied.Should().BeFalse("{0} was given before", stimulus.GetType().Name);
        }
        return job;
    }

    private static void Sprinkle(JsonNode? node, Random random, int depth)
    {
        if (node is JsonArray array)
            foreach (var item in array) Sprinkle(item, random, depth + 1);
        if (node is not JsonObject obj) return;
        foreach (var (_, value) in obj.ToArray()) Sprinkle(value, random, depth + 1);
        if (random.Next(3) == 0) obj["x-" + random.Next(1000)] = random.Next(4) switch { 0 => JsonNode.Parse("1.50"), 1 => JsonNode.Parse("{\"$id\":[null,1e3,\"ی\"]}"), 2 => JsonNode.Parse("12345678901234567890"), _ => null };
    }
}
