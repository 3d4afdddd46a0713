using System.Globalization;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What each activity does when it begins, and what a container does when something inside it ends.</summary>
internal sealed partial class Burst
{
    private void Execute(ActivityExecution execution, WorkflowNode node, JsonObject inputs)
    {
        var isTrigger = triggered && node.Id == state.TriggerActivity;
        if (isTrigger) triggered = false;
        switch (node.Behaviour)
        {
            case Behaviour.Flowchart: StartFlowchart(execution, node); break;
            case Behaviour.Sequence: NextInSequence(execution, node); break;
            case Behaviour.Parallel: SideBySide(execution, node, node.ChildList.Where(child => child.Port == "activities")); break;
            case Behaviour.Fork: SideBySide(execution, node, node.ChildList.Where(child => child.Port == "branches")); break;
            case Behaviour.ParallelForEach: ForEachSideBySide(execution, node, inputs); break;
            case Behaviour.FlowNode: Inside(execution, node, node.ChildAt("body")); break;
            case Behaviour.If:
                var holds = Truthy(inputs["condition"]);
                Keep(execution, node, new JsonObject { ["result"] = holds });
                Inside(execution, node, node.ChildAt(holds ? "then" : "else"));
                break;
            case Behaviour.While or Behaviour.ForEach or Behaviour.For: Iterate(execution, node); break;
            case Behaviour.Switch: Switch(execution, node, inputs); break;

            case Behaviour.FlowDecision: Complete(execution, node, [Truthy(inputs["condition"]) ? "True" : "False"]); break;
            case Behaviour.FlowSwitch:
                var matching = Matching(node, inputs).Select(choice => choice.Label).ToArray();
                Complete(execution, node, matching.Length == 0 ? ["Default"] : matching);
                break;
            case Behaviour.FlowFork:
                var branches = WorkflowCompiler.OutcomeNames(inputs["branches"]).ToArray();
                Complete(execution, node, branches.Length == 0 ? Done : branches);
                break;
            case Behaviour.Start or Behaviour.End or Behaviour.FlowJoin: Complete(execution, node); break;
            case Behaviour.Break: Break(execution, node); break;
            case Behaviour.Finish:
                EndWith(execution, node, []);
                break;
            case Behaviour.Complete:
                EndWith(execution, node, [.. WorkflowCompiler.OutcomeNames(inputs["outcomes"])]);
                break;
            case Behaviour.Fault:
                var reason = Text(inputs["message"]);
                if (string.IsNullOrWhiteSpace(reason)) Fail(execution, node, IncidentKind.ActivityFaulted, "{0} stopped the routine here", [node.Title], inputs);
                else Fail(execution, node, IncidentKind.ActivityFaulted, reason, [], inputs);
                break;

            case Behaviour.SetVariable:
                SetVariable(execution, node.VariableName!, inputs["value"]?.DeepClone());
                Complete(execution, node);
                break;
            case Behaviour.SetOutput:
                if (Text(inputs["outputName"]) is { Length: > 0 } output) state.Output[output] = inputs["outputValue"]?.DeepClone();
                Complete(execution, node);
                break;
            case Behaviour.SetName:
                state.Name = Text(inputs["value"]);
                Complete(execution, node);
                break;
            case Behaviour.Correlate:
                state.CorrelationId = Text(inputs["correlationId"]);
                Complete(execution, node);
                break;
            case Behaviour.WriteLine:
                var line = Text(inputs["text"]) ?? "";
                effects.Add(new WriteLine(execution.Id, line));
                var written = journal.Count;
                Complete(execution, node);
                journal[written] = journal[written] with { Message = line };
                break;

            case Behaviour.Delay: WaitFor(execution, node, Span(inputs["timeSpan"])); break;
            case Behaviour.Timer:
                if (isTrigger) Complete(execution, node);
                else WaitFor(execution, node, Span(inputs["interval"]));
                break;
            case Behaviour.StartAt:
                if (isTrigger) Complete(execution, node);
                else WaitUntil(execution, node, Moment(inputs["dateTime"]));
                break;
            case Behaviour.Cron:
                if (isTrigger) Complete(execution, node);
                else if (!CronSchedule.TryParse(Text(inputs["cronExpression"]), out var schedule, out _)) throw Wrong(inputs["cronExpression"]);
                else if (schedule.Next(now, limits.TimeZone) is { } due) WaitUntil(execution, node, due);
                else throw Wrong(inputs["cronExpression"]);
                break;
            case Behaviour.Calendar:
                if (isTrigger) Complete(execution, node);
                else if (!CalendarSchedule.TryParse(TriggerInfo.Schedule(inputs), out var calendar, out _)) throw Wrong(inputs["times"]);
                else if (calendar.Next(now, limits.TimeZone) is { } day) WaitUntil(execution, node, day);
                else throw Wrong(inputs["days"]);
                break;
            case Behaviour.Event:
                if (isTrigger) Complete(execution, node, null, Outputs(triggerPayload));
                else Wait(execution, node, BookmarkKind.Event, Text(inputs["eventName"]) is { Length: > 0 } awaited ? awaited : throw Wrong(inputs["eventName"]), null, null);
                break;
            case Behaviour.PublishEvent:
                var name = Text(inputs["eventName"]) is { Length: > 0 } published ? published : throw Wrong(inputs["eventName"]);
                if (Truthy(inputs["isLocalEvent"])) localEvents.Enqueue((name, inputs["payload"]?.DeepClone()));
                else effects.Add(new PublishEvent(execution.Id, name, Text(inputs["correlationId"]), inputs["payload"]?.DeepClone()));
                Complete(execution, node);
                break;
            case Behaviour.RunTask:
                var task = Text(inputs["taskName"]) is { Length: > 0 } asked ? asked : throw Wrong(inputs["taskName"]);
                effects.Add(new RunTask(execution.Id, task, inputs["payload"]?.DeepClone()));
                Wait(execution, node, BookmarkKind.Task, task, inputs["payload"]?.DeepClone(), null);
                break;
            case Behaviour.HttpEndpoint:
                if (isTrigger) Complete(execution, node, null, triggerPayload is JsonObject request ? (JsonObject)request.DeepClone() : Outputs(triggerPayload));
                else
                {
                    var address = Text(inputs["path"]) is { } path && HttpPaths.IsValid(path) ? HttpPaths.Normal(path) : throw Wrong(inputs["path"]);
                    Wait(execution, node, BookmarkKind.Http, address, HttpDoor.Of(inputs), null);
                }
                break;
            case Behaviour.WriteHttpResponse:
                effects.Add(new WriteHttpResponse(execution.Id, StatusCode(inputs["statusCode"]), inputs["content"]?.DeepClone(), Text(inputs["contentType"]) is { Length: > 0 } kind ? kind : null, inputs["responseHeaders"] as JsonObject is { Count: > 0 } headers ? (JsonObject)headers.DeepClone() : null));
                Complete(execution, node);
                break;
            case Behaviour.Routine:
                effects.Add(new StartChild(execution.Id, node.Uses!.Value.DefinitionId, null, (JsonObject)inputs.DeepClone(), true, false, 0, node.Uses.Value.VersionId));
                Wait(execution, node, BookmarkKind.Child, node.Uses.Value.DefinitionId, null, null);
                break;
            case Behaviour.BulkDispatchWorkflows: StartMany(execution, node, inputs); break;
            case Behaviour.ExecuteWorkflow or Behaviour.DispatchWorkflow:
                var definition = Text(inputs["workflowDefinitionId"]) is { Length: > 0 } id ? id : throw Wrong(inputs["workflowDefinitionId"]);
                var wait = Truthy(inputs["waitForCompletion"]);
                effects.Add(new StartChild(execution.Id, definition, Text(inputs["correlationId"]), inputs["input"]?.DeepClone() as JsonObject, wait, node.Behaviour == Behaviour.DispatchWorkflow));
                if (wait) Wait(execution, node, BookmarkKind.Child, definition, null, null);
                else Complete(execution, node);
                break;

            case Behaviour.External:
                // A trigger has already done what it is for: it brought the job here.
                if (isTrigger) Complete(execution, node, null, triggerPayload is JsonObject brought ? (JsonObject)brought.DeepClone() : Outputs(triggerPayload));
                else
                {
                    execution.AwaitsAnswer = true;
                    effects.Add(new RunActivity(execution.Id, node.NodeId, node.Id, node.Name, node.Type, node.Version, inputs, execution.FaultCount + 1, node.Retry));
                }
                break;
            default:
                Fail(execution, node, IncidentKind.ActivityFaulted, "The activity {0} cannot be run here: {1}", [node.Title, node.Type], null);
                break;
        }
    }

