using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

/// <summary>What reaches beyond one job: HTTP, other routines, commit points, retries, incidents that stop everything.</summary>
public class OutsideTests
{
    private static JsonObject Endpoint(string id, string path, params string[] methods) => Activity("HttpEndpoint", id, ("path", Literal(path, "String")), ("supportedMethods", Literal(new JsonArray([.. methods.Select(m => (JsonNode)m)]), "String[]")));

    private static JsonObject Box(string id, string routine, params (string Name, JsonNode? Value)[] more)
    {
        var json = new JsonObject { ["id"] = id, ["type"] = "Child", ["version"] = 3, ["name"] = id, ["workflowDefinitionId"] = routine, ["workflowDefinitionVersionId"] = routine + "-v3" };
        foreach (var (name, value) in more) json[name] = value;
        return json;
    }

    private static WorkflowDefinition With(WorkflowDefinition definition, string option, string value)
    {
        definition.Options[option] = value;
        return definition;
    }

    [Fact]
    public void An_HTTP_endpoint_in_the_middle_waits_for_its_request_and_gives_its_parts()
    {
        var job = Definition(Flowchart("flow", "a -> door, door -> b", Line("a"), Endpoint("door", "/Orders/{number}/", "post"), Activity("WriteLine", "b", ("text", Script("getOutputFrom('door', 'routeData').number", "String"))))).Start();
        var mark = job.State.Bookmarks.Should().ContainSingle().Subject;
        (mark.Kind, mark.Name).Should().Be((BookmarkKind.Http, "orders/{number}"));
        HttpDoor.Read(mark.Payload!.AsObject()).Methods.Should().Equal("POST");

        job.Give(new BookmarkResumed(mark.Id, new JsonObject { ["routeData"] = new JsonObject { ["number"] = "17" } }));
        job.Text.Should().Be("a, 17");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_secret_does_not_stand_in_the_state_or_the_journal()
    {
        var door = Endpoint("door", "x", "GET");
        door["secret"] = Literal("hush-hush-hush-hush", "String");
        var job = Flow("", door).Start();
        job.State.ToJson().Should().NotContain("hush");
        string.Join("", job.Journal.Select(j => j.ToJson())).Should().NotContain("hush");
        var opened = HttpDoor.Read(job.State.Bookmarks.Single().Payload!.AsObject());
        (opened.Knows("hush-hush-hush-hush"), opened.Knows("hush"), opened.Knows(null)).Should().Be((true, false, false));
    }

    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders/{id}", "Orders/17", true)]
    [InlineData("orders/{id}", "orders", false)]
    [InlineData("orders/{id}/lines", "orders/17/lines", true)]
    public void An_address_fits_part_by_part(string path, string address, bool fits) => (HttpPaths.Match(HttpPaths.Normal(path), address) is not null).Should().Be(fits);

    [Theory]
    [InlineData("../etc")]
    [InlineData("a?b")]
    [InlineData("{a}/{a}")]
    [InlineData("{not closed")]
    [InlineData("")]
    public void An_address_that_none_can_have_is_refused_at_save_time(string path) =>
        WorkflowValidator.Validate(Flow("", Endpoint("door", path, "GET")), Catalog).Should().Contain(m => m.Severity == ValidationSeverity.Error && m.PropertyName == "path");

    [Fact]
    public void A_response_takes_names_and_numbers_of_status_codes()
    {
        var job = Flow("a -> b", Activity("WriteHttpResponse", "a", ("statusCode", Literal("Created")), ("content", Literal("made"))), Activity("WriteHttpResponse", "b", ("statusCode", Literal(404)))).Start();
        job.Effects.OfType<WriteHttpResponse>().Select(r => r.StatusCode).Should().Equal(201, 404);
    }

    [Fact]
    public void A_request_is_asked_of_the_outside_and_its_status_codes_are_arrows()
    {
        var ask = Activity("FlowSendHttpRequest", "ask", ("url", Literal("https://example.com")), ("authorization", Literal("Bearer secret-token")), ("expectedStatusCodes", Expression("Object", "[200, 404]", "Int32[]")));
        var job = Flow("ask:200 -> good, ask:404 -> none, ask:Timeout -> slow", ask, Line("good"), Line("none"), Line("slow")).Start();
        var run = job.Asked("ask");
        ((string?)run.Inputs["authorization"]).Should().Be("Bearer secret-token");
        string.Join("", job.Journal.Select(j => j.ToJson())).Should().NotContain("secret-token");
        job.Done("ask", "404", new JsonObject { ["statusCode"] = 404 });
        job.Text.Should().Be("none");
    }

    [Fact]
    public void A_request_in_a_sequence_runs_what_stands_at_its_status_code()
    {
        var ask = Activity("SendHttpRequest", "ask", ("url", Literal("https://example.com")), ("expectedStatusCodes", new JsonArray(new JsonObject { ["statusCode"] = 200, ["activity"] = Line("good") })), ("unmatchedStatusCode", Line("other")), ("timeout", Line("slow")));
        Job Run(string outcome)
        {
            var job = Definition(Activity("Sequence", "root", ("activities", new JsonArray(ask.DeepClone(), Line("after"))))).Start();
            job.Done("ask", outcome, new JsonObject { ["statusCode"] = 1 });
            return job;
        }
        Run("200").Text.Should().Be("good, after");
        Run("500").Text.Should().Be("other, after");
        Run("Timeout").Text.Should().Be("slow, after");
        Run("Failed to connect").Text.Should().Be("after");
    }

    [Fact]
    public void A_routine_used_as_an_activity_gets_its_inputs_and_gives_outputs_and_outcomes()
    {
        var definition = Definition(Flowchart("flow", "box:Good -> yes, box:Bad -> no", Box("box", "other", ("amount", Script("2 + 3")), ("total", new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "var-sum" } })),
            Activity("WriteLine", "yes", ("text", Script("'sum ' + variables.sum", "String"))), Line("no")), ("sum", "Object", null));
        var job = definition.Start();
        var start = job.Effects.OfType<StartChild>().Should().ContainSingle().Subject;
        (start.DefinitionId, start.VersionId, start.Wait, (long?)start.Input!["amount"]).Should().Be(("other", "other-v3", true, 5L));

