using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

public class FlowchartTests
{
    [Fact]
    public void A_flowchart_starts_at_the_activity_that_start_names()
    {
        var definition = Flow("a -> b", Line("a"), Line("b"));
        definition.Root!.Json["start"] = "b";
        definition.Start().Text.Should().Be("b");
    }

    [Fact]
    public void A_flowchart_starts_at_its_Start_activity_wherever_it_stands() =>
        Flow("s -> b", Line("a"), Line("b"), Activity("Start", "s")).Start().Text.Should().Be("b");

    [Fact]
    public void A_flowchart_without_a_Start_begins_at_the_first_activity_that_nothing_leads_to() =>
        Flow("b -> a, c -> b", Line("a"), Line("b"), Line("c")).Start().Text.Should().Be("c, b, a");

    [Fact]
    public void A_triggered_job_starts_at_its_trigger()
    {
        var definition = Flow("s -> a, t -> b", Activity("Start", "s"), Line("a"), Activity("Event", "t", ("eventName", Literal("paid"))).Starting(), Activity("WriteLine", "b", ("text", Script("getOutputFrom('t').amount"))));
        definition.Start().Text.Should().Be("a");
        definition.Start(trigger: "t", payload: new System.Text.Json.Nodes.JsonObject { ["amount"] = 7 }).Text.Should().Be("7");
    }

    [Fact]
    public void An_external_trigger_hands_over_what_it_brought_without_being_asked()
    {
        var job = Flow("t -> b", Activity("Test.ContactCreated", "t").Starting(), Activity("WriteLine", "b", ("text", Script("getOutputFrom('t', 'contact').name"))))
            .Start(trigger: "t", payload: new System.Text.Json.Nodes.JsonObject { ["contact"] = new System.Text.Json.Nodes.JsonObject { ["name"] = "Sara" } });
        job.Text.Should().Be("Sara");
        job.Effects.OfType<RunActivity>().Should().BeEmpty();
    }

    [Fact]
    public void A_decision_goes_one_way() =>
        Flow("d:True -> a, d:False -> b", Decision("d", "1 < 2"), Line("a"), Line("b")).Start().Text.Should().Be("a");

    [Fact]
    public void A_flowchart_ends_when_nothing_leads_on() =>
        Flow("d:True -> a", Decision("d", "false"), Line("a")).Start().State.SubStatus.Should().Be(WorkflowSubStatus.Finished);

    [Fact]
    public void Branches_of_a_fork_run_side_by_side_in_the_order_of_the_arrows()
    {
        var fork = Activity("FlowFork", "f", ("branches", Expression("Object", "[\"x\",\"y\"]", "String[]")));
        Flow("f:y -> b, f:x -> a, a -> c, b -> d", fork, Line("a"), Line("b"), Line("c"), Line("d")).Start().Text.Should().Be("b, a, d, c");
    }

    [Fact]
    public void A_fork_without_branches_goes_on_by_Done() =>
        Flow("f -> a", Activity("FlowFork", "f"), Line("a")).Start().Text.Should().Be("a");

    [Fact]
    public void A_switch_takes_the_first_case_that_fits_or_all_or_the_default()
    {
        static System.Text.Json.Nodes.JsonArray Cases(params (string Label, string Condition)[] cases) =>
            [.. cases.Select(one => (System.Text.Json.Nodes.JsonNode)new System.Text.Json.Nodes.JsonObject { ["label"] = one.Label, ["condition"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "JavaScript", ["value"] = one.Condition } })];
        WorkflowDefinition Switch(string mode, params (string, string)[] cases) => Flow("s:x -> a, s:y -> b, s:Default -> c", Activity("FlowSwitch", "s", ("cases", Cases(cases)), ("mode", Literal(mode))), Line("a"), Line("b"), Line("c"));
        Switch("MatchFirst", ("x", "true"), ("y", "true")).Start().Text.Should().Be("a");
        Switch("MatchAny", ("x", "true"), ("y", "true")).Start().Text.Should().Be("a, b");
        Switch("MatchFirst", ("x", "false"), ("y", "false")).Start().Text.Should().Be("c");
        Switch("MatchAny", ("x", "false"), ("y", "false")).Start().Text.Should().Be("c");
    }

    [Fact]
    public void A_loop_back_runs_again()
    {
        var definition = Definition(Flowchart("flow", "s -> a, a -> set, set -> d, d:False -> a, d:True -> b",
            Activity("Start", "s"), Line("a"), Activity("SetVariable", "set", ("variable", new System.Text.Json.Nodes.JsonObject { ["id"] = "var-n" }), ("value", Script("variables.n + 1"))), Decision("d", "variables.n >= 3"), Line("b")), ("n", "Int32", "0"));
        definition.Start().Text.Should().Be("a, a, a, b");
    }

