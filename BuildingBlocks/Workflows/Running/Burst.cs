using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>One run of the interpreter. Work is done first in, first out, as Elsa's scheduler does it.</summary>
internal sealed partial class Burst : IScriptScope
{
    private readonly record struct Work(WorkflowNode Node, ActivityExecution? Parent, string? CameFrom, Dictionary<string, JsonNode?>? Variables, ActivityExecution? Retry);

    private static readonly IReadOnlyList<string> Done = ["Done"];

    private CompiledWorkflow workflow;
    private readonly WorkflowState before;
    private readonly WorkflowState state;
    private readonly DateTimeOffset now;
    private readonly JsonObject? data;
    private readonly InterpreterLimits limits;
    private readonly Queue<Work> queue = new();
    private readonly List<Effect> effects = [];
    private readonly List<JournalEntry> journal = [];
    private readonly Queue<(string Name, JsonNode? Payload)> localEvents = new();
    private ActivityExecution? current;
    private JsonNode? triggerPayload;
    private bool triggered;
    private bool stopped;
    private bool committing;
    private bool committed;
    private int steps;

    public Burst(CompiledWorkflow workflow, WorkflowState state, DateTimeOffset now, JsonObject? data, InterpreterLimits limits)
    {
        this.workflow = workflow;
        before = state;
        this.state = state.Clone();
        this.now = now;
        this.data = data;
        this.limits = limits;
    }

    public RunResult Run(Stimulus stimulus)
    {
        var ignored = Apply(stimulus);
        if (ignored is not null) return new RunResult(before, [], [], false, ignored, 0);
        if (workflow.FaultStops && !stopped && state.Incidents.Count == 0) TakeUpHeld();
        Drain();
        Conclude();
        state.UpdatedAt = now;
        return new RunResult(state, effects, journal, true, null, steps);
    }

    private void Drain()
    {
        do
        {
            while (!stopped && queue.TryDequeue(out var work))
            {
                if (work.Parent is { Status: not ActivityStatus.Running }) continue;
                // One fault stops the whole job where its drawing says so: what was to come next is kept until somebody has handled it.
                if (workflow.FaultStops && state.Incidents.Count > 0 && work.Retry is null)
                {
                    Keep(work);
                    continue;
                }
                if ((committing || work.Node.CommitsBefore) && steps > 0)
                {
                    Commit(work);
                    return;
                }
                if (steps >= limits.MaxStepsPerBurst)
                {
                    Hold(work);
                    break;
                }
                steps++;
                state.Steps++;
                Begin(work);
                committing |= work.Node.CommitsAfter;
            }
        }
        while (!stopped && Deliver());
    }

    /// <summary>Events that were meant for this job alone reach it when all else of the burst waits.</summary>
    private bool Deliver()
    {
        if (!localEvents.TryDequeue(out var local)) return false;
        ResumeEvents(local.Name, local.Payload);
        return true;
    }

    private void Keep(in Work work) => state.Held.Add(new HeldWork(work.Node.Key, work.Parent?.Id, work.CameFrom, work.Variables, work.Retry?.Id));

    private void KeepAll(Work first)
    {
        Keep(first);
        while (queue.TryDequeue(out var work))
            if (work.Parent is not { Status: not ActivityStatus.Running }) Keep(work);
    }

    private void TakeUpHeld()
    {
        var held = state.Held.ToArray();
        state.Held.Clear();
        foreach (var work in held)
        {
            if (work.Activity.Length == 0)
            {
                localEvents.Enqueue((work.CameFrom ?? "", work.Variables?.GetValueOrDefault("payload")));
                continue;
            }

            var parent = work.Parent is { } parentId ? state.Execution(parentId) : null;
            if (workflow.Find(work.Activity) is not { } node || (work.Parent is not null && parent is null)) continue;
            queue.Enqueue(new Work(node, parent, work.CameFrom, work.Variables is null ? null : new(work.Variables, StringComparer.Ordinal), work.Retry is { } again ? state.Execution(again) : null));
        }
    }

