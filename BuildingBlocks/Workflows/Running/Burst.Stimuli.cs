using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What each stimulus does to a job. The answer is null, or why it changes nothing.</summary>
internal sealed partial class Burst
{
    private const string JobOver = "The job is over.", NotStarted = "The job has not started.", NoExecution = "No such execution is waiting.", NoBookmark = "No such bookmark is open.", NoIncident = "No such incident is open.";

    private string? Apply(Stimulus stimulus)
    {
        if (state.IsOver) return JobOver;
        if (stimulus is Start start) return Begin(start);
        if (state.SubStatus == WorkflowSubStatus.Pending)
        {
            if (stimulus is not Crm.Workflows.Cancel early) return NotStarted;
            Finish(WorkflowSubStatus.Cancelled, early.Reason);
            return null;
        }
        state.SubStatus = WorkflowSubStatus.Executing;
        return stimulus switch
        {
            TimerDue due => Resume(due.BookmarkId, null, timer: true),
            BookmarkResumed resumed => Resume(resumed.BookmarkId, resumed.Payload, timer: false),
            EventReceived received => ResumeEvents(received.EventName, received.Payload) ? null : NoBookmark,
            ActivityCompleted completed => Answered(completed.ExecutionId, (execution, node) =>
            {
                if (!execution.AwaitsAnswer) Write(execution, node, JournalEvent.Resumed);
                if (node.ChildList.Count > 0 && Answers(execution, node, completed)) return;
                Complete(execution, node, completed.Outcomes.Count == 0 ? null : completed.Outcomes, completed.Outputs);
            }),
            ActivityWaiting waiting => Answered(waiting.ExecutionId, (execution, node) => Waits(execution, node, waiting)),
            // A routine that could not be started is a fault of the activity that wanted it.
            ActivityFaulted faulted when Starting(faulted.ExecutionId) is { Behaviour: Behaviour.BulkDispatchWorkflows } => ChildEnded(new ChildFinished(faulted.ExecutionId, WorkflowSubStatus.Faulted)),
            ActivityFaulted faulted when Starting(faulted.ExecutionId) is { } starting => NotStartedChild(starting, faulted),
            ActivityFaulted faulted => Answered(faulted.ExecutionId, (execution, node) => Fail(execution, node, IncidentKind.ActivityFaulted, faulted.Reason, [], faulted.Details?.DeepClone())),
            TaskCompleted task => state.Bookmarks.FirstOrDefault(bookmark => bookmark.ExecutionId == task.ExecutionId && bookmark.Kind == BookmarkKind.Task) is { } bookmark ? Resume(bookmark.Id, task.Result, timer: false) : NoExecution,
            ChildFinished child => ChildEnded(child),
            Retry retry => Again(retry.Id),
            GoOn on => Past(on),
            Crm.Workflows.Cancel cancel => End(cancel.Reason),
            GoOnCommitted => Committed(),
            _ => "The stimulus is unknown.",
        };
    }

    private string? Begin(Start start)
    {
        if (state.SubStatus != WorkflowSubStatus.Pending) return "The job has started before.";
        state.SubStatus = WorkflowSubStatus.Executing;
        state.StartedAt = now;
        state.DefinitionId = workflow.DefinitionId;
        state.DefinitionVersionId = workflow.VersionId;
        state.DefinitionVersion = workflow.Version;
        if (start.CorrelationId is not null) state.CorrelationId = start.CorrelationId;
        if (start.Input is not null)
            foreach (var (name, value) in start.Input) state.Input[name] = value?.DeepClone();
        foreach (var variable in workflow.Variables) state.Variables[variable.Name] = variable.Initial.Value;
        if (start.TriggerActivityId is { Length: > 0 } trigger)
        {
            state.TriggerActivity = trigger;
            triggered = true;
            triggerPayload = start.Payload;
        }
        Schedule(workflow.Root, null);
        return null;
    }

    private string? Resume(Guid bookmarkId, JsonNode? payload, bool timer)
    {
        if (state.Bookmarks.Find(candidate => candidate.Id == bookmarkId) is not { } bookmark || (timer && bookmark.DueAt is null)) return NoBookmark;
        if (state.Execution(bookmark.ExecutionId) is not { Status: ActivityStatus.Running } execution) return NoExecution;
        if (Node(execution) is not { } node) return Missing(execution);
        state.Bookmarks.Remove(bookmark);
        Write(execution, node, JournalEvent.Resumed);
        current = execution;
        if (bookmark.Kind == BookmarkKind.Activity)
        {
            execution.AwaitsAnswer = true;
            effects.Add(new ResumeActivity(execution.Id, node.Id, node.Type, bookmark.Id, bookmark.Name, bookmark.Payload?.DeepClone(), payload?.DeepClone(), timer));
        }
        else Complete(execution, node, null, bookmark.Kind == BookmarkKind.Timer ? null : bookmark.Kind == BookmarkKind.Http && payload is JsonObject request ? (JsonObject)request.DeepClone() : Outputs(payload));
        return null;
    }