    // ---- containers

    private List<FollowedConnection>? ChildCompleted(ActivityExecution parent, WorkflowNode container, ActivityExecution child, WorkflowNode node, IReadOnlyList<string> outcomes)
    {
        switch (container.Behaviour)
        {
            case Behaviour.Flowchart: return FlowchartChildCompleted(parent, container, node, outcomes);
            case Behaviour.Sequence:
                if (node.IsTerminal) Complete(parent, container);
                else NextInSequence(parent, container);
                break;
            case Behaviour.Parallel or Behaviour.ParallelForEach:
                if (--parent.Counter <= 0) Complete(parent, container);
                break;
            case Behaviour.Fork:
                var first = string.Equals(container.Input("joinMode")?.Expression is FixedExpression literal ? literal.Value.Str() : null, "WaitAny", StringComparison.OrdinalIgnoreCase);
                if (--parent.Counter <= 0 || first) Complete(parent, container);
                break;
            case Behaviour.While or Behaviour.ForEach or Behaviour.For:
                current = parent;
                try
                {
                    Iterate(parent, container);
                }
                catch (ScriptException e)
                {
                    Fail(parent, container, null, e);
                }
                break;
            case Behaviour.Switch:
                if (--parent.Counter <= 0) Complete(parent, container);
                break;
            case Behaviour.BulkDispatchWorkflows: OneLess(parent, container); break;
            default:
                Complete(parent, container);
                break;
        }
        return null;
    }