    /// <summary>A commit point: what was done so far is saved before anything goes on.</summary>
    private void Commit(Work first)
    {
        KeepAll(first);
        while (localEvents.TryDequeue(out var local)) state.Held.Add(new HeldWork("", null, local.Name, new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["payload"] = local.Payload }));
        effects.Add(new CommitAndGoOn());
        committed = true;
    }

    private void Hold(Work first)
    {
        KeepAll(first);
        localEvents.Clear();
        OpenIncident(IncidentKind.StepLimit, null, first.Node, "The job made {0} steps without waiting and was stopped", [limits.MaxStepsPerBurst.ToString(System.Globalization.CultureInfo.InvariantCulture)], null);
    }

    // ---- beginning

    private void Schedule(WorkflowNode node, ActivityExecution? parent, string? cameFrom = null, Dictionary<string, JsonNode?>? variables = null) => queue.Enqueue(new Work(node, parent, cameFrom, variables, null));

    private void Begin(Work work)
    {
        var node = work.Node;
        if (work.Parent is { } container && container.Tokens is not null && work.CameFrom is not null && work.Retry is null) CancelLosers(container, node);
        ActivityExecution execution;
        if (work.Retry is { } retry)
        {
            execution = retry;
            execution.Status = ActivityStatus.Running;
            execution.Counter = 0;
            execution.LoopValue = null;
        }
        else
        {
            execution = new ActivityExecution { Id = NewId(), Activity = node.Key, Parent = work.Parent?.Id, Status = ActivityStatus.Running, StartedAt = now, CameFrom = work.CameFrom, Variables = work.Variables };
            state.Executions.Add(execution);
        }
        current = execution;
        foreach (var variable in node.Variables) (execution.Variables ??= new(StringComparer.Ordinal))[variable.Name] = variable.Initial.Value;

        var inputs = new JsonObject();
        var place = journal.Count;
        Write(execution, node, JournalEvent.Started);
        foreach (var input in node.Inputs)
        {
            if (!input.AutoEvaluate) continue;
            try
            {
                inputs[input.Property] = input.Expression.Evaluate(this, limits.Expressions)?.DeepClone();
            }
            catch (ScriptException e)
            {
                if (limits.RecordInputs) journal[place] = journal[place] with { ActivityState = Masked(node, inputs) };
                Fail(execution, node, input.Property, e);
                return;
            }
        }
        if (limits.RecordInputs && inputs.Count > 0) journal[place] = journal[place] with { ActivityState = Masked(node, inputs) };
        try
        {
            Execute(execution, node, inputs);
        }
        catch (ScriptException e)
        {
            Fail(execution, node, null, e);
        }
    }

    private static JsonObject Masked(WorkflowNode node, JsonObject inputs)
    {
        if (!node.HasSensitiveInputs) return inputs;
        var masked = (JsonObject)inputs.DeepClone();
        foreach (var input in node.Inputs)
            if (input.IsSensitive && masked[input.Property] is not null) masked[input.Property] = "***";
        return masked;
    }

    // ---- ending

    private void Complete(ActivityExecution execution, WorkflowNode node, IReadOnlyList<string>? outcomes = null, JsonObject? outputs = null)
    {
        if (execution.Status is ActivityStatus.Completed or ActivityStatus.Canceled) return;
        outcomes ??= Done;
        // What still runs inside a container that ends is not wanted any more.
        CancelInside(execution, null);
        if (outputs is { Count: > 0 }) Keep(execution, node, outputs);
        execution.Status = ActivityStatus.Completed;
        execution.AwaitsAnswer = false;
        Drop(execution);
        var place = journal.Count;
        Write(execution, node, JournalEvent.Completed);
        journal[place] = journal[place] with { Outcomes = outcomes, Payload = outputs is { Count: > 0 } ? outputs : null };
        if (execution.Parent is not { } parentId)
        {
            Finish(WorkflowSubStatus.Finished);
            return;
        }
        if (state.Execution(parentId) is not { Status: ActivityStatus.Running } parent || Node(parent) is not { } container) return;
        var followed = ChildCompleted(parent, container, execution, node, outcomes);
        if (followed is not null) journal[place] = journal[place] with { Followed = followed };
    }

    private void Keep(ActivityExecution execution, WorkflowNode node, JsonObject outputs)
    {
        // The runtime's object stays the runtime's; what the state holds is never changed by anyone.
        state.Results[node.Key] = outputs.DeepClone();
        state.LastResultOf = node.Key;
        foreach (var target in node.Outputs)
        {
            if (!TryOutput(outputs, target.Property, out var value)) continue;
            if (target.Variable is not null) SetVariable(execution, target.Variable, value?.DeepClone());
            else state.Output[target.WorkflowOutput!] = value?.DeepClone();
        }
    }

    private static bool TryOutput(JsonObject outputs, string name, out JsonNode? value)
    {
        if (outputs.TryGetPropertyValue(name, out value)) return true;
        foreach (var (key, candidate) in outputs)
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                return true;
            }
        return false;
    }

    private void CancelInside(ActivityExecution container, ActivityExecution? except)
    {
        for (var i = state.Executions.Count - 1; i >= 0; i--)
        {
            if (i >= state.Executions.Count) continue;
            var child = state.Executions[i];
            if (child.Parent == container.Id && child != except) CancelOne(child);
        }
        for (var i = state.Held.Count - 1; i >= 0; i--)
            if (state.Held[i].Parent == container.Id) state.Held.RemoveAt(i);
        ForgetEmptyStop();
    }

    /// <summary>A job that was stopped for its many steps has nothing to go on with once all that was held back is gone: its incident is over.</summary>
    private void ForgetEmptyStop()
    {
        if (state.Held.Count == 0) state.Incidents.RemoveAll(incident => incident.Kind == IncidentKind.StepLimit);
    }

    private void CancelOne(ActivityExecution execution, string? reason = null)
    {
        if (execution.Status is ActivityStatus.Completed or ActivityStatus.Canceled) return;
        CancelInside(execution, null);
        var outside = execution.Status == ActivityStatus.Running;
        execution.Status = ActivityStatus.Canceled;
        var waitsOutside = execution.AwaitsAnswer || state.Bookmarks.Any(bookmark => bookmark.ExecutionId == execution.Id && bookmark.Kind is BookmarkKind.Activity or BookmarkKind.Task or BookmarkKind.Child);
        Drop(execution);
        if (Node(execution) is not { } node) return;
        if (outside && (waitsOutside || node.Behaviour == Behaviour.External))
        {
            // What was asked for in this very burst has not left it: it is taken back instead of asked for and recalled.
            var asked = effects.FindIndex(effect => effect switch
            {
                RunActivity run => run.ExecutionId == execution.Id,
                RunTask task => task.ExecutionId == execution.Id,
                StartChild child => child.ExecutionId == execution.Id,
                _ => false,
            });
            if (asked >= 0 && effects[asked] is StartChild) effects.RemoveAll(effect => effect is StartChild child && child.ExecutionId == execution.Id);
            else if (asked >= 0 && effects[asked] is not RunActivity { Attempt: > 1 }) effects.RemoveAt(asked);
            else effects.Add(new CancelActivity(execution.Id, node.Id, node.Type));
        }
        Write(execution, node, JournalEvent.Canceled, reason);
    }

    /// <summary>Takes an execution and all that hangs on it out of the state.</summary>
    private void Drop(ActivityExecution execution)
    {
        state.Executions.Remove(execution);
        state.Bookmarks.RemoveAll(bookmark => bookmark.ExecutionId == execution.Id);
        state.Incidents.RemoveAll(incident => incident.ExecutionId == execution.Id);
    }

    private void Finish(WorkflowSubStatus how, string? reason = null)
    {
        for (var i = state.Executions.Count - 1; i >= 0; i--)
            if (i < state.Executions.Count) CancelOne(state.Executions[i], reason);
        state.Bookmarks.Clear();
        state.Incidents.Clear();
        state.Held.Clear();
        queue.Clear();
        localEvents.Clear();
        stopped = true;
        state.SubStatus = how;
        state.FinishedAt = now;
        var output = new JsonObject();
        foreach (var (name, value) in state.Output) output[name] = value?.DeepClone();
        effects.Add(new Finished(how, output, [.. state.Outcomes]));
    }

    // ---- failing

    private void Fail(ActivityExecution execution, WorkflowNode node, string? property, ScriptException e) =>
        Fail(execution, node, IncidentKind.ExpressionFailed, e.Template, e.Arguments, property is null ? null : new JsonObject { ["property"] = property, ["position"] = e.Position });

    private void Fail(ActivityExecution execution, WorkflowNode node, IncidentKind kind, string message, IReadOnlyList<string> arguments, JsonNode? details)
    {
        CancelInside(execution, null);
        execution.Status = ActivityStatus.Faulted;
        execution.FaultCount++;
        execution.AwaitsAnswer = false;
        state.Bookmarks.RemoveAll(bookmark => bookmark.ExecutionId == execution.Id);
        Write(execution, node, JournalEvent.Faulted, Messages.Fill(message, arguments));
        if (details is not null) journal[^1] = journal[^1] with { Payload = details.DeepClone() };
        OpenIncident(kind, execution.Id, node, message, arguments, details);
    }

    private void OpenIncident(IncidentKind kind, Guid? execution, WorkflowNode node, string message, IReadOnlyList<string> arguments, JsonNode? details)
    {
        var incident = new Incident(NewId(), kind, execution, node.Key, node.Type, message, arguments, details, now);
        state.Incidents.Add(incident);
        effects.Add(new IncidentOpened(incident));
    }

    // ---- the end of the burst

    private void Conclude()
    {
        if (state.IsOver) return;
        if (committed)
        {
            state.SubStatus = WorkflowSubStatus.Suspended;
            return;
        }
        if (workflow.FaultStops && state.Incidents.Count > 0)
        {
            state.SubStatus = WorkflowSubStatus.Faulted;
            return;
        }
        var (waits, faulted) = (state.Bookmarks.Count > 0, false);
        foreach (var execution in state.Executions)
        {
            faulted |= execution.Status == ActivityStatus.Faulted;
            waits |= execution.Status == ActivityStatus.Running && (execution.AwaitsAnswer || Node(execution)?.Behaviour is Behaviour.External or null);
        }
        if (waits) state.SubStatus = WorkflowSubStatus.Suspended;
        else if (faulted || state.Held.Count > 0) state.SubStatus = WorkflowSubStatus.Faulted;
        else
        {
            state.SubStatus = WorkflowSubStatus.Suspended;
            ReportWaitingJoins();
        }
    }

    // ---- helpers

    private Guid NewId() => DerivedIds.Next(state.Id, ++state.LastId);

    private WorkflowNode? Node(ActivityExecution execution) => workflow.Find(execution.Activity);

    private void Write(ActivityExecution execution, WorkflowNode node, JournalEvent what, string? message = null) =>
        journal.Add(new JournalEntry(++state.LastSequence, execution.Id, execution.Parent, node.Id, node.Type, node.Version, node.Name, node.NodeId, now, what) { Message = message });

    private void Wait(ActivityExecution execution, WorkflowNode node, BookmarkKind kind, string? name, JsonNode? payload, DateTimeOffset? dueAt)
    {
        state.Bookmarks.Add(new Bookmark(NewId(), execution.Id, kind, name, payload, dueAt, now));
        Write(execution, node, JournalEvent.Suspended);
    }

    private void SetVariable(ActivityExecution from, string name, JsonNode? value)
    {
        for (var scope = from; scope is not null; scope = scope.Parent is { } parent ? state.Execution(parent) : null)
            if (scope.Variables is { } variables && variables.ContainsKey(name))
            {
                variables[name] = value;
                return;
            }
        state.Variables[name] = value;
    }

    // ---- what expressions see

    bool IScriptScope.TryVariable(string name, out JsonNode? value)
    {
        for (var scope = current; scope is not null; scope = scope.Parent is { } parent ? state.Execution(parent) : null)
            if (scope.Variables is { } variables && variables.TryGetValue(name, out value)) return true;
        return state.Variables.TryGetValue(name, out value);
    }

    bool IScriptScope.TryInput(string name, out JsonNode? value) => state.Input.TryGetValue(name, out value);

    bool IScriptScope.TryData(string name, out JsonNode? value)
    {
        value = null;
        return data is not null && data.TryGetPropertyValue(name, out value);
    }

    JsonNode? IScriptScope.OutputFrom(string activity, string? output)
    {
        if (workflow.FindByName(activity) is not { } node || !state.Results.TryGetValue(node.Key, out var results) || results is not JsonObject outputs) return null;
        if (output is not null) return TryOutput(outputs, output, out var value) ? value : null;
        return Result(outputs);
    }

    JsonNode? IScriptScope.LastResult => state.LastResultOf is { } key && state.Results.TryGetValue(key, out var results) ? results is JsonObject outputs ? Result(outputs) : results : null;

    // An activity's result is its output of that name, or its only output, or all of them.
    private static JsonNode? Result(JsonObject outputs)
    {
        if (TryOutput(outputs, "result", out var result)) return result;
        return outputs.Count == 1 ? outputs.First().Value : outputs;
    }

    string? IScriptScope.CorrelationId => state.CorrelationId;
    string IScriptScope.InstanceId => state.Id.ToString("N");
    string? IScriptScope.InstanceName => state.Name;
    string IScriptScope.DefinitionId => workflow.DefinitionId;
    string IScriptScope.DefinitionVersionId => workflow.VersionId;
    int IScriptScope.DefinitionVersion => workflow.Version;
    DateTimeOffset IScriptScope.Now => now;
    TimeZoneInfo IScriptScope.TimeZone => limits.TimeZone;
}