    private bool ResumeEvents(string name, JsonNode? payload)
    {
        var any = false;
        foreach (var bookmark in state.Bookmarks.Where(bookmark => bookmark.Kind == BookmarkKind.Event && string.Equals(bookmark.Name, name, StringComparison.Ordinal)).ToArray())
        {
            // The first one may end or cancel what the next one waits for.
            if (stopped || !state.Bookmarks.Contains(bookmark)) continue;
            any |= Resume(bookmark.Id, payload, timer: false) is null;
        }
        return any;
    }

    private string? Answered(Guid executionId, Action<ActivityExecution, WorkflowNode> then)
    {
        if (state.Execution(executionId) is not { Status: ActivityStatus.Running } execution) return NoExecution;
        if (Node(execution) is not { } node) return Missing(execution);
        if (node.Behaviour != Behaviour.External) return NoExecution;
        current = execution;
        then(execution, node);
        return null;
    }

    private void Waits(ActivityExecution execution, WorkflowNode node, ActivityWaiting waiting)
    {
        execution.AwaitsAnswer = false;
        state.Bookmarks.RemoveAll(bookmark => bookmark.ExecutionId == execution.Id);
        foreach (var wanted in waiting.Bookmarks) state.Bookmarks.Add(new Bookmark(NewId(), execution.Id, BookmarkKind.Activity, wanted.Name, wanted.Payload?.DeepClone(), wanted.DueAt?.ToUniversalTime(), now));
        if (waiting.Outputs is { Count: > 0 } outputs) Keep(execution, node, outputs);
        Write(execution, node, JournalEvent.Suspended);
    }

    private WorkflowNode? Starting(Guid executionId) =>
        state.Execution(executionId) is { Status: ActivityStatus.Running } execution && Node(execution) is { Behaviour: not Behaviour.External } node && state.Bookmarks.Exists(bookmark => bookmark.ExecutionId == executionId && bookmark.Kind == BookmarkKind.Child) ? node : null;

    private string? NotStartedChild(WorkflowNode node, ActivityFaulted faulted)
    {
        current = state.Execution(faulted.ExecutionId)!;
        Fail(current, node, IncidentKind.ActivityFaulted, faulted.Reason, [], faulted.Details?.DeepClone());
        return null;
    }

    private string? Committed()
    {
        if (state.Held.Count == 0 || state.Incidents.Exists(incident => incident.Kind == IncidentKind.StepLimit)) return "Nothing was held back.";
        TakeUpHeld();
        return null;
    }

    /// <summary>An external activity with places for others inside: its outcome says which of them runs. False when none stands there.</summary>
    private bool Answers(ActivityExecution execution, WorkflowNode node, ActivityCompleted completed)
    {
        if (state.Executions.Exists(inside => inside.Parent == execution.Id)) return true;
        var outcome = completed.Outcomes.Count > 0 ? completed.Outcomes[0] : "";
        var child = (node.Activity.Json["expectedStatusCodes"] as JsonArray)?.OfType<JsonObject>()
            .Where(choice => choice["statusCode"]?.ToJsonString() == outcome).Select(choice => node.ChildList.Find(inside => ReferenceEquals(inside.Activity.Json, choice["activity"]))).FirstOrDefault(inside => inside is not null);
        child ??= node.ChildAt(int.TryParse(outcome, System.Globalization.CultureInfo.InvariantCulture, out _) || outcome == "Unmatched status code" ? "unmatchedStatusCode" : outcome == "Timeout" ? "timeout" : "failedToConnect");
        if (child is null) return false;
        if (completed.Outputs is { Count: > 0 } outputs) Keep(execution, node, outputs);
        execution.AwaitsAnswer = false;
        Schedule(child, execution);
        return true;
    }

