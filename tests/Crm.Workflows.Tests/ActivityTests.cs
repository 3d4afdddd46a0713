using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

public class ActivityTests
{
    private static JsonObject Set(string id, string variable, string script) => Activity("SetVariable", id, ("variable", new JsonObject { ["id"] = "var-" + variable, ["name"] = variable }), ("value", Script(script)));

    private static JsonObject Sequence(string id, params JsonObject[] activities) => Activity("Sequence", id, ("activities", new JsonArray([.. activities])));

    private static JsonObject Says(string id, string script) => Activity("WriteLine", id, ("text", Script(script, "String")));

    // ---- containers

    [Fact]
    public void A_sequence_runs_one_after_another()
    {
        var job = Definition(Sequence("q", Line("a"), Stage("w"), Line("b"))).Start();
        job.Text.Should().Be("a");
        job.Done("w");
        job.Text.Should().Be("a, b");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void Parallel_waits_for_all_its_children()
    {
        var job = Definition(Sequence("q", Activity("Parallel", "p", ("activities", new JsonArray(Stage("a"), Stage("b")))), Line("z"))).Start();
        job.Done("b");
        job.Text.Should().BeEmpty();
        job.Done("a");
        job.Text.Should().Be("z");
    }

    [Theory]
    [InlineData("true", "yes")]
    [InlineData("false", "no")]
    public void If_runs_one_of_two(string condition, string line) =>
        Definition(Sequence("q", Activity("If", "i", ("condition", Script(condition, "Boolean")), ("then", Line("yes")), ("else", Line("no"))), Line("z"))).Start().Text.Should().Be(line + ", z");

    [Fact]
    public void If_without_the_branch_goes_on() =>
        Definition(Sequence("q", Activity("If", "i", ("condition", Literal(false)), ("then", Line("yes"))), Line("z"))).Start().Text.Should().Be("z");

    [Fact]
    public void While_computes_its_condition_each_round() =>
        Definition(Activity("While", "loop", ("condition", Script("variables.n < 3", "Boolean")), ("body", Sequence("q", Says("a", "`round ${variables.n}`"), Set("s", "n", "variables.n + 1")))), ("n", "Int32", "0"))
            .Start().Text.Should().Be("round 0, round 1, round 2");

    [Theory]
    [InlineData(1, 3, 1, true, "1, 2, 3")]
    [InlineData(1, 3, 1, false, "1, 2")]
    [InlineData(3, 1, 1, true, "3, 2, 1")]
    [InlineData(0, 10, 5, true, "0, 5, 10")]
    public void For_counts(int start, int end, int step, bool included, string lines) =>
        Definition(Activity("For", "loop", ("start", Literal(start, "Int32")), ("end", Literal(end, "Int32")), ("step", Literal(step, "Int32")), ("outerBoundInclusive", Literal(included, "Boolean")), ("body", Says("a", "getCurrentValue()"))))
            .Start().Text.Should().Be(lines);

    [Fact]
    public void ForEach_gives_each_item_in_turn_and_to_the_variable_that_it_names()
    {
        var loop = Activity("ForEach", "loop", ("items", Script("['x', 'y']", "Object[]")), ("currentValue", new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "var-item" } }),
            ("body", Says("a", "`${getCurrentIndex()}${getCurrentValue()}${variables.item}`")));
        Definition(loop, ("item", "String", null)).Start().Text.Should().Be("0xx, 1yy");
    }

    [Fact]
    public void ForEach_waits_inside_and_remembers_where_it_was()
    {
        var job = Definition(Activity("ForEach", "loop", ("items", Expression("Object", "[1,2]", "Object[]")), ("body", Sequence("q", Stage("w"), Says("a", "getCurrentValue()"))))).Start();
        job.Done("w");
        job.Text.Should().Be("1");
        job.Done("w");
        job.Text.Should().Be("1, 2");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void ParallelForEach_gives_each_run_its_own_item()
    {
        var job = Definition(Activity("ParallelForEach", "loop", ("items", Script("['x', 'y']", "Object[]")), ("body", Sequence("q", Stage("w"), Says("a", "getCurrentValue()"))))).Start();
        var asked = job.Effects.OfType<RunActivity>().ToList();
        asked.Should().HaveCount(2);
        job.Give(new ActivityCompleted(asked[1].ExecutionId, []));
        job.Give(new ActivityCompleted(asked[0].ExecutionId, []));
        job.Text.Should().Be("y, x");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void Break_leaves_the_loop_over_all_containers_between()
    {
        var body = Flowchart("f", "d:True -> b, d:False -> a", Decision("d", "getCurrentValue() == 2"), Activity("Break", "b"), Says("a", "getCurrentValue()"));
        Definition(Sequence("q", Activity("ForEach", "loop", ("items", Script("[1, 2, 3]", "Object[]")), ("body", body)), Line("z"))).Start().Text.Should().Be("1, z");
    }

    [Fact]
    public void A_switch_container_runs_the_activity_of_its_case()
    {
        var cases = new JsonArray(new JsonObject { ["label"] = "x", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "variables.n == 1" }, ["activity"] = Line("one") });
        Definition(Sequence("q", Activity("Switch", "s", ("cases", cases.DeepClone()), ("default", Line("other"))), Line("z")), ("n", "Int32", "1")).Start().Text.Should().Be("one, z");
        Definition(Sequence("q", Activity("Switch", "s", ("cases", cases.DeepClone()), ("default", Line("other"))), Line("z")), ("n", "Int32", "2")).Start().Text.Should().Be("other, z");
    }

    [Theory]
    [InlineData("WaitAll", "")]
    [InlineData("WaitAny", "z")]
    public void A_fork_container_waits_for_all_or_the_first(string mode, string lines)
    {
        var job = Definition(Sequence("q", Activity("Fork", "f", ("joinMode", mode), ("branches", new JsonArray(Stage("a"), Stage("b")))), Line("z"))).Start();
        job.Done("a");
        job.Text.Should().Be(lines);
    }

    // ---- values

    [Fact]
    public void Set_variable_name_correlation_and_output()
    {
        var definition = Flow("a -> b, b -> c, c -> d", Set("a", "x", "40 + 2"), Activity("SetName", "b", ("value", Script("`Job ${variables.x}`", "String"))), Activity("Correlate", "c", ("correlationId", Literal("k-1", "String"))),
            Activity("SetOutput", "d", ("outputName", Literal("answer")), ("outputValue", Script("variables.x"))));
        definition.Json["variables"] = new JsonArray(new JsonObject { ["id"] = "var-x", ["name"] = "x", ["typeName"] = "Int32" });
        var job = definition.Start();
        (job.State.Name, job.State.CorrelationId).Should().Be(("Job 42", "k-1"));
        job.Effects.OfType<Finished>().Single().Output.ShouldBeJson(new JsonObject { ["answer"] = 42 });
    }

    [Fact]
    public void A_variable_begins_with_its_value_read_by_its_type()
    {
        var job = Definition(Says("a", "`${variables.n + 1} ${variables.list.length} ${variables.flag === true}`"), ("n", "Int32", "41"), ("list", "String[]", "[\"x\",\"y\"]"), ("flag", "Boolean", "true")).Start();
        job.Text.Should().Be("42 2 true");
    }

    [Fact]
    public void A_container_has_variables_of_its_own()
    {
        var inner = Flowchart("inner", "a -> b", Activity("SetVariable", "a", ("variable", new JsonObject { ["id"] = "v-in", ["name"] = "x" }), ("value", Literal("inner"))), Says("b", "variables.x"));
        inner["variables"] = new JsonArray(new JsonObject { ["id"] = "v-in", ["name"] = "x", ["typeName"] = "String" });
        Definition(Flowchart("flow", "inner -> z", inner, Says("z", "variables.x")), ("x", "String", "outer")).Start().Text.Should().Be("inner, outer");
    }

    [Fact]
    public void An_output_goes_where_the_definition_says()
    {
        var stage = Stage("w");
        stage["who"] = new JsonObject { ["typeName"] = "String", ["memoryReference"] = new JsonObject { ["id"] = "var-agent" } };
        stage["answers"] = new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "form" } };
        var definition = Definition(Flowchart("flow", "w -> a, a -> b", stage, Says("a", "variables.agent"), Says("b", "`${getOutputFrom('w', 'Answers').city} ${getLastResult().who} ${getAnswersFromw().city}`")), ("agent", "String", null));
        definition.Json["outputs"] = new JsonArray(new JsonObject { ["name"] = "form", ["type"] = "Object" });
        var job = definition.Start();
        job.Done("w", outputs: new JsonObject { ["answers"] = new JsonObject { ["city"] = "یزد" }, ["who"] = "Sara" });
        job.Text.Should().Be("Sara, یزد Sara یزد");
        job.Effects.OfType<Finished>().Single().Output.ShouldBeJson(new JsonObject { ["form"] = new JsonObject { ["city"] = "یزد" } });
    }

    // ---- time

    [Fact]
    public void A_delay_waits_as_long_as_it_says()
    {
        var job = Flow("d -> a", Activity("Delay", "d", ("timeSpan", Literal("1.02:00:00", "TimeSpan"))), Line("a")).Start();
        job.State.Bookmarks.Single().DueAt.Should().Be(Noon.AddHours(26));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        var timer = job.State.Bookmarks.Single().Id;
        job.Due();
        job.Text.Should().Be("a");
        job.Give(new TimerDue(timer)).Applied.Should().BeFalse();
    }

    [Theory]
    [InlineData("Timer", "interval", "00:05:00", "2026-03-21T12:05:00Z")]
    [InlineData("Cron", "cronExpression", "0 8 * * *", "2026-03-22T08:00:00Z")]
    [InlineData("StartAt", "dateTime", "2026-04-01T09:00:00Z", "2026-04-01T09:00:00Z")]
    [InlineData("Crm.CalendarSchedule", "times", "08:00", "2026-03-22T08:00:00Z")]
    public void Timer_Cron_and_StartAt_wait_in_the_middle_and_pass_as_triggers(string type, string input, string value, string due)
    {
        var definition = Flow("t -> a", Activity(type, "t", (input, Literal(value))).Starting(), Line("a"));
        var job = definition.Start();
        job.State.Bookmarks.Single().DueAt.Should().Be(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture));
        job.Due();
        job.Text.Should().Be("a");
        definition.Start(trigger: "t").Text.Should().Be("a");
        var trigger = CompiledWorkflow.Compile(definition, Catalog).Triggers.Single();
        trigger.NextDue(Noon, TimeZoneInfo.Utc).Should().Be(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_moment_in_the_past_does_not_wait() =>
        Flow("t -> a", Activity("StartAt", "t", ("dateTime", Literal("2020-01-01T00:00:00Z"))), Line("a")).Start().Text.Should().Be("a");

    // ---- events, tasks, other routines

    [Fact]
    public void An_event_resumes_all_who_wait_for_its_name()
    {
        var job = Flow("s -> e, s -> f, s -> g, e -> a, f -> b", Activity("Start", "s"), Activity("Event", "e", ("eventName", Literal("paid"))), Activity("Event", "f", ("eventName", Literal("paid"))), Activity("Event", "g", ("eventName", Literal("sent"))),
            Says("a", "getOutputFrom('e')"), Line("b")).Start();
        job.Give(new EventReceived("paid", 12)).Applied.Should().BeTrue();
        job.Text.Should().Be("12, b");
        job.Give(new EventReceived("paid")).Applied.Should().BeFalse();
        job.State.Bookmarks.Should().ContainSingle().Which.Name.Should().Be("sent");
    }

    [Fact]
    public void A_published_event_is_for_others_unless_it_is_local()
    {
        var outside = Flow("p -> z", Activity("PublishEvent", "p", ("eventName", Literal("paid")), ("payload", Script("({ a: 1 })")), ("correlationId", Literal("k"))), Line("z")).Start();
        outside.Effects.OfType<PublishEvent>().Single().Should().BeEquivalentTo(new { EventName = "paid", CorrelationId = "k" });
        outside.Effects.OfType<PublishEvent>().Single().Payload.ShouldBeJson(new JsonObject { ["a"] = 1 });
        var inside = Flow("s -> p, s -> e, e -> a", Activity("Start", "s"), Activity("PublishEvent", "p", ("eventName", Literal("paid")), ("isLocalEvent", Literal(true))), Activity("Event", "e", ("eventName", Literal("paid"))), Line("a")).Start();
        inside.Text.Should().Be("a");
        inside.Effects.OfType<PublishEvent>().Should().BeEmpty();
    }

    [Fact]
    public void A_task_waits_for_its_result()
    {
        var job = Flow("t -> a", Activity("RunTask", "t", ("taskName", Literal("weigh")), ("payload", Literal(5))), Says("a", "getOutputFrom('t')")).Start();
        var task = job.Effects.OfType<RunTask>().Single();
        job.Give(new TaskCompleted(task.ExecutionId, "7 kg"));
        job.Text.Should().Be("7 kg");
        job.Give(new TaskCompleted(task.ExecutionId, "8 kg")).Applied.Should().BeFalse();
    }

    [Theory]
    [InlineData("ExecuteWorkflow", true)]
    [InlineData("DispatchWorkflow", true)]
    [InlineData("DispatchWorkflow", false)]
    public void Another_routine_is_started_and_waited_for_when_asked(string type, bool wait)
    {
        var job = Flow("x -> a", Activity(type, "x", ("workflowDefinitionId", Literal("other")), ("input", Script("({ n: 1 })")), ("waitForCompletion", Literal(wait))), Says("a", "getOutputFrom('x') == null ? 'gone on' : getOutputFrom('x').sum")).Start();
        var child = job.Effects.OfType<StartChild>().Single();
        child.Input.ShouldBeJson(new JsonObject { ["n"] = 1 });
        child.Should().BeEquivalentTo(new { DefinitionId = "other", Wait = wait, Dispatch = type == "DispatchWorkflow" });
        if (!wait) job.Text.Should().Be("gone on");
        else
        {
            job.Give(new ChildFinished(child.ExecutionId, WorkflowSubStatus.Finished, new JsonObject { ["sum"] = 3 }));
            job.Text.Should().Be("3");
        }
    }

    [Fact]
    public void A_started_routine_that_fails_takes_the_arrow_drawn_for_it_or_is_an_incident()
    {
        var child = Activity("ExecuteWorkflow", "x", ("workflowDefinitionId", Literal("other")), ("waitForCompletion", Literal(true)));
        var with = Flow("x -> a, x:Faulted -> b", (JsonObject)child.DeepClone(), Line("a"), Line("b")).Start();
        with.Give(new ChildFinished(with.Effects.OfType<StartChild>().Single().ExecutionId, WorkflowSubStatus.Faulted));
        with.Text.Should().Be("b");
        var without = Flow("x -> a", child, Line("a")).Start();
        without.Give(new ChildFinished(without.Effects.OfType<StartChild>().Single().ExecutionId, WorkflowSubStatus.Cancelled));
        without.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
    }

    // ---- external activities

    [Fact]
    public void An_external_activity_is_asked_for_with_its_inputs_evaluated_and_secrets_kept_out_of_the_journal()
    {
        var stage = Stage("w", "Yes", "No");
        stage["title"] = Expression("Liquid", "Visit {{ customer.name }}", "String");
        stage["pin"] = Literal("1234", "String");
        var job = Flow("w:Yes -> a", stage, Line("a")).Start(data: new JsonObject { ["customer"] = new JsonObject { ["name"] = "Sara" } });
        var asked = job.Asked("w");
        asked.Inputs.ShouldBeJson(new JsonObject { ["title"] = "Visit Sara", ["outcomes"] = new JsonArray("Yes", "No"), ["pin"] = "1234" });
        (asked.Type, asked.NodeId, asked.Attempt).Should().Be(("Test.Stage", "Workflow1:flow:w", 1));
        job.Journal.Single(entry => entry.ActivityId == "w").ActivityState!["pin"]!.GetValue<string>().Should().Be("***");
    }

    [Fact]
    public void An_external_activity_may_wait_and_be_woken_by_its_own_bookmarks()
    {
        var job = Flow("w:Yes -> a", Stage("w", "Yes", "No"), Line("a")).Start();
        var execution = job.Asked("w").ExecutionId;
        job.Give(new ActivityWaiting(execution, [new NewBookmark("alarm", new JsonObject { ["level"] = 1 }, Noon.AddHours(2)), new NewBookmark("form")]));
        job.State.Bookmarks.Should().HaveCount(2);
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        job.Due();
        var woken = job.Effects.OfType<ResumeActivity>().Single();
        (woken.BookmarkName, woken.TimedOut).Should().Be(("alarm", true));
        woken.BookmarkPayload.ShouldBeJson(new JsonObject { ["level"] = 1 });
        job.Waits("w").Should().BeTrue();
        job.Give(new BookmarkResumed(job.State.Bookmarks.Single().Id, "sent"));
        job.Effects.OfType<ResumeActivity>().Last().Payload.ShouldBeJson("sent");
        job.Give(new ActivityCompleted(execution, ["Yes"]));
        job.Text.Should().Be("a");
        job.Events("w").Should().Equal("Started", "Suspended", "Resumed", "Resumed", "Completed");
    }

    [Fact]
    public void A_failed_activity_is_tried_again_under_the_same_execution()
    {
        var job = Flow("w -> a", Stage("w"), Line("a")).Start();
        var execution = job.Asked("w").ExecutionId;
        job.Give(new ActivityFaulted(execution, "The gateway is away", new JsonObject { ["code"] = 503 }));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.Give(new ActivityCompleted(execution, [])).Applied.Should().BeFalse("a late answer to a failed attempt");
        var incident = job.State.Incidents.Single();
        incident.Text.Should().Be("The gateway is away");
        job.Give(new Retry(incident.Id));
        job.State.Incidents.Should().BeEmpty();
        (job.Asked("w").ExecutionId, job.Asked("w").Attempt).Should().Be((execution, 2));
        job.Done("w");
        job.Text.Should().Be("a");
    }

    [Fact]
    public void An_expression_that_fails_is_an_incident_that_can_be_retried_when_the_data_is_there()
    {
        var job = Flow("a -> b", Says("a", "customer.name.length"), Line("b")).Start();
        job.State.Incidents.Single().Should().BeEquivalentTo(new { Kind = IncidentKind.ExpressionFailed, Text = "customer is not known" });
        job.Data = new JsonObject { ["customer"] = new JsonObject { ["name"] = "Sara" } };
        job.Give(new Retry(job.State.Incidents.Single().Id));
        job.Text.Should().Be("4, b");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_waiting_activity_can_be_put_behind_by_hand()
    {
        var job = Flow("w:Yes -> a, w:No -> b", Stage("w", "Yes", "No"), Line("a"), Line("b")).Start();
        job.Give(new GoOn(job.Asked("w").ExecutionId, ["No"]));
        job.Text.Should().Be("b");
        job.Effects.OfType<CancelActivity>().Should().ContainSingle();
    }

    [Fact]
    public void Cancelling_a_job_closes_what_it_opened()
    {
        var job = Flow("s -> w, s -> d, s -> t", Activity("Start", "s"), Stage("w"), Activity("Delay", "d", ("timeSpan", Literal("01:00:00"))), Activity("RunTask", "t", ("taskName", Literal("x")))).Start();
        job.Give(new Crm.Workflows.Cancel("sold elsewhere"));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Cancelled);
        job.Effects.OfType<CancelActivity>().Select(effect => effect.ActivityId).Should().BeEquivalentTo("w", "t");
        job.Effects[^1].Should().BeOfType<Finished>().Which.SubStatus.Should().Be(WorkflowSubStatus.Cancelled);
        job.State.Bookmarks.Should().BeEmpty();
        job.Journal[^1].Message.Should().Be("sold elsewhere");
        job.Give(new Crm.Workflows.Cancel()).Applied.Should().BeFalse();
    }

    [Fact]
    public void A_stimulus_that_no_longer_matches_changes_nothing_and_says_so()
    {
        var job = Flow("w -> a", Stage("w"), Line("a")).Start();
        job.Give(new Start()).IgnoredBecause.Should().NotBeNull();
        foreach (var stray in (Stimulus[])[new TimerDue(JobId), new BookmarkResumed(JobId), new EventReceived("x"), new ActivityCompleted(JobId, []), new ActivityWaiting(JobId, []), new ActivityFaulted(JobId, "x"), new TaskCompleted(JobId), new ChildFinished(JobId, WorkflowSubStatus.Finished), new Retry(JobId), new GoOn(JobId, [])])
        {
            var result = job.Give(stray);
            (result.Applied, result.Effects.Count, result.Journal.Count).Should().Be((false, 0, 0), stray.GetType().Name);
            result.IgnoredBecause.Should().NotBeNull();
        }
        job.Done("w");
        job.Done("w").Applied.Should().BeFalse();
    }

    [Fact]
    public void Ids_come_from_the_job_and_are_never_given_twice()
    {
        var definition = Flow("s -> a, s -> b, s -> c", Activity("Start", "s"), Stage("a"), Stage("b"), Stage("c"));
        var ids = definition.Start().Effects.OfType<RunActivity>().Select(run => run.ExecutionId).ToList();
        ids.Should().OnlyHaveUniqueItems();
        definition.Start().Effects.OfType<RunActivity>().Select(run => run.ExecutionId).Should().Equal(ids);
        Enumerable.Range(0, 20_000).SelectMany(counter => new[] { DerivedIdsOf(JobId, counter), DerivedIdsOf(Guid.Parse("01990000-0000-7000-8000-000000000002"), counter) }).Should().OnlyHaveUniqueItems();
    }

    private static Guid DerivedIdsOf(Guid job, int counter) => DerivedIds.Next(job, counter);
}