        job.Give(new ChildFinished(start.ExecutionId, WorkflowSubStatus.Finished, new JsonObject { ["Total"] = 5 }, ["Good"]));
        job.Text.Should().Be("sum 5");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_routine_that_cannot_be_started_is_an_incident_that_can_be_retried()
    {
        var job = Flow("box -> b", Box("box", "gone"), Line("b")).Start();
        var first = job.Effects.OfType<StartChild>().Single();
        job.Give(new ActivityFaulted(first.ExecutionId, "It is not published."));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.Give(new Retry(job.State.Incidents.Single().Id));
        job.Effects.OfType<StartChild>().Should().HaveCount(2).And.OnlyContain(s => s.ExecutionId == first.ExecutionId);
        job.Give(new ChildFinished(first.ExecutionId, WorkflowSubStatus.Finished));
        job.Text.Should().Be("b");
    }

    [Fact]
    public void Routines_for_a_list_are_started_each_with_its_item_and_waited_for_together()
    {
        var many = Activity("BulkDispatchWorkflows", "many", ("workflowDefinitionId", Literal("other")), ("items", Script("['x', 'y', 'z']")), ("correlationIdFunction", Script("'for ' + variables.Item", "String")), ("childFinished", Line("one")), ("childFaulted", Line("bad")));
        var job = Flow("many -> b", many, Line("b")).Start();
        var starts = job.Effects.OfType<StartChild>().ToList();
        starts.Select(s => ((string?)s.Input!["Item"], s.CorrelationId, s.Index)).Should().Equal(("x", "for x", 0), ("y", "for y", 1), ("z", "for z", 2));

        job.Give(new ChildFinished(starts[0].ExecutionId, WorkflowSubStatus.Finished));
        job.Give(new ChildFinished(starts[0].ExecutionId, WorkflowSubStatus.Faulted));
        job.Text.Should().Be("one, bad");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        job.Give(new ChildFinished(starts[0].ExecutionId, WorkflowSubStatus.Finished));
        job.Text.Should().Be("one, bad, one, b");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void Nobody_is_waited_for_when_the_list_is_empty_or_nobody_wants_to_wait()
    {
        JsonObject Many(string items, bool wait) => Activity("BulkDispatchWorkflows", "many", ("workflowDefinitionId", Literal("other")), ("items", Script(items)), ("waitForCompletion", Literal(wait, "Boolean")));
        Flow("many -> b", Many("[]", true), Line("b")).Start().Text.Should().Be("b");
        var job = Flow("many -> b", Many("[1, 2]", false), Line("b")).Start();
        job.Text.Should().Be("b");
        job.Effects.OfType<StartChild>().Should().HaveCount(2);
    }

    [Fact]
    public void Ending_a_job_recalls_all_routines_that_it_started_for_a_list()
    {
        var job = Flow("", Activity("BulkDispatchWorkflows", "many", ("workflowDefinitionId", Literal("other")), ("items", Script("[1, 2]")))).Start();
        job.Give(new Cancel("enough"));
        job.Effects.OfType<CancelActivity>().Should().ContainSingle();
    }

    [Fact]
    public void A_fault_stops_the_whole_job_where_the_drawing_says_so_and_a_retry_lets_all_of_it_go_on()
    {
        var definition = With(Flow("start -> a, start -> x, a -> b", Line("start"), Stage("a"), Stage("x"), Line("b")), "incidentStrategyType", "Elsa.Workflows.IncidentStrategies.FaultStrategy, Elsa.Workflows.Core");
        var job = definition.Start();
        job.Give(new ActivityFaulted(job.Asked("x").ExecutionId, "broken"));
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.Done("a");
        job.Text.Should().Be("start");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);

        job.Give(new Retry(job.State.Incidents.Single().Id));
        job.Text.Should().Be("start, b");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Suspended);
        job.Done("x");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_commit_point_ends_the_burst_and_nothing_behind_it_runs_before_the_next()
    {
        var point = Line("b");
        point["customProperties"] = new JsonObject { ["commitStrategyName"] = "Executed" };
        var job = Flow("a -> b, b -> c, c -> d", Line("a"), point, Line("c"), Line("d")).Start();
        job.Text.Should().Be("a, b");
        job.Effects.OfType<CommitAndGoOn>().Should().ContainSingle();
        job.Give(new GoOnCommitted());
        job.Text.Should().Be("a, b, c, d");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        job.Give(new GoOnCommitted()).Applied.Should().BeFalse();
    }

