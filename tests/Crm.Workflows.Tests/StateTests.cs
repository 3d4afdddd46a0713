using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using static Crm.Workflows.Tests.Kit;

namespace Crm.Workflows.Tests;

public class StateTests
{
    private static WorkflowState Full() => new()
    {
        Id = JobId, DefinitionId = "d", DefinitionVersionId = "v", DefinitionVersion = 3, SubStatus = WorkflowSubStatus.Suspended, CorrelationId = "k", Name = "نام", TriggerActivity = "t", StartedAt = Noon, UpdatedAt = Noon.AddTicks(1234567), FinishedAt = Noon.AddDays(1),
        Variables = { ["a"] = 1, ["b"] = null, ["c"] = new JsonObject { ["x"] = new JsonArray(1, "دو", null, 3.50m) } }, Input = { ["i"] = "x" }, Output = { ["o"] = true }, Outcomes = { "Won" }, Results = { ["w"] = new JsonObject { ["r"] = 1 } }, LastResultOf = "w",
        Executions =
        {
            new ActivityExecution { Id = JobId, Activity = "flow", Status = ActivityStatus.Running, StartedAt = Noon, Tokens = [new("a", "Done", "b", false), new("c", "No", "b", true)], Variables = new() { ["s"] = "t", ["n"] = null } },
            new ActivityExecution { Id = Guid.Parse("01990000-0000-7000-8000-0000000000aa"), Activity = "w", Parent = JobId, Status = ActivityStatus.Faulted, StartedAt = Noon, FaultCount = 2, AwaitsAnswer = true, Counter = 4, LoopValue = 2.5, CameFrom = "a" },
        },
        Bookmarks = { new(JobId, JobId, BookmarkKind.Timer, "n", new JsonObject { ["p"] = 1 }, Noon, Noon), new(Guid.Empty, JobId, BookmarkKind.Child, null, null, null, Noon) },
        Incidents = { new(JobId, IncidentKind.ExpressionFailed, JobId, "w", "T", "{0} is not known", ["x"], new JsonObject { ["position"] = 3 }, Noon), new(Guid.Empty, IncidentKind.StepLimit, null, null, null, "m", [], null, Noon) },
        Held = { new("w", JobId, "a", new Dictionary<string, JsonNode?> { ["CurrentValue"] = 1, ["x"] = null }, JobId), new("v", null, null, null) },
        LastId = 7, LastSequence = 8, Steps = 9,
    };

    [Fact]
    public void Everything_in_a_state_survives_saving()
    {
        var bytes = Full().ToUtf8();
        var read = WorkflowState.Parse(bytes);
        read.ToUtf8().Should().Equal(bytes);
        read.Incidents[0].Text.Should().Be("x is not known");
        read.Executions[1].Should().BeEquivalentTo(Full().Executions[1]);
        read.Bookmarks[0].DueAt.Should().Be(Noon);
        read.UpdatedAt.Should().Be(Noon.AddTicks(1234567));
        Full().Clone().ToUtf8().Should().Equal(bytes);
    }

    [Fact]
    public void Fields_of_a_newer_version_are_kept_and_the_job_goes_on()
    {
        var job = Flow("w -> a", Stage("w"), Line("a")).Start();
        var json = JsonNode.Parse(job.State.ToUtf8())!.AsObject();
        json["future"] = new JsonObject { ["a"] = new JsonArray(1) };
        json["executions"]![0]!["shade"] = "blue";
        json["executions"]![1]!["weight"] = 1.50m;
        var state = WorkflowState.Parse(json.ToJsonString());
        var saved = JsonNode.Parse(state.ToUtf8())!;
        saved["future"].ShouldBeJson(new JsonObject { ["a"] = new JsonArray(1) });
        saved["executions"]![0]!["shade"].ShouldBeJson("blue");
        var next = Interpreter.Run(job.Workflow, state, new ActivityWaiting(job.Asked("w").ExecutionId, []), Noon);
        next.Applied.Should().BeTrue();
        JsonNode.Parse(next.State.ToUtf8())!["future"].Should().NotBeNull();
        JsonNode.Parse(next.State.ToUtf8())!["executions"]![0]!["shade"].ShouldBeJson("blue");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"x\"}")]
    [InlineData("{\"format\":99,\"id\":\"01990000-0000-7000-8000-000000000001\"}")]
    [InlineData("{\"id\":\"01990000-0000-7000-8000-000000000001\",\"executions\":{}}")]
    [InlineData("{\"id\":\"01990000-0000-7000-8000-000000000001\",\"subStatus\":\"Dancing\"}")]
    [InlineData("{\"id\":\"01990000-0000-7000-8000-000000000001\"")]
    public void What_is_no_state_is_told_apart(string text) => FluentActions.Invoking(() => WorkflowState.Parse(text)).Should().Throw<FormatException>();

    [Fact]
    public void A_job_that_loops_for_years_stays_the_same_size()
    {
        var job = Flow("w:Again -> a, a -> w", Stage("w", "Again"), Line("a")).Start();
        var sizes = new List<int>();
        for (var round = 0; round < 1000; round++)
        {
            job.Give(new ActivityCompleted(job.Asked("w").ExecutionId, ["Again"], new JsonObject { ["who"] = "Sara" })).Applied.Should().BeTrue();
            if (round is 100 or 999) sizes.Add(job.State.ToUtf8().Length);
            job.Effects.RemoveRange(0, job.Effects.Count - 1);
        }
        (sizes[1] - sizes[0]).Should().BeLessThan(16, "only counters grow");
        sizes[1].Should().BeLessThan(1500);
    }

    [Fact]
    public void A_state_is_small_and_free_of_what_is_empty()
    {
        var job = Flow("a -> w", Line("a"), Stage("w")).Start();
        Encoding.UTF8.GetString(job.State.ToUtf8()).Should().NotContain("null").And.NotContain("[]").And.NotContain("{}");
        job.State.ToUtf8().Length.Should().BeLessThan(1000);
    }

    [Fact]
    public void Two_runs_from_one_state_do_not_touch_each_other()
    {
        var job = Flow("w:Yes -> a, w:No -> b", Stage("w", "Yes", "No"), Line("a"), Line("b")).Start();
        var execution = job.Asked("w").ExecutionId;
        var yes = Interpreter.Run(job.Workflow, job.State, new ActivityCompleted(execution, ["Yes"]), Noon);
        var no = Interpreter.Run(job.Workflow, job.State, new ActivityCompleted(execution, ["No"]), Noon);
        yes.Effects.OfType<WriteLine>().Single().Text.Should().Be("a");
        no.Effects.OfType<WriteLine>().Single().Text.Should().Be("b");
    }

    [Fact]
    public void One_compiled_workflow_serves_many_threads()
    {
        var definition = Definition(Activity("ForEach", "loop", ("items", Expression("Object", "[1,2,3]", "Object[]")), ("body", Activity("WriteLine", "a", ("text", Script("`${getCurrentValue()}`", "String"))))));
        var workflow = CompiledWorkflow.Compile(definition, Catalog);
        System.Threading.Tasks.Parallel.For(0, 2_000, _ =>
            Interpreter.Run(workflow, WorkflowState.New(JobId, definition), new Start(), Noon).Effects.OfType<WriteLine>().Select(line => line.Text).Should().Equal("1", "2", "3"));
    }
}
