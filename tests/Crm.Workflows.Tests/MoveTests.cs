using System.Text.Json.Nodes;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>A job on one version of a drawing goes on on another.</summary>
public class MoveTests
{
    private static readonly Dictionary<string, PlaceChoice> Nothing = [];

    [Fact]
    public void A_waiting_stage_is_the_same_execution_on_the_new_version_and_hears_what_is_new()
    {
        var job = Flow("Call -> Offer", Stage("Call"), Stage("Offer")).Start();
        var call = job.Asked("Call").ExecutionId;
        var (moved, result) = Move(job, Next("Call:Interested -> Offer, Call:No -> Archive", Stage("Call", "Interested", "No"), Stage("Offer"), Stage("Archive")));

        result.Verdict.Should().Be(MoveVerdict.Moves);
        var told = moved!.Effects.OfType<ActivityMoved>().Single();
        told.ExecutionId.Should().Be(call);
        told.Inputs!["outcomes"]!.AsArray().Select(o => o!.ToString()).Should().Equal("Interested", "No");
        moved.State.DefinitionVersion.Should().Be(2);
        moved.Give(new ActivityCompleted(call, ["No"])).Applied.Should().BeTrue();
        moved.Waits("Archive").Should().BeTrue();
    }

    [Fact]
    public void The_journal_says_who_moved_it_from_which_version_without_a_gap()
    {
        var job = Flow("", Stage("Call")).Start();
        var (moved, _) = Move(job, Next("", Stage("Call")));
        var line = moved!.Journal[^1];
        (line.Event, line.Sequence, line.Message).Should().Be((JournalEvent.Moved, job.Journal[^1].Sequence + 1, "Moved from version 1 to 2 by Sara"));
        line.Payload!["from"]!.GetValue<int>().Should().Be(1);
        line.Payload["to"]!.GetValue<int>().Should().Be(2);
    }

    [Fact]
    public void A_stage_drawn_anew_is_known_by_kind_and_title()
    {
        var job = Flow("Call -> Offer", Stage("Call"), Stage("Offer")).Start();
        var anew = Stage("other");
        anew["name"] = "Call";
        var (moved, result) = Move(job, Next("other -> Offer", anew, Stage("Offer")));
        result.Verdict.Should().Be(MoveVerdict.Moves);
        moved!.Waits("other").Should().BeTrue();
        moved.Give(new ActivityCompleted(job.Asked("Call").ExecutionId, ["Done"]));
        moved.Waits("Offer").Should().BeTrue();
    }