    [Fact]
    public void With_a_commit_after_each_step_every_step_is_a_burst_of_its_own()
    {
        var job = With(Flow("a -> b, b -> c", Line("a"), Line("b"), Line("c")), "commitStrategyName", "ActivityExecuted").Start();
        for (var n = 0; n < 10 && !job.State.IsOver; n++) job.Give(new GoOnCommitted());
        job.Text.Should().Be("a, b, c");
        job.Effects.OfType<CommitAndGoOn>().Should().HaveCountGreaterThanOrEqualTo(2);
    }

    [Theory]
    [InlineData("""{ "mode": "Identifier", "strategyId": "quick" }""", 3, 5)]
    [InlineData("""{ "mode": "Expression", "expression": { "type": "Object", "value": "{ \"maxRetryAttempts\": 7, \"delay\": \"00:00:10\", \"backoffType\": \"Linear\", \"failures\": [\"Network\", \"Rule\"] }" } }""", 7, 10)]
    [InlineData("""{ "mode": "Expression", "expression": { "type": "Literal", "value": "hour" } }""", 6, 60)]
    public void A_retry_policy_is_read_from_where_Studio_writes_it(string config, int retries, int seconds)
    {
        var stage = Stage("a");
        stage["customProperties"] = new JsonObject { ["resilienceStrategy"] = JsonNode.Parse(config) };
        var policy = Flow("", stage).Start().Asked("a").Retry!;
        (policy.Retries, policy.Delay.TotalSeconds).Should().Be((retries, seconds));
        policy.WaitAfter(1).TotalSeconds.Should().Be(seconds);
        policy.GoesOnAfter(retries, FailureKinds.Network).Should().BeTrue();
        policy.GoesOnAfter(retries + 1, FailureKinds.Network).Should().BeFalse();
    }

    [Fact]
    public void A_retry_policy_that_is_none_is_refused_at_save_time()
    {
        var stage = Stage("a");
        stage["customProperties"] = new JsonObject { ["resilienceStrategy"] = new JsonObject { ["mode"] = "Identifier", ["strategyId"] = "no such" } };
        WorkflowValidator.Validate(Flow("", stage), Catalog).Should().ContainSingle(m => m.Code == ValidationCodes.WrongOption);
    }

    [Fact]
    public void What_a_routine_says_of_its_jobs_is_known_without_running_it()
    {
        CompiledWorkflow Of(string? strategy) => CompiledWorkflow.Compile(strategy is null ? Flow("", Line("a")) : With(Flow("", Line("a")), "activationStrategyType", $"Elsa.Workflows.Runtime.ActivationValidators.{strategy}, Elsa.Workflows.Runtime"), Catalog);
        new[] { null, "SingletonStrategy", "CorrelatedSingletonStrategy", "CorrelationStrategy", "AllowAlwaysStrategy" }.Select(s => Of(s).Activation)
            .Should().Equal(ActivationStrategy.Always, ActivationStrategy.Singleton, ActivationStrategy.CorrelatedSingleton, ActivationStrategy.Correlation, ActivationStrategy.Always);
    }
}
