using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

public class ValidationTests
{
    private static ValidationMessage Only(WorkflowDefinition definition) => WorkflowValidator.Validate(definition, Catalog).Should().ContainSingle().Subject;

    private static IEnumerable<string> Codes(WorkflowDefinition definition) => WorkflowValidator.Validate(definition, Catalog).Select(message => message.Code);

    [Fact]
    public void A_good_definition_has_no_messages() => WorkflowValidator.Validate(Flow("s -> a", Activity("Start", "s"), Line("a")), Catalog).Should().BeEmpty();

    [Fact]
    public void An_unknown_type_is_named()
    {
        var message = Only(Flow("", Activity("Acme.Rocket", "r")));
        (message.Code, message.ActivityId, message.Severity).Should().Be((ValidationCodes.UnknownActivity, "r", ValidationSeverity.Error));
        message.Text.Should().Contain("Acme.Rocket");
        FluentActions.Invoking(() => CompiledWorkflow.Compile(Flow("", Activity("Acme.Rocket", "r")), Catalog)).Should().Throw<WorkflowInvalidException>().Which.Messages.Should().ContainSingle();
    }

    [Fact]
    public void An_activity_that_is_known_but_not_run_here_is_named() => Only(Flow("", Activity("ReadLine", "h"))).Code.Should().Be(ValidationCodes.ActivityNotRun);

    [Fact]
    public void An_arrow_to_nowhere_is_found() => Codes(Flow("a -> ghost", Line("a"))).Should().Equal(ValidationCodes.DanglingConnection);

    [Fact]
    public void An_arrow_from_an_outcome_that_does_not_exist_is_found()
    {
        Only(Flow("a:Maybe -> b", Line("a"), Line("b"))).Should().Match<ValidationMessage>(message => message.Code == ValidationCodes.UnknownOutcome && message.ActivityId == "a");
        Codes(Flow("w:Perhaps -> b", Stage("w", "Yes", "No"), Line("b"))).Should().Equal(ValidationCodes.UnknownOutcome);
        Codes(Flow("w:Yes -> b", Stage("w", "Yes", "No"), Line("b"))).Should().BeEmpty();
        Codes(Flow("w:Done -> b", Stage("w"), Line("b"))).Should().BeEmpty("outcomes left alone are those of the descriptor");
    }

    [Fact]
    public void A_missing_input_is_found() => Only(Flow("", Activity("Test.Stage", "w", ("title", Literal(""))))).Should().Match<ValidationMessage>(message => message.Code == ValidationCodes.MissingInput && message.PropertyName == "title");

    [Theory]
    [InlineData("Delay", "timeSpan", "soon")]
    [InlineData("Timer", "interval", "00:00:00")]
    [InlineData("Cron", "cronExpression", "61 * * * *")]
    [InlineData("StartAt", "dateTime", "tomorrow")]
    [InlineData("Crm.CalendarSchedule", "days", "32")]
    [InlineData("FlowDecision", "condition", "perhaps")]
    public void A_value_that_cannot_be_used_is_found(string type, string input, string value) => Codes(Flow("", Activity(type, "x", (input, Literal(value))))).Should().Contain(ValidationCodes.WrongValue);

    [Fact]
    public void What_nothing_leads_to_is_a_warning()
    {
        var message = Only(Flow("s -> a", Activity("Start", "s"), Line("a"), Line("lost")));
        (message.Code, message.ActivityId, message.Severity).Should().Be((ValidationCodes.Unreachable, "lost", ValidationSeverity.Warning));
    }

    [Fact]
    public void A_failure_that_no_arrow_takes_up_is_noted()
    {
        var ask = Activity("FlowSendHttpRequest", "ask", ("url", Literal("https://example.com")));
        var message = Only(Flow("s -> ask, ask:Timeout -> later", Activity("Start", "s"), ask, Line("later")));
        (message.Code, message.ActivityId, message.Severity, message.Arguments[1]).Should().Be((ValidationCodes.FailureEnds, "ask", ValidationSeverity.Warning, "Failed to connect"));
    }

    [Fact]
    public void A_trigger_is_a_way_in_of_its_own() => WorkflowValidator.Validate(Flow("s -> a, t -> b", Activity("Start", "s"), Line("a"), Activity("Event", "t", ("eventName", Literal("x"))).Starting(), Line("b")), Catalog).Should().BeEmpty();

    [Fact]
    public void Two_activities_with_one_id_are_found()
    {
        Codes(Flow("", Line("a"), Line("a"))).Should().Contain(ValidationCodes.DuplicateId);
        var nested = Flow("a -> inner", Line("a"), Flowchart("inner", "", Line("a", "deep")));
        Only(nested).Severity.Should().Be(ValidationSeverity.Warning, "in different containers they can be told apart by their paths");
        nested.Start().Text.Should().Be("a, deep");
    }

    [Fact]
    public void A_circle_without_a_start_is_a_warning() => Only(Flow("a -> b, b -> a", Stage("a"), Stage("b"))).Code.Should().Be(ValidationCodes.NoStart);

