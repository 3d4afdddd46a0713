using System.Text.Json.Nodes;
using FluentAssertions;

namespace Crm.Workflows.Tests;

/// <summary>Elsa's own definitions (tests/data/elsa-definitions, MIT) load, survive, and do what Elsa's tests say.</summary>
public class ConformanceTests
{
    private static string Read(string file) => File.ReadAllText(Path.Combine(Kit.DataFolder(), "elsa-definitions", file + ".json"));

    private static Job Run(string file) => WorkflowDefinition.Parse(Read(file)).Start();

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        var folder = Path.Combine(Kit.DataFolder(), "elsa-definitions");
        foreach (var file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)) data.Add(Path.GetRelativePath(folder, file)[..^5].Replace('\\', '/'));
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_definition_is_the_same_after_loading_and_saving(string file)
    {
        var text = Read(file);
        var saved = WorkflowDefinition.Parse(text).ToJson();
        JsonNode.Parse(saved).ShouldBeJson(JsonNode.Parse(text));
        WorkflowDefinition.Parse(saved).ToJson().Should().Be(saved);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Validating_or_compiling_leaves_a_definition_as_it_is(string file)
    {
        var definition = WorkflowDefinition.Parse(Read(file));
        var before = definition.ToJson();
        WorkflowValidator.Validate(definition, Kit.Catalog);
        CompiledWorkflow.TryCompile(definition, Kit.Catalog, out _);
        definition.ToJson().Should().Be(before);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Only_what_is_not_run_here_is_refused_and_by_name(string file)
    {
        var messages = WorkflowValidator.Validate(WorkflowDefinition.Parse(Read(file)), Kit.Catalog).Where(message => message.Severity == ValidationSeverity.Error).ToList();
        messages.Should().BeEmpty();
    }

    [Theory]
    [InlineData("ImportAndExecute/writeline", "Dummy Text", true)]
    [InlineData("ImportAndExecute/implicit-loop", "Do something, Retry, Do something, Done", true)]
    [InlineData("JoinBehaviors/fork-decision-join-none", "A, C", true)]
    [InlineData("JoinBehaviors/fork-decision-join-converge", "A", false)]
    [InlineData("JoinBehaviors/fork-decision-join-converge-strict", "A", false)]
    [InlineData("JoinBehaviors/fork-decision-join-waitall", "A, C, B, D", false)]
    [InlineData("JoinBehaviors/decision-merge-join-none", "", true)]
    [InlineData("ExplicitJoins/join-any-1", "Start, End", true)]
    [InlineData("ExplicitJoins/join-all-1", "Start, Line 1, Line 2, End", true)]
    [InlineData("ExplicitJoins/join-all-2", "Start, Line 1, Line 2, End", true)]
    public void A_definition_writes_the_lines_that_Elsa_writes(string file, string lines, bool finished)
    {
        var job = Run(file);
        job.Text.Should().Be(lines);
        (job.State.SubStatus == WorkflowSubStatus.Finished).Should().Be(finished);
    }

    [Fact]
    public void An_HTTP_endpoint_starts_its_routine_and_the_response_goes_out()
    {
        var definition = WorkflowDefinition.Parse(Read("HttpWorkflows/http-hello-world"));
        var trigger = CompiledWorkflow.Compile(definition, Kit.Catalog).Triggers.Should().ContainSingle().Subject;
        (trigger.Type, (string?)trigger.Inputs["path"]).Should().Be(("Elsa.HttpEndpoint", "hello-world"));
        var job = definition.Start(trigger: trigger.ActivityId, payload: new JsonObject());
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
        job.Effects.OfType<WriteHttpResponse>().Should().ContainSingle().Which.StatusCode.Should().Be(200);
    }

    [Fact]
    public void A_join_of_the_first_completes_exactly_once()
    {
        var job = Run("JoinBehaviors/join");
        job.Journal.Count(entry => entry.ActivityId == "802725996be1b582" && entry.Event == JournalEvent.Completed).Should().Be(1);
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Finished);
    }

    [Fact]
    public void A_branch_that_faults_leaves_an_incident_and_the_others_go_on()
    {
        var job = Run("JoinBehaviors/fork-decision-join-waitall");
        job.State.SubStatus.Should().Be(WorkflowSubStatus.Faulted);
        job.State.Incidents.Should().ContainSingle().Which.Text.Should().Be("that went south");
    }
}