    [Fact]
    public void Who_stands_in_a_removed_stage_waits_for_a_choice()
    {
        var job = Flow("Call -> Offer", Stage("Call"), Stage("Offer")).Start();
        var next = Next("", Stage("Offer"));
        var (_, result) = Move(job, next);
        result.Verdict.Should().Be(MoveVerdict.NeedsChoice);
        result.Reasons.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Activity = "Call", Message = "{0} is not in the new version", Arguments = new[] { "Call" } });

        var (there, _) = Move(job, next, ("Call", new PlaceChoice(PlaceFate.Goes, "Offer")));
        there!.Waits("Offer").Should().BeTrue();
        there.Give(new ActivityCompleted(job.Asked("Call").ExecutionId, ["Done"]));
        there.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);

        Move(job, next, ("Call", new PlaceChoice(PlaceFate.Stays))).Result.Verdict.Should().Be(MoveVerdict.Stays);

        var (ended, _) = Move(job, next, ("Call", new PlaceChoice(PlaceFate.Ends)));
        ended!.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        ended.Effects.OfType<CancelActivity>().Single().ActivityId.Should().Be("Call");
    }

    [Fact]
    public void Another_kind_of_box_begins_and_the_old_one_is_taken_back()
    {
        var job = Flow("Call -> Offer", Stage("Call"), Stage("Offer")).Start();
        var (moved, _) = Move(job, Next("Pause -> Offer", Activity("Delay", "Pause", ("timeSpan", Literal("01:00:00"))), Stage("Offer")), ("Call", new PlaceChoice(PlaceFate.Goes, "Pause")));
        moved!.Effects.OfType<CancelActivity>().Single().ActivityId.Should().Be("Call");
        moved.State.Bookmarks.Should().ContainSingle(bookmark => bookmark.Kind == BookmarkKind.Timer);
        moved.Due();
        moved.Waits("Offer").Should().BeTrue();
    }

    [Fact]
    public void A_timer_keeps_its_moment_and_an_event_has_the_new_name()
    {
        var job = Flow("s -> Wait, s -> Hear", Activity("Start", "s"), Activity("Delay", "Wait", ("timeSpan", Literal("02:00:00"))), Activity("Event", "Hear", ("eventName", Literal("paid")))).Start();
        var due = job.State.Bookmarks.Single(bookmark => bookmark.Kind == BookmarkKind.Timer);
        var (moved, _) = Move(job, Next("s -> Wait, s -> Hear", Activity("Start", "s"), Activity("Delay", "Wait", ("timeSpan", Literal("09:00:00"))), Activity("Event", "Hear", ("eventName", Literal("settled")))));
        moved!.State.Bookmarks.Should().Contain(due);
        moved.Give(new EventReceived("paid")).Applied.Should().BeFalse();
        moved.Give(new EventReceived("settled")).Applied.Should().BeTrue();
        moved.Give(new TimerDue(due.Id)).Applied.Should().BeTrue("a moment that came while the job was moved is not lost");
        moved.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_waiting_endpoint_is_asked_at_the_address_and_in_the_ways_of_the_new_version()
    {
        static JsonObject Endpoint(string path, string method, string secret) => Activity("HttpEndpoint", "In", ("path", Literal(path)), ("supportedMethods", Literal(new JsonArray(method))), ("secret", Literal(secret)));
        var job = Flow("a -> In, In -> b", Line("a"), Endpoint("orders/{id}", "POST", "old"), Line("b")).Start();
        var old = job.State.Bookmarks.Single();
        var (moved, result) = Move(job, Next("a -> In, In -> b", Line("a"), Endpoint("sales/{id}", "PUT", "new"), Line("b")));
        result.Verdict.Should().Be(MoveVerdict.Moves);
        var door = moved!.State.Bookmarks.Single();
        door.Name.Should().Be("sales/{id}");
        var read = HttpDoor.Read((JsonObject)door.Payload!);
        read.Methods.Should().Equal("PUT");
        (read.Knows("new"), read.Knows("old")).Should().Be((true, false));
        moved.Give(new BookmarkResumed(old.Id, new JsonObject())).Applied.Should().BeFalse();
        moved.Give(new BookmarkResumed(door.Id, new JsonObject())).Applied.Should().BeTrue();
        moved.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);

        Move(job, Next("a -> In, In -> b", Line("a"), Endpoint("orders/{id}", "POST", "old"), Line("b", "other"))).Moved!.State.Bookmarks.Single().Id.Should().Be(old.Id);
    }

    [Fact]
    public void A_half_complete_join_waits_on_for_its_other_branch()
    {
        var job = Flow("s -> A, s -> B, A -> j, B -> j, j -> End", Activity("Start", "s"), Stage("A"), Stage("B"), Join("j", "WaitAll"), Stage("End")).Start();
        job.Done("A");
        var (moved, result) = Move(job, Next("s -> A, s -> B2, A -> j2, B2 -> j2, j2 -> End", Activity("Start", "s"), Stage("A"), Named(Stage("B2"), "B"), Named(Join("j2", "WaitAll"), "j"), Stage("End")));
        result.Verdict.Should().Be(MoveVerdict.Moves);
        moved!.Waits("End").Should().BeFalse();
        moved.Give(new ActivityCompleted(job.Asked("B").ExecutionId, ["Done"]));
        moved.Waits("End").Should().BeTrue();
    }

    [Fact]
    public void A_join_that_has_all_that_the_new_version_asks_for_goes()
    {
        var job = Flow("s -> A, s -> B, A -> j, B -> j, j -> End", Activity("Start", "s"), Stage("A"), Stage("B"), Join("j", "WaitAll"), Stage("End")).Start();
        job.Done("A");
        var (moved, _) = Move(job, Next("s -> A, A -> j, j -> End", Activity("Start", "s"), Stage("A"), Join("j", "WaitAll"), Stage("End")), ("B", new PlaceChoice(PlaceFate.Ends)));
        moved!.Waits("End").Should().BeTrue();
        moved.State.Executions.Should().NotContain(execution => execution.Activity == "B");
    }

    [Fact]
    public void A_job_whose_join_would_wait_for_nobody_is_not_moved()
    {
        var job = Flow("s -> A, s -> B, A -> j, B -> j, j -> End", Activity("Start", "s"), Stage("A"), Stage("B"), Join("j", "WaitAll"), Stage("End")).Start();
        job.Done("A");
        var next = Next("s -> A, s -> B, s -> C, A -> j, B -> j, C -> j, j -> End", Activity("Start", "s"), Stage("A"), Stage("B"), Stage("C"), Join("j", "WaitAll"), Stage("End"));
        var (_, result) = Move(job, next);
        result.Verdict.Should().Be(MoveVerdict.NeedsChoice);
        result.Reasons.Single().Message.Should().Be("{0} would wait for a branch that nobody is on");
    }

    [Fact]
    public void Two_branches_are_not_laid_into_one_box()
    {
        var job = Flow("s -> A, s -> B", Activity("Start", "s"), Stage("A"), Stage("B")).Start();
        var (_, result) = Move(job, Next("s -> A", Activity("Start", "s"), Stage("A")), ("B", new PlaceChoice(PlaceFate.Goes, "A")));
        result.Reasons.Single().Message.Should().Be("Two branches of the job would stand at {0}");
    }

    [Fact]
    public void A_failed_box_is_tried_again_as_the_new_version_draws_it()
    {
        var job = Flow("Test:True -> Offer", Decision("Test", "customer.nothing.there > 1"), Stage("Offer")).Start(data: new JsonObject { ["customer"] = new JsonObject() });
        var incident = job.State.Incidents.Single();
        var (moved, _) = Move(job, Next("Test:True -> Offer", Decision("Test", "true"), Stage("Offer")));
        moved!.State.Incidents.Should().ContainSingle(open => open.Id == incident.Id);
        moved.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        moved.Give(new Retry(incident.Id));
        moved.Waits("Offer").Should().BeTrue();
    }

    [Fact]
    public void A_started_routine_is_waited_for_on_the_new_version()
    {
        var job = Flow("Sub -> End", Activity("ExecuteWorkflow", "Sub", ("workflowDefinitionId", Literal("child")), ("waitForCompletion", Literal(true))), Stage("End")).Start();
        var started = job.Effects.OfType<StartChild>().Single().ExecutionId;
        var (moved, _) = Move(job, Next("Sub -> Check, Check -> End", Activity("ExecuteWorkflow", "Sub", ("workflowDefinitionId", Literal("child")), ("waitForCompletion", Literal(true))), Stage("Check"), Stage("End")));
        moved!.Give(new ChildFinished(started, WorkflowSubStatus.Finished)).Applied.Should().BeTrue();
        moved.Waits("Check").Should().BeTrue();
    }

    [Fact]
    public void A_sequence_goes_on_behind_the_box_under_way()
    {
        JsonObject Sequence(params JsonObject[] inside) => Activity("Sequence", "seq", ("activities", new JsonArray([.. inside])));
        var job = Definition(Sequence(Stage("A"), Stage("B"))).Start();
        var (moved, _) = Move(job, Version2(Definition(Sequence(Stage("New"), Stage("A"), Stage("C"), Stage("B")))));
        moved!.Give(new ActivityCompleted(job.Asked("A").ExecutionId, ["Done"]));
        moved.Waits("C").Should().BeTrue();
    }

    [Fact]
    public void A_box_that_went_into_another_container_waits_for_a_choice()
    {
        var job = Flow("A -> B", Stage("A"), Stage("B")).Start();
        var (_, result) = Move(job, Next("Part -> B", Flowchart("Part", "", Stage("A")), Stage("B")));
        result.Reasons.Single().Message.Should().Be("“{0}” stands inside another box in the new version");
    }

    [Fact]
    public void New_variables_have_their_first_value_and_old_ones_keep_theirs()
    {
        var job = Definition(Flowchart("flow", "", Stage("A")), ("n", "Int32", "7")).Start();
        var (moved, _) = Move(job, Version2(Definition(Flowchart("flow", "", Stage("A")), ("n", "Int32", "1"), ("m", "Int32", "3"))));
        moved!.State.Variables["n"]!.GetValue<int>().Should().Be(7);
        moved.State.Variables["m"]!.GetValue<int>().Should().Be(3);
    }

    [Fact]
    public void A_move_and_its_undo_give_the_same_state_back() => ForSeeds(seed =>
    {
        var (definition, limits) = PropertyTests.Draw(seed);
        var job = PropertyTests.Play(seed, definition, limits, _ => { });
        var next = Changed(definition, seed);
        if (CompiledWorkflow.TryCompile(next, Catalog, out _) is not { } to) return;
        var plan = Plan(job, to, seed);
        var before = job.State.ToJson();
        var result = Mover.Move(job.Workflow, to, job.State, plan, new MoveNote("Sara"), job.Now, limits: limits);
        job.State.ToJson().Should().Be(before, "a state that is given is not changed");
        if (result.Run is not { } run || run.State.IsOver) return;
        Whole(to, run.State);

        var back = Mover.MoveBack(to, job.Workflow, job.State, run.State, new MoveNote("Sara"), job.Now, limits: limits);
        Whole(job.Workflow, back.State);
        back.Journal.Select(line => line.Sequence).Should().Equal(Enumerable.Range(1, back.Journal.Count).Select(n => run.State.LastSequence + n));
        if (back.Steps == 0) Bare(back.State).Should().Be(Bare(job.State), "seed {0}", seed);
        else Stands(back.State).Should().BeEquivalentTo(Stands(job.State), "what was taken back outside begins anew at the same box");
    });

    [Fact]
    public void Moved_to_the_same_drawing_a_job_goes_on_as_if_nothing_had_been() => ForSeeds(seed =>
    {
        var (definition, limits) = PropertyTests.Draw(seed);
        var job = PropertyTests.Play(seed, definition, limits, _ => { });
        if (job.State.IsOver) return;
        var to = CompiledWorkflow.Compile(Version2(definition.Clone()), Catalog);
        var result = Mover.Move(job.Workflow, to, job.State, new MovePlan(VersionPairs.Match(VersionPairs.Flatten(job.Workflow), VersionPairs.Flatten(to)), Nothing), new MoveNote("Sara"), job.Now, limits: limits);
        result.Verdict.Should().Be(MoveVerdict.Moves, "{0}", string.Join(", ", result.Reasons));
        result.Run!.Effects.Should().NotContain(effect => !(effect is ActivityMoved || effect is IncidentOpened));
        var expected = job.State.Clone();
        (expected.DefinitionVersion, expected.DefinitionVersionId) = (2, "v2");
        if (!result.Run.Effects.OfType<IncidentOpened>().Any()) Different(Bare(result.Run.State), Bare(expected)).Should().BeNull();
    });

    [Fact]
    public void The_same_move_gives_the_same_bytes() => ForSeeds(seed =>
    {
        string Run()
        {
            var (definition, limits) = PropertyTests.Draw(seed);
            var job = PropertyTests.Play(seed, definition, limits, _ => { });
            if (CompiledWorkflow.TryCompile(Changed(definition, seed), Catalog, out _) is not { } to) return "";
            var result = Mover.Move(job.Workflow, to, job.State, Plan(job, to, seed), new MoveNote("Sara"), job.Now, limits: limits);
            return string.Join("\n", (result.Run?.Journal ?? []).Select(entry => entry.ToJson())) + result.Run?.State.ToJson() + string.Join(",", result.Reasons.Select(reason => reason.Message + reason.Activity));
        }
        Run().Should().Be(Run());
    });

    // ---- kit

    private static void ForSeeds(Action<int> holds) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds));

    private static WorkflowDefinition Next(string arrows, params JsonObject[] activities) => Version2(Flow(arrows, activities));

    private static WorkflowDefinition Version2(WorkflowDefinition definition)
    {
        (definition.Id, definition.Version) = ("v2", 2);
        return definition;
    }

    private static JsonObject Named(JsonObject activity, string name)
    {
        activity["name"] = name;
        return activity;
    }

    private static (Job? Moved, MoveResult Result) Move(Job job, WorkflowDefinition next, params (string Activity, PlaceChoice Choice)[] choices)
    {
        var to = CompiledWorkflow.Compile(next, Catalog);
        var plan = new MovePlan(VersionPairs.Match(VersionPairs.Flatten(job.Workflow), VersionPairs.Flatten(to)), choices.ToDictionary(c => c.Activity, c => c.Choice));
        var result = Mover.Move(job.Workflow, to, job.State, plan, new MoveNote("Sara"), job.Now, job.Data, job.Limits);
        if (result.Run is not { } run) return (null, result);
        var moved = new Job(to, WorkflowState.Parse(run.State.ToUtf8())) { Now = job.Now, Data = job.Data, Limits = job.Limits };
        moved.Effects.AddRange(run.Effects);
        moved.Journal.AddRange(run.Journal);
        return (moved, result);
    }

    /// <summary>Some boxes of the outermost flowchart are gone, some have another id.</summary>
    private static WorkflowDefinition Changed(WorkflowDefinition definition, int seed)
    {
        var random = new Random(seed ^ 0x5EED);
        var next = Version2(definition.Clone());
        var root = next.Root!.Json;
        var activities = root["activities"]!.AsArray();
        var connections = root["connections"]!.AsArray();
        foreach (var activity in activities.OfType<JsonObject>().ToList())
        {
            var id = activity["id"]!.GetValue<string>();
            switch (random.Next(6))
            {
                case 0 when activities.Count > 1:
                    activities.Remove(activity);
                    foreach (var arrow in connections.OfType<JsonObject>().Where(arrow => arrow["source"]!["activity"]!.GetValue<string>() == id || arrow["target"]!["activity"]!.GetValue<string>() == id).ToList()) connections.Remove(arrow);
                    break;
                case 1:
                    activity["id"] = "new-" + id;
                    foreach (var end in connections.OfType<JsonObject>().SelectMany(arrow => new[] { arrow["source"]!.AsObject(), arrow["target"]!.AsObject() }))
                        if (end["activity"]!.GetValue<string>() == id) end["activity"] = "new-" + id;
                    break;
            }
        }
        return next;
    }

    private static MovePlan Plan(Job job, CompiledWorkflow to, int seed)
    {
        var random = new Random(seed ^ 0x9A7);
        var pairs = VersionPairs.Match(VersionPairs.Flatten(job.Workflow), VersionPairs.Flatten(to));
        var choices = new Dictionary<string, PlaceChoice>();
        foreach (var node in job.Workflow.Nodes.Where(node => !pairs.ContainsKey(node.Key) && node.Parent == job.Workflow.Root))
            choices[node.Key] = random.Next(3) == 0 ? new PlaceChoice(PlaceFate.Ends) : new PlaceChoice(PlaceFate.Goes, to.Root.Children[random.Next(to.Root.Children.Count)].Key);
        return new MovePlan(pairs, choices);
    }

    /// <summary>Everything in a state is of its version, and hangs together.</summary>
    private static void Whole(CompiledWorkflow workflow, WorkflowState state)
    {
        if (state.IsOver) return;
        foreach (var execution in state.Executions)
        {
            var node = workflow.Find(execution.Activity);
            node.Should().NotBeNull();
            if (execution.Parent is { } parent) workflow.Find(state.Execution(parent)!.Activity).Should().Be(node!.Parent);
            foreach (var token in execution.Tokens ?? []) node!.Children.Should().Contain(child => child.Id == token.To);
        }
        state.Bookmarks.Should().NotContain(bookmark => state.Execution(bookmark.ExecutionId) == null);
        state.Held.Should().NotContain(held => workflow.Find(held.Activity) == null);
        var waits = state.Bookmarks.Count > 0 || state.Executions.Any(execution => execution.Status == ActivityStatus.Running && workflow.Find(execution.Activity)!.Type == "Test.Stage");
        (waits || state.Incidents.Count > 0).Should().BeTrue("a job that is not over waits for something or says why it does not go on");
    }

    private static string Bare(WorkflowState state)
    {
        var copy = WorkflowState.Parse(state.ToUtf8());
        (copy.LastId, copy.LastSequence, copy.Steps, copy.UpdatedAt) = (0, 0, 0, null);
        return copy.ToJson();
    }

    private static string? Different(string actual, string expected)
    {
        var at = actual.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        return actual == expected ? null : $"…{actual[Math.Max(0, at - 80)..Math.Min(actual.Length, at + 120)]} instead of …{expected[Math.Max(0, at - 80)..Math.Min(expected.Length, at + 120)]}";
    }

    private static IEnumerable<string> Stands(WorkflowState state) => state.Executions.Where(execution => execution.Status == ActivityStatus.Running).Select(execution => execution.Activity).Concat(state.Held.Select(held => held.Activity));
}