    // ---- merging

    private const string TwoBranches = "s -> a, s -> w, a -> m, w -> m, m -> z";

    private static WorkflowDefinition Merge(string? mode) => Flow(TwoBranches, Activity("Start", "s"), Line("a"), Stage("w"), mode is null ? Line("m") : Line("m").Merging(mode), Line("z"));

    [Theory]
    [InlineData(null)]
    [InlineData("None")]
    [InlineData("Stream")]
    [InlineData("Merge")]
    [InlineData("Converge")]
    public void Where_branches_meet_the_slower_one_is_waited_for(string? mode)
    {
        var job = Merge(mode).Start();
        job.Text.Should().Be("a");
        job.Done("w");
        job.Text.Should().Be("a, m, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_cascade_runs_for_each_arrival()
    {
        var job = Merge("Cascade").Start();
        job.Text.Should().Be("a, m, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        job.Done("w");
        job.Text.Should().Be("a, m, z, m, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_race_is_won_by_the_first_and_the_other_is_not_even_asked_for()
    {
        var job = Merge("Race").Start();
        job.Text.Should().Be("a, m, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        job.Effects.Should().NotContain(effect => effect is RunActivity || effect is CancelActivity, "both were asked and taken back in one burst");
    }

    [Fact]
    public void A_race_between_people_stops_the_loser()
    {
        var job = Flow("s -> a, s -> b, a -> j, b -> j, j -> z", Activity("Start", "s"), Stage("a"), Stage("b"), Join("j", "WaitAny"), Line("z")).Start();
        var loser = job.Asked("a").ExecutionId;
        job.Done("b");
        job.Effects.OfType<CancelActivity>().Should().ContainSingle().Which.ExecutionId.Should().Be(loser);
        job.Text.Should().Be("z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        job.Give(new ActivityCompleted(loser, [])).Applied.Should().BeFalse("the job is over");
    }

    [Fact]
    public void A_race_in_a_loop_can_be_won_by_another_branch_each_round()
    {
        var definition = Definition(Flowchart("flow", "s -> d, d:True -> a, d:False -> b, a -> j, b -> j, j -> set, set -> more, more:True -> d, more:False -> z",
            Activity("Start", "s"), Decision("d", "variables.n == 0"), Line("a"), Line("b"), Join("j", "WaitAny"), Activity("SetVariable", "set", ("variable", new System.Text.Json.Nodes.JsonObject { ["id"] = "var-n" }), ("value", Script("variables.n + 1"))), Decision("more", "variables.n < 3"), Line("z")), ("n", "Int32", "0"));
        var job = definition.Start();
        job.Text.Should().Be("a, b, b, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Theory]
    [InlineData("WaitAll")]
    [InlineData("WaitAllActive")]
    public void A_join_of_all_waits_for_all(string mode)
    {
        var job = Flow("s -> a, s -> b, a -> j, b -> j, j -> z", Activity("Start", "s"), Stage("a"), Stage("b"), Join("j", mode), Line("z")).Start();
        job.Done("b");
        job.Text.Should().BeEmpty();
        job.Done("a");
        job.Text.Should().Be("z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_stream_that_was_held_back_goes_when_the_other_branch_takes_another_way()
    {
        // Elsa's own token mode never comes back to c here.
        var job = Flow("s -> a, s -> w, a -> c, w:Yes -> c, w:No -> x", Activity("Start", "s"), Line("a"), Stage("w", "Yes", "No"), Line("c"), Line("x")).Start();
        job.Text.Should().Be("a");
        job.Done("w", "No");
        job.Text.Should().Be("a, x, c");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_merge_whose_branch_was_not_taken_is_an_incident_and_a_person_can_let_it_go_on()
    {
        var job = Flow("s -> a, s -> d, d:True -> b, a -> m, b -> m, m -> z", Activity("Start", "s"), Line("a"), Decision("d", "false"), Line("b"), Line("m").Merging("Merge"), Line("z")).Start();
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        var incident = job.State.Incidents.Should().ContainSingle().Subject;
        incident.Kind.Should().Be(IncidentKind.JoinNeverReady);
        incident.Activity.Should().Be("m");
        job.Give(new Retry(incident.Id)).Applied.Should().BeFalse();
        job.Give(new GoOn(incident.Id, []));
        job.Text.Should().Be("a, m, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void Converge_waits_for_loops_too()
    {
        var job = Flow("s -> a, a -> b, b -> a", Activity("Start", "s"), Line("a").Merging("Converge"), Line("b")).Start();
        job.Text.Should().BeEmpty();
        job.State.Incidents.Should().ContainSingle().Which.Kind.Should().Be(IncidentKind.JoinNeverReady);
    }

    [Fact]
    public void A_merge_inside_a_loop_waits_anew_each_round()
    {
        var definition = Definition(Flowchart("flow", "s -> f, f -> a, f -> b, a -> j, b -> j, j -> set, set -> d, d:True -> f, d:False -> z",
            Activity("Start", "s"), Line("f"), Line("a"), Line("b"), Join("j", "WaitAll"), Activity("SetVariable", "set", ("variable", new System.Text.Json.Nodes.JsonObject { ["id"] = "var-n" }), ("value", Script("variables.n + 1"))), Decision("d", "variables.n < 2"), Line("z")), ("n", "Int32", "0"));
        var job = definition.Start();
        job.Text.Should().Be("f, a, b, f, a, b, z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    // ---- ends

    [Fact]
    public void An_End_ends_the_flowchart_around_it_and_what_still_runs_there()
    {
        var inner = Flowchart("inner", "s -> w, s -> e", Activity("Start", "s"), Stage("w"), Activity("End", "e"));
        var job = Definition(Flowchart("flow", "inner -> z", inner, Line("z"))).Start();
        job.Text.Should().Be("z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_Finish_ends_the_whole_job_from_deep_inside()
    {
        var inner = Flowchart("inner", "", Activity("Finish", "e"));
        var job = Definition(Flowchart("flow", "s -> w, s -> inner, inner -> z", Activity("Start", "s"), Stage("w"), inner, Line("z"))).Start();
        job.Text.Should().BeEmpty();
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        job.State.Executions.Should().BeEmpty();
        job.Effects[^1].Should().BeOfType<Finished>();
    }

    [Fact]
    public void A_Complete_ends_the_job_with_its_outcomes()
    {
        var job = Flow("c -> z", Activity("Complete", "c", ("outcomes", Literal(new System.Text.Json.Nodes.JsonArray("Won")))), Line("z")).Start();
        job.Text.Should().BeEmpty();
        job.Effects.OfType<Finished>().Single().Outcomes.Should().Equal("Won");
    }

    [Fact]
    public void A_fault_stops_its_branch_only_and_the_flowchart_waits_for_it()
    {
        var job = Flow("s -> f, s -> a, f -> x, a -> b", Activity("Start", "s"), Activity("Fault", "f", ("message", Literal("no stock"))), Line("a"), Line("b"), Line("x")).Start();
        job.Text.Should().Be("a, b");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.State.Status.Should().Be(WorkflowStatus.Finished, "Elsa counts a faulted workflow as finished");
        job.State.IsOver.Should().BeFalse("it can be retried");
        job.Give(new GoOn(job.State.Incidents.Single().Id, []));
        job.Text.Should().Be("a, b, x");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_job_that_never_waits_is_stopped_and_can_be_let_go_on()
    {
        var definition = Definition(Flowchart("flow", "set -> d, d:True -> set, d:False -> z",
            Activity("SetVariable", "set", ("variable", new System.Text.Json.Nodes.JsonObject { ["id"] = "var-n" }), ("value", Script("variables.n + 1"))), Decision("d", "variables.n < 40"), Line("z")), ("n", "Int32", "0"));
        var job = definition.Start(limits: new InterpreterLimits { MaxStepsPerBurst = 50 });
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        var incident = job.State.Incidents.Should().ContainSingle().Subject;
        incident.Kind.Should().Be(IncidentKind.StepLimit);
        job.Give(new Retry(incident.Id));
        job.Text.Should().Be("z");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void The_journal_says_which_arrows_were_followed()
    {
        var job = Flow("d:True -> a, d:False -> b, a -> m, b -> m", Decision("d", "true"), Line("a"), Line("b"), Line("m").Merging("Merge")).Start();
        job.Journal.Single(entry => entry.ActivityId == "d" && entry.Event == JournalEvent.Completed).Followed.Should().Equal(new FollowedConnection("True", "a", true));
        job.Journal.Single(entry => entry.ActivityId == "a" && entry.Event == JournalEvent.Completed).Followed.Should().Equal(new FollowedConnection("Done", "m", false));
        job.Journal.Select(entry => entry.Sequence).Should().Equal(Enumerable.Range(1, job.Journal.Count).Select(number => (long)number));
    }
}