    private string? ChildEnded(ChildFinished child)
    {
        if (state.Bookmarks.Find(candidate => candidate.ExecutionId == child.ExecutionId && candidate.Kind == BookmarkKind.Child) is not { } bookmark) return NoExecution;
        if (state.Execution(child.ExecutionId) is not { Status: ActivityStatus.Running } execution) return NoExecution;
        if (Node(execution) is not { } node) return Missing(execution);
        current = execution;
        if (node.Behaviour == Behaviour.BulkDispatchWorkflows)
        {
            OneOfManyEnded(execution, node, child);
            return null;
        }
        state.Bookmarks.Remove(bookmark);
        Write(execution, node, JournalEvent.Resumed);
        // A routine used as an activity gives its outputs under their own names and leaves by the outcomes it ended with.
        var outputs = node.Behaviour == Behaviour.Routine ? child.Output?.DeepClone() as JsonObject ?? [] : new JsonObject { ["result"] = child.Output?.DeepClone() };
        if (child.SubStatus is not (WorkflowSubStatus.Cancelled or WorkflowSubStatus.Faulted))
        {
            Complete(execution, node, node.Behaviour == Behaviour.Routine && child.Outcomes is { Count: > 0 } ends ? ends : null, outputs);
            return null;
        }
        // Who drew an arrow for it wants to go on; for all others a routine that did not reach its end is an incident.
        var outcome = child.SubStatus == WorkflowSubStatus.Cancelled ? "Canceled" : "Faulted";
        if (node.Parent?.Graph is { } graph && graph.Place(node.Id) is { } place && graph.Outbound(place).Exists(arrow => arrow.Port == outcome)) Complete(execution, node, [outcome], outputs);
        else Fail(execution, node, IncidentKind.ActivityFaulted, child.SubStatus == WorkflowSubStatus.Cancelled ? "The started routine was ended by hand" : "The started routine failed", [], child.Output?.DeepClone());
        return null;
    }

    /// <summary>One of the routines started for a list has ended: what is drawn for it runs, and with the last one the activity is done.</summary>
    private void OneOfManyEnded(ActivityExecution execution, WorkflowNode node, ChildFinished child)
    {
        var inside = child.SubStatus switch
        {
            WorkflowSubStatus.Finished => node.ChildAt("childFinished"),
            WorkflowSubStatus.Faulted or WorkflowSubStatus.Cancelled => node.ChildAt("childFaulted"),
            _ => null,
        };
        if (inside is not null)
            Schedule(inside, execution, null, new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["ChildInstanceId"] = child.ChildId?.ToString("N"), ["WorkflowOutput"] = child.Output?.DeepClone() });
        else OneLess(execution, node);
    }

    private void OneLess(ActivityExecution execution, WorkflowNode node)
    {
        if (--execution.Counter > 0) return;
        state.Bookmarks.RemoveAll(bookmark => bookmark.ExecutionId == execution.Id);
        Write(execution, node, JournalEvent.Resumed);
        Complete(execution, node, ["Finished", "Done"]);
    }

    private string? Again(Guid id)
    {
        if (state.Incidents.Find(candidate => candidate.Id == id) is { Kind: IncidentKind.StepLimit } limit)
        {
            state.Incidents.Remove(limit);
            TakeUpHeld();
            return null;
        }
        var execution = state.Incidents.Find(candidate => candidate.Id == id) is { ExecutionId: { } failed } ? state.Execution(failed) : state.Execution(id);
        if (execution is not { Status: ActivityStatus.Faulted }) return NoIncident;
        if (Node(execution) is not { } activity) return Missing(execution);
        state.Incidents.RemoveAll(incident => incident.ExecutionId == execution.Id);
        var container = execution.Parent is { } around ? state.Execution(around) : null;
        queue.Enqueue(new Work(activity, container, execution.CameFrom, execution.Variables, execution));
        return null;
    }

    private string? Past(GoOn on)
    {
        var incident = state.Incidents.Find(candidate => candidate.Id == on.Id);
        if (incident is not null)
        {
            if (incident.Kind == IncidentKind.StepLimit) return NoIncident;
            if (incident.Kind == IncidentKind.JoinNeverReady)
            {
                if (incident.ExecutionId is not { } flowId || state.Execution(flowId) is not { } flow || incident.Activity is null || workflow.Find(incident.Activity) is not { } join) return NoIncident;
                state.Incidents.Remove(incident);
                Schedule(join, flow, flow.Tokens?.Find(token => !token.Blocked && token.To == join.Id)?.From);
                return null;
            }
        }
        var id = incident?.ExecutionId ?? on.Id;
        if (state.Execution(id) is not { } execution || Node(execution) is not { } node) return NoExecution;
        var waits = execution.Status == ActivityStatus.Faulted || node.Behaviour == Behaviour.External || state.Bookmarks.Exists(bookmark => bookmark.ExecutionId == id);
        if (!waits) return NoExecution;
        current = execution;
        if (execution.Status == ActivityStatus.Running && (execution.AwaitsAnswer || state.Bookmarks.Exists(bookmark => bookmark.ExecutionId == id && bookmark.Kind is BookmarkKind.Activity or BookmarkKind.Task or BookmarkKind.Child) || node.Behaviour == Behaviour.External))
            effects.Add(new CancelActivity(execution.Id, node.Id, node.Type));
        execution.Status = ActivityStatus.Running;
        Write(execution, node, JournalEvent.Resumed);
        Complete(execution, node, on.Outcomes.Count == 0 ? null : on.Outcomes, on.Outputs);
        return null;
    }

    private string? End(string? reason)
    {
        Finish(WorkflowSubStatus.Cancelled, reason);
        return null;
    }

    private static string Missing(ActivityExecution execution) => $"This version has no activity {execution.Activity}.";
}