    [Fact]
    public void Nothing_at_all_is_an_error()
    {
        Codes(Definition(Flowchart("flow", ""))).Should().Equal(ValidationCodes.EmptyFlowchart);
        Codes(WorkflowDefinition.Parse("{}")).Should().Equal(ValidationCodes.NoRoot);
    }

    [Fact]
    public void All_findings_show_at_once()
    {
        Codes(Flow("a -> ghost, a:x -> b", Activity("WriteLine", "a", ("text", Script("1 +"))), Activity("Acme.Rocket", "b", ("fuel", Expression("Python", "1"))), Activity("Delay", "c")))
            .Should().BeEquivalentTo(ValidationCodes.DanglingConnection, ValidationCodes.UnknownOutcome, ValidationCodes.ExpressionSyntax, ValidationCodes.UnknownActivity, ValidationCodes.UnknownExpression, ValidationCodes.MissingInput, ValidationCodes.Unreachable);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var body = Line("deep");
        for (var i = 0; i < 60; i++) body = Activity("Sequence", "q" + i, ("activities", new JsonArray(body)));
        Codes(Definition(body)).Should().Contain(ValidationCodes.TooDeep);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"root\":1,\"root\":2}")]
    [InlineData("null")]
    public void What_is_no_definition_is_told_apart(string text) => FluentActions.Invoking(() => WorkflowDefinition.Parse(text)).Should().Throw<FormatException>();

    [Theory]
    [InlineData("{\"root\":1}")]
    [InlineData("{\"root\":{\"type\":\"Elsa.Flowchart\",\"activities\":[null,1,\"x\",{}],\"connections\":[null,1,{\"source\":{}},{\"source\":\"a\"}]}}")]
    [InlineData("{\"root\":{\"type\":\"Elsa.Flowchart\",\"activities\":{},\"connections\":{}},\"variables\":{},\"inputs\":3,\"outputs\":\"x\"}")]
    [InlineData("{\"root\":{\"type\":\"Elsa.FlowSwitch\",\"id\":\"s\",\"cases\":[1,null,{},{\"label\":3,\"condition\":4}],\"mode\":[]}}")]
    [InlineData("{\"root\":{\"type\":\"Elsa.ForEach\",\"id\":\"s\",\"items\":{\"expression\":{\"type\":3}},\"body\":[]}}")]
    [InlineData("{\"root\":{\"type\":\"Elsa.SetVariable\",\"id\":\"s\",\"variable\":[],\"value\":{\"expression\":{\"type\":\"Variable\",\"value\":[1]}}}}")]
    public void A_strange_definition_is_answered_with_messages_not_with_an_exception(string text)
    {
        var definition = WorkflowDefinition.Parse(text);
        FluentActions.Invoking(() => WorkflowValidator.Validate(definition, Catalog)).Should().NotThrow();
        if (CompiledWorkflow.TryCompile(definition, Catalog, out _) is { } compiled) FluentActions.Invoking(() => Interpreter.Run(compiled, WorkflowState.New(JobId, definition), new Start(), Noon)).Should().NotThrow();
    }

    [Fact]
    public void Missing_ids_are_always_given_the_same_way()
    {
        static WorkflowDefinition Bare() => WorkflowDefinition.Parse("""{"variables":[{"name":"x"}],"root":{"type":"Elsa.Flowchart","version":1,"activities":[{"type":"Elsa.WriteLine","version":1},{"id":"WriteLine1","type":"Elsa.WriteLine"},{"type":"Elsa.WriteLine","version":1}]}}""");
        var (one, two) = (Bare(), Bare());
        one.AssignMissingIds().Should().BeTrue();
        one.AssignMissingIds().Should().BeFalse();
        two.AssignMissingIds();
        one.ToJson().Should().Be(two.ToJson());
        one.AllActivities().Select(activity => activity.Id).Should().Equal("Flowchart1", "WriteLine2", "WriteLine1", "WriteLine3");
        one.AllActivities().Select(activity => activity.NodeId).Should().Equal("Workflow1:Flowchart1", "Workflow1:Flowchart1:WriteLine2", "Workflow1:Flowchart1:WriteLine1", "Workflow1:Flowchart1:WriteLine3");
        one.Variables.Single().Id.Should().Be("x");
    }

    [Fact]
    public void Every_descriptor_is_written_as_Elsa_writes_it()
    {
        var json = Catalog.Find("Elsa.FlowDecision")!.ToJson(text => "«" + text + "»");
        json["typeName"]!.GetValue<string>().Should().Be("Elsa.FlowDecision");
        json["displayName"]!.GetValue<string>().Should().Be("«Decision»");
        json["ports"]!.AsArray().Select(port => port!["name"]!.GetValue<string>()).Should().Equal("True", "False");
        json["inputs"]![0]!["name"]!.GetValue<string>().Should().Be("Condition");
        foreach (var descriptor in Catalog.All) descriptor.ToJson().ToJsonString().Should().NotBeEmpty();
    }
}