    private void Inside(ActivityExecution execution, WorkflowNode node, WorkflowNode? child)
    {
        if (child is null) Complete(execution, node);
        else Schedule(child, execution);
    }

    private void NextInSequence(ActivityExecution execution, WorkflowNode node)
    {
        var place = 0;
        foreach (var child in node.ChildList)
        {
            if (child.Port != "activities" || place++ < execution.Counter) continue;
            execution.Counter++;
            Schedule(child, execution);
            return;
        }
        Complete(execution, node);
    }

    private void SideBySide(ActivityExecution execution, WorkflowNode node, IEnumerable<WorkflowNode> children)
    {
        foreach (var child in children)
        {
            execution.Counter++;
            Schedule(child, execution);
        }
        if (execution.Counter == 0) Complete(execution, node);
    }

    private void ForEachSideBySide(ActivityExecution execution, WorkflowNode node, JsonObject inputs)
    {
        if (node.ChildAt("body") is not { } body || inputs["items"] is not JsonArray items || items.Count == 0)
        {
            Complete(execution, node);
            return;
        }
        // They all begin in this burst, so more than a burst may do is refused before it is in memory.
        if (items.Count > limits.MaxStepsPerBurst) throw new ScriptException("The list has more than {0} items", [limits.MaxStepsPerBurst.ToString(CultureInfo.InvariantCulture)], 0);
        for (var i = 0; i < items.Count; i++)
            Schedule(body, execution, null, new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["CurrentValue"] = items[i]?.DeepClone(), ["CurrentIndex"] = i });
        execution.Counter = items.Count;
    }

    private void StartMany(ActivityExecution execution, WorkflowNode node, JsonObject inputs)
    {
        var definition = Text(inputs["workflowDefinitionId"]) is { Length: > 0 } id ? id : throw Wrong(inputs["workflowDefinitionId"]);
        var items = inputs["items"] switch { JsonArray list => [.. list], null => [], var one => (IReadOnlyList<JsonNode?>)[one] };
        if (items.Count > limits.MaxStepsPerBurst * 10) throw new ScriptException("The list has more than {0} items", [(limits.MaxStepsPerBurst * 10).ToString(CultureInfo.InvariantCulture)], 0);
        var wait = node.Input("waitForCompletion") is null || Truthy(inputs["waitForCompletion"]);
        for (var i = 0; i < items.Count; i++)
        {
            (execution.Variables ??= new(StringComparer.Ordinal))["Item"] = items[i]?.DeepClone();
            var input = inputs["input"]?.DeepClone() as JsonObject ?? [];
            input["ParentInstanceId"] = state.Id.ToString("N");
            input["Item"] = items[i]?.DeepClone();
            effects.Add(new StartChild(execution.Id, definition, Text(Value(node, "correlationIdFunction")), input, wait, true, i));
        }
        execution.Counter = items.Count;
        if (wait && items.Count > 0) Wait(execution, node, BookmarkKind.Child, definition, null, null);
        else Complete(execution, node);
    }

    /// <summary>The next round of a loop, or its end. Counter is the round; what the loop runs over is computed anew each time, as in Elsa.</summary>
    private void Iterate(ActivityExecution execution, WorkflowNode node)
    {
        var body = node.ChildAt("body");
        JsonNode? value = null;
        switch (node.Behaviour)
        {
            case Behaviour.While:
                if (body is null || !Truthy(Value(node, "condition")))
                {
                    Complete(execution, node);
                    return;
                }
                Schedule(body, execution);
                return;
            case Behaviour.ForEach:
                if (body is null || Value(node, "items") is not JsonArray items || execution.Counter >= items.Count)
                {
                    Complete(execution, node);
                    return;
                }
                value = items[execution.Counter];
                break;
            default:
                var (start, end, step) = (Number(node, "start", 0), Number(node, "end", 0), Number(node, "step", 1));
                var included = node.Input("outerBoundInclusive") is null || Truthy(Value(node, "outerBoundInclusive"));
                var up = end >= start;
                var number = execution.LoopValue is { } last ? up ? last + step : last - step : start;
                if (body is null || double.IsNaN(number) || !(up ? included ? number <= end : number < end : included ? number >= end : number > end))
                {
                    Complete(execution, node);
                    return;
                }
                execution.LoopValue = number;
                value = ScriptValueNode(number);
                break;
        }
        var variables = execution.Variables ??= new(StringComparer.Ordinal);
        variables["CurrentValue"] = value?.DeepClone();
        variables["CurrentIndex"] = execution.Counter;
        foreach (var target in node.Outputs)
            if (target.Property == "currentValue")
            {
                if (target.Variable is not null) SetVariable(execution, target.Variable, value?.DeepClone());
                else state.Output[target.WorkflowOutput!] = value?.DeepClone();
            }
        execution.Counter++;
        Schedule(body, execution);
    }

    private void Break(ActivityExecution execution, WorkflowNode node)
    {
        // Out of the nearest loop, over whatever containers are in between; without a loop it ends the container it is in.
        for (var around = execution.Parent is { } parent ? state.Execution(parent) : null; around is not null; around = around.Parent is { } next ? state.Execution(next) : null)
        {
            if (Node(around) is not { Behaviour: Behaviour.While or Behaviour.ForEach or Behaviour.For or Behaviour.ParallelForEach } loop) continue;
            execution.Status = ActivityStatus.Completed;
            Drop(execution);
            Write(execution, node, JournalEvent.Completed);
            journal[^1] = journal[^1] with { Outcomes = Done };
            Complete(around, loop);
            return;
        }
        Complete(execution, node);
    }

    private void EndWith(ActivityExecution execution, WorkflowNode node, string[] outcomes)
    {
        execution.Status = ActivityStatus.Completed;
        Drop(execution);
        Write(execution, node, JournalEvent.Completed);
        journal[^1] = journal[^1] with { Outcomes = outcomes.Length == 0 ? Done : outcomes };
        state.Outcomes.Clear();
        state.Outcomes.AddRange(outcomes);
        // The containers around it are done; what runs beside it is not wanted any more.
        var around = new List<ActivityExecution>();
        for (var container = execution.Parent is { } parent ? state.Execution(parent) : null; container is not null; container = container.Parent is { } next ? state.Execution(next) : null) around.Add(container);
        foreach (var container in around)
        {
            CancelInside(container, null);
            container.Status = ActivityStatus.Completed;
            Drop(container);
            if (Node(container) is { } box)
            {
                Write(container, box, JournalEvent.Completed);
                journal[^1] = journal[^1] with { Outcomes = Done };
            }
        }
        Finish(WorkflowSubStatus.Finished);
    }

    private List<CompiledCase> Matching(WorkflowNode node, JsonObject inputs)
    {
        var all = string.Equals(Text(inputs["mode"]), "MatchAny", StringComparison.OrdinalIgnoreCase) || (inputs["mode"] is JsonValue mode && mode.GetValueKind() == System.Text.Json.JsonValueKind.Number && ScriptValue.From(mode).Num == 1);
        var matching = new List<CompiledCase>();
        foreach (var choice in node.Cases)
        {
            if (!Truthy(choice.Condition.Evaluate(this, limits.Expressions))) continue;
            matching.Add(choice);
            if (!all) break;
        }
        return matching;
    }

    private void Switch(ActivityExecution execution, WorkflowNode node, JsonObject inputs)
    {
        var matching = Matching(node, inputs);
        foreach (var choice in matching)
            if (choice.Activity is { } activity)
            {
                execution.Counter++;
                Schedule(activity, execution);
            }
        if (matching.Count == 0 && node.ChildAt("default") is { } fallback)
        {
            execution.Counter++;
            Schedule(fallback, execution);
        }
        if (execution.Counter == 0) Complete(execution, node);
    }

    // ---- waiting

    private void WaitFor(ActivityExecution execution, WorkflowNode node, TimeSpan span)
    {
        if (span <= TimeSpan.Zero) Complete(execution, node);
        else WaitUntil(execution, node, span > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + span);
    }

    private void WaitUntil(ActivityExecution execution, WorkflowNode node, DateTimeOffset due)
    {
        if (due <= now) Complete(execution, node);
        else Wait(execution, node, BookmarkKind.Timer, null, null, due.ToUniversalTime());
    }

    // ---- values

    private JsonNode? Value(WorkflowNode node, string property) => node.Input(property)?.Expression.Evaluate(this, limits.Expressions);

    private double Number(WorkflowNode node, string property, double missing) => Value(node, property) is { } value ? ScriptValue.From(value).Num : missing;

    private static JsonNode ScriptValueNode(double number) => number == Math.Floor(number) && Math.Abs(number) < 9e15 ? JsonValue.Create((long)number) : JsonValue.Create(number);

    private static bool Truthy(JsonNode? value) => value is not null && ScriptValue.From(value).Truthy;

    private static string? Text(JsonNode? value) => value is null ? null : value.Str() ?? (value is JsonObject or JsonArray ? value.Compact() : value.ToString());

    private TimeSpan Span(JsonNode? value)
    {
        if (value.Str() is { } text && Moments.TryParseSpan(text, out var span)) return span;
        throw Wrong(value);
    }

    private DateTimeOffset Moment(JsonNode? value)
    {
        if (value.Str() is { } text && Moments.TryParse(text, limits.TimeZone, out var moment)) return moment;
        throw Wrong(value);
    }

    // Elsa writes the name of a status ("OK"), people its number.
    private static int StatusCode(JsonNode? value)
    {
        if (value is null) return 200;
        var text = Text(value);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 200 and <= 599) return number;
        if (Enum.TryParse<System.Net.HttpStatusCode>(text, ignoreCase: true, out var named) && (int)named is >= 200 and <= 599) return (int)named;
        throw Wrong(value);
    }

    private static ScriptException Wrong(JsonNode? value)
    {
        var shown = value.Compact();
        return new ScriptException("This value cannot be used: {0}", [shown.Length > 80 ? string.Create(CultureInfo.InvariantCulture, $"{shown.AsSpan(0, 80)}…") : shown], 0);
    }

    private static JsonObject Outputs(JsonNode? result) => new() { ["result"] = result?.DeepClone() };
}
