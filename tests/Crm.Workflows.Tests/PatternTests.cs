using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>
/// The control-flow patterns of the public catalogue (workflowpatterns.com, van der Aalst, ter Hofstede, Russell) that the engine claims, a test each, by their numbers there.
/// docs/modules/workflows-engine.md says how each is drawn and which are not claimed.
/// </summary>
public class PatternTests
{
    private static JsonObject Begin() => Activity("Start", "s");

    private static JsonObject Says(string id, string script) => Activity("WriteLine", id, ("text", Script(script)));

    private static JsonObject Wait(string id, string eventName) => Activity("Event", id, ("eventName", Literal(eventName)));

    private static JsonObject Choose(string id, string mode, params (string Label, string Condition)[] cases) => Activity("FlowSwitch", id, ("mode", Literal(mode)), ("cases", new JsonArray([.. cases.Select(c =>
        (JsonNode)new JsonObject { ["label"] = c.Label, ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = c.Condition } })])));

    private static JsonObject Set(string id, string variable, string script) => Activity("SetVariable", id, ("variable", new JsonObject { ["id"] = "var-" + variable }), ("value", Script(script)));

    private static void Over(Job job) => job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);

    // ---- basic

    [Fact]
    public void Pattern_01_sequence() => Flow("a -> b, b -> c", Line("a"), Line("b"), Line("c")).Start().Text.Should().Be("a, b, c");

    [Fact]
    public void Pattern_02_parallel_split()
    {
        var job = Flow("s -> a, s -> b", Begin(), Stage("a"), Stage("b")).Start();
        (job.Waits("a"), job.Waits("b")).Should().Be((true, true));
    }

    [Fact]
    public void Pattern_03_synchronization()
    {
        var job = Flow("s -> a, s -> b, a -> j, b -> j, j -> z", Begin(), Stage("a"), Stage("b"), Join("j", "WaitAll"), Line("z")).Start();
        job.Done("b");
        job.Text.Should().BeEmpty();
        job.Done("a");
        job.Text.Should().Be("z");
        Over(job);
    }

    [Theory]
    [InlineData("true", "a")]
    [InlineData("false", "b")]
    public void Pattern_04_exclusive_choice_and_05_simple_merge(string condition, string way) =>
        Flow("d:True -> a, d:False -> b, a -> m, b -> m", Decision("d", condition), Line("a"), Line("b"), Line("m")).Start().Text.Should().Be(way + ", m");

    // ---- branching and joining

    [Theory]
    [InlineData("x", "a, m")]
    [InlineData("x y", "a, b, m")]
    [InlineData("", "c")]
    public void Pattern_06_multi_choice_and_07_structured_synchronizing_merge(string ways, string lines) => Definition(
            Flowchart("flow", "c1:x -> a, c1:y -> b, c1:Default -> c, a -> m, b -> m", Choose("c1", "MatchAny", ("x", "variables.ways.includes('x')"), ("y", "variables.ways.includes('y')")), Line("a"), Line("b"), Line("c"), Line("m")), ("ways", "String", ways))
        .Start().Text.Should().Be(lines);

    [Fact]
    public void Pattern_08_multi_merge() =>
        Flow("s -> a, s -> b, a -> m, b -> m, m -> z", Begin(), Line("a"), Line("b"), Line("m").Merging("Cascade"), Line("z")).Start().Lines.Should().BeEquivalentTo("a", "b", "m", "z", "m", "z");

    [Fact]
    public void Pattern_29_cancelling_discriminator_the_first_goes_on_and_the_others_are_taken_back()
    {
        var job = Flow("s -> a, s -> b, s -> c, a -> j, b -> j, c -> j, j -> z", Begin(), Stage("a"), Stage("b"), Stage("c"), Join("j", "WaitAny"), Line("z")).Start();
        job.Done("c");
        job.Text.Should().Be("z");
        job.Effects.OfType<CancelActivity>().Select(c => c.ExecutionId).Should().BeEquivalentTo([job.Asked("a").ExecutionId, job.Asked("b").ExecutionId]);
        Over(job);
    }

    [Fact]
    public void Pattern_33_generalized_and_join_a_branch_that_comes_twice_counts_once()
    {
        // The loop brings «a» to the join a second time while «w» is still out; one token an arrow, so the join runs once.
        var job = Definition(Flowchart("flow", "s -> a, s -> w, a -> j, a -> count, count -> d, d:True -> a, w -> j, j -> z",
            Begin(), Line("a"), Set("count", "n", "variables.n + 1"), Decision("d", "variables.n < 2"), Stage("w"), Join("j", "WaitAll"), Line("z")), ("n", "Int32", "0")).Start();
        job.Text.Should().Be("a, a");
        job.Done("w");
        job.Text.Should().Be("a, a, z");
        Over(job);
    }

    [Fact]
    public void Pattern_42_thread_split_one_arrow_for_each_thread() =>
        Flow("s -> x, s -> y, x -> m, y -> m", Begin(), Line("x"), Line("y"), Line("m").Merging("Cascade")).Start().Lines.Count(l => l == "m").Should().Be(2);

    // ---- structure and ends

    [Fact]
    public void Pattern_10_arbitrary_cycles_a_loop_with_two_ways_in_and_two_ways_out()
    {
        var job = Definition(Flowchart("flow", "s -> first, first:True -> a, first:False -> b, a -> b, b -> count, count -> d, d:again -> a, d:middle -> b, d:Default -> z",
            Begin(), Decision("first", "false"), Line("a"), Line("b"), Set("count", "n", "variables.n + 1"), Choose("d", "MatchFirst", ("again", "variables.n == 1"), ("middle", "variables.n == 2")), Line("z")), ("n", "Int32", "0")).Start();
        job.Text.Should().Be("b, a, b, b, z");
        Over(job);
    }

    [Fact]
    public void Pattern_21_structured_loop() =>
        Definition(Activity("While", "loop", ("condition", Script("variables.n < 3", "Boolean")), ("body", Activity("Sequence", "q", ("activities", new JsonArray(Says("a", "variables.n"), Set("next", "n", "variables.n + 1")))))), ("n", "Int32", "0"))
            .Start().Text.Should().Be("0, 1, 2");

    [Fact]
    public void Pattern_22_recursion_a_routine_starts_itself_and_waits_for_its_answer()
    {
        var job = Flow("x -> a", Activity("ExecuteWorkflow", "x", ("workflowDefinitionId", Literal("d1")), ("input", Script("({ depth: 1 })")), ("waitForCompletion", Literal(true))), Line("a")).Start();
        var child = job.Effects.OfType<StartChild>().Single();
        child.DefinitionId.Should().Be("d1");
        job.Give(new ChildFinished(child.ExecutionId, WorkflowSubStatus.Finished, []));
        job.Text.Should().Be("a");
    }

    [Fact]
    public void Pattern_11_implicit_termination_the_job_ends_when_nothing_is_left_to_do()
    {
        var job = Flow("s -> a, s -> b", Begin(), Stage("a"), Stage("b")).Start();
        job.Done("a");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        job.Done("b");
        Over(job);
    }

    [Fact]
    public void Pattern_43_explicit_termination_one_end_ends_all()
    {
        var job = Flow("s -> a, s -> b, a -> f", Begin(), Stage("a"), Stage("b"), Activity("Finish", "f")).Start();
        job.Done("a");
        Over(job);
        job.Effects.OfType<CancelActivity>().Should().ContainSingle().Which.ExecutionId.Should().Be(job.Asked("b").ExecutionId);
    }

    // ---- several instances

    [Fact]
    public void Pattern_12_several_instances_without_synchronization()
    {
        var job = Definition(Activity("Sequence", "q", ("activities", new JsonArray(
            Activity("ForEach", "loop", ("items", Script("['x', 'y', 'z']", "Object[]")), ("body", Activity("DispatchWorkflow", "go", ("workflowDefinitionId", Literal("other")), ("input", Script("({ one: getCurrentValue() })"))))), Line("end"))))).Start();
        job.Effects.OfType<StartChild>().Select(c => c.Input!["one"]!.ToString()).Should().Equal("x", "y", "z");
        job.Text.Should().Be("end", "nobody waits for them");
    }

    [Fact]
    public void Pattern_13_several_instances_known_when_drawn()
    {
        var job = Definition(Activity("Sequence", "q", ("activities", new JsonArray(Activity("Parallel", "p", ("activities", new JsonArray(Stage("a"), Stage("b"), Stage("c")))), Line("end"))))).Start();
        job.Done("b");
        job.Done("c");
        job.Text.Should().BeEmpty();
        job.Done("a");
        job.Text.Should().Be("end");
    }

    [Fact]
    public void Pattern_14_several_instances_known_when_it_runs()
    {
        var job = Definition(Activity("Sequence", "q", ("activities", new JsonArray(Activity("ParallelForEach", "p", ("items", Script("variables.list", "Object[]")), ("body", Stage("w"))), Line("end")))), ("list", "Object", new JsonArray("x", "y"))).Start();
        var asked = job.Effects.OfType<RunActivity>().ToList();
        asked.Should().HaveCount(2);
        foreach (var one in asked)
        {
            job.Text.Should().BeEmpty();
            job.Give(new ActivityCompleted(one.ExecutionId, []));
        }

        job.Text.Should().Be("end");
    }

    [Fact]
    public void Pattern_26_the_instances_are_cancelled_together_and_35_one_of_them_is_enough()
    {
        var job = Definition(Activity("Sequence", "q", ("activities", new JsonArray(
            Activity("ParallelForEach", "p", ("items", Script("['x', 'y', 'z']", "Object[]")), ("body", Activity("Sequence", "one", ("activities", new JsonArray(Stage("w"), Activity("Break", "enough")))))), Line("end"))))).Start();
        var asked = job.Effects.OfType<RunActivity>().ToList();
        job.Give(new ActivityCompleted(asked[1].ExecutionId, []));
        job.Text.Should().Be("end");
        job.Effects.OfType<CancelActivity>().Select(c => c.ExecutionId).Should().BeEquivalentTo([asked[0].ExecutionId, asked[2].ExecutionId]);
    }

    // ---- depending on the state

    [Fact]
    public void Pattern_16_deferred_choice_whoever_comes_first_decides()
    {
        WorkflowDefinition Drawn() => Flow("s -> answer, s -> late, answer -> j, late -> j, j -> z", Begin(), Wait("answer", "answered"), Activity("Delay", "late", ("timeSpan", Literal("02:00:00", "TimeSpan"))), Join("j", "WaitAny"), Line("z"));
        var answered = Drawn().Start();
        answered.Give(new EventReceived("answered"));
        answered.Text.Should().Be("z");
        answered.State.Bookmarks.Should().BeEmpty("the other way is closed");
        var late = Drawn().Start();
        late.Due();
        late.Text.Should().Be("z");
        late.Give(new EventReceived("answered")).Applied.Should().BeFalse();
    }

    [Fact]
    public void Pattern_17_interleaved_parallel_routing_and_40_interleaved_routing_each_once_in_any_order_never_two_at_a_time()
    {
        // The person chooses what is next; what was done is not offered again by the drawing.
        var job = Definition(Flowchart("flow", "c:a -> a, c:b -> b, c:Default -> z, a -> da, b -> db, da -> c, db -> c",
            Choose("c", "MatchFirst", ("b", "!variables.b && (variables.first == 'b' || variables.a)"), ("a", "!variables.a")), Stage("a"), Stage("b"), Set("da", "a", "true"), Set("db", "b", "true"), Line("z")),
            ("first", "String", "b"), ("a", "Boolean", false), ("b", "Boolean", false)).Start();
        (job.Waits("a"), job.Waits("b")).Should().Be((false, true));
        job.Done("b");
        (job.Waits("a"), job.Waits("b")).Should().Be((true, false));
        job.Done("a");
        job.Text.Should().Be("z");
    }

    [Fact]
    public void Pattern_18_milestone_what_may_be_done_until_a_point_is_taken_back_when_it_is_passed()
    {
        var job = Flow("s -> change, s -> order, order -> j, change -> j, j -> ship", Begin(), Stage("change"), Stage("order"), Join("j", "WaitAny"), Stage("ship")).Start();
        job.Waits("change").Should().BeTrue("the order can be changed");
        job.Done("order");
        (job.Waits("change"), job.Waits("ship")).Should().Be((false, true));
    }

    // ---- taking back

    [Fact]
    public void Pattern_19_cancel_activity_by_hand_and_the_job_goes_on()
    {
        var job = Flow("s -> a, a -> z", Begin(), Stage("a"), Line("z")).Start();
        job.Give(new ActivityFaulted(job.Asked("a").ExecutionId, "Nobody is there"));
        job.Give(new GoOn(job.State.Incidents.Single().Id, ["Done"]));
        job.Text.Should().Be("z");
    }

    [Fact]
    public void Pattern_20_cancel_case_closes_everything_it_opened()
    {
        var job = Flow("s -> a, s -> e", Begin(), Stage("a"), Wait("e", "paid")).Start();
        job.Give(new Cancel("The customer is gone"));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Cancelled);
        job.State.Bookmarks.Should().BeEmpty();
        job.Effects.OfType<CancelActivity>().Should().ContainSingle();
    }

    [Fact]
    public void Pattern_25_cancel_region_an_inner_flowchart_ends_with_all_that_runs_in_it_and_the_rest_goes_on()
    {
        var region = Flowchart("region", "r -> w, r -> stop, stop -> e", Activity("Start", "r"), Stage("w"), Wait("stop", "stop"), Activity("End", "e"));
        var job = Definition(Flowchart("flow", "s -> region, s -> outside, region -> z", Begin(), region, Stage("outside"), Line("z"))).Start();
        job.Give(new EventReceived("stop"));
        job.Text.Should().Be("z");
        (job.Waits("w"), job.Waits("outside")).Should().Be((false, true));
    }

    // ---- triggers

    [Fact]
    public void Pattern_23_transient_trigger_an_event_nobody_waits_for_is_gone()
    {
        var job = Flow("s -> w, w -> e, e -> z", Begin(), Stage("w"), Wait("e", "paid"), Line("z")).Start();
        job.Give(new EventReceived("paid")).Applied.Should().BeFalse();
        job.Done("w");
        job.Text.Should().BeEmpty();
        job.Give(new EventReceived("paid"));
        job.Text.Should().Be("z");
    }

    [Fact]
    public void Pattern_24_persistent_trigger_an_event_that_was_written_down_is_there_when_it_is_asked_for()
    {
        var job = Definition(Flowchart("flow", "s -> e, s -> w, e -> keep, w -> d, d:True -> z, d:False -> again, again -> z",
            Begin(), Wait("e", "paid"), Set("keep", "paid", "true"), Stage("w"), Decision("d", "variables.paid"), Wait("again", "paid"), Line("z").Merging("Cascade")), ("paid", "Boolean", false)).Start();
        job.Give(new EventReceived("paid"));
        job.Done("w");
        job.Text.Should().Be("z");
    }
}
