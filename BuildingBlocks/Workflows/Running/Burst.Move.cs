using System.Globalization;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Moves a job to another version, see <see cref="Mover"/>. The burst begins on the old version, takes back what the new one has no place for, and goes on on the new one.</summary>
internal sealed partial class Burst
{
    private enum Kept { Renamed, Anew, Ended, WithParent }

    private sealed record Place(ActivityExecution Execution, WorkflowNode From, Kept Kept, WorkflowNode? To);

    public MoveResult Move(CompiledWorkflow to, MovePlan plan, MoveNote note, Func<string, bool> asksAgain, Func<ActivityNode, string> title)
    {
        if (state.IsOver) return Refused("The job is over");
        if (state.SubStatus == WorkflowSubStatus.Pending) return Refused("The job has not started yet");
        if (state.DefinitionVersionId == to.VersionId) return Refused("The job is on this version already");
        if (workflow.Root.Type != to.Root.Type) return Refused("The new version is drawn in another kind of box");

        var from = workflow;
        var reasons = new List<MoveReason>();
        var places = Places(to, plan, reasons, title);
        var held = HeldPlaces(to, plan, places, reasons, title);
        var waiting = WaitingPlaces(to, plan, places, reasons, title);
        if (reasons.Count > 0) return Sorted(reasons);
        var vain = state.Executions.Where(flow => flow.Tokens is not null).SelectMany(flow => Vain(flow).Select(join => (flow.Id, join.Id))).ToHashSet();

        state.SubStatus = WorkflowSubStatus.Executing;
        var ended = new List<Guid>();
        foreach (var place in places)
        {
            if (place.Kept is not (Kept.Ended or Kept.Anew)) continue;
            CancelOne(place.Execution, "Its version has no place for it any more");
            if (place.Kept == Kept.Ended && place.Execution.Parent is { } around) ended.Add(around);
        }

        Rename(to, from, plan, places, held, waiting);
        if (state.Executions.Count == 0 || Node(state.Executions[0]) is not { } root) return Refused("The job is over");
        Say(root, from, to, note);

        foreach (var place in places)
            if (place.Kept == Kept.Renamed && state.Execution(place.Execution.Id) is { Status: ActivityStatus.Running } execution) Retell(execution, place.From, place.To!, asksAgain, reasons, title);
        foreach (var place in places)
            if (place.Kept == Kept.Anew && (place.Execution.Parent is not { } parent || state.Execution(parent) is not null))
                queue.Enqueue(new Work(place.To!, place.Execution.Parent is { } id ? state.Execution(id) : null, null, place.Execution.Variables, null));
        foreach (var flow in Enumerable.Reverse([.. state.Executions]))
            if (flow.Tokens is not null) Arrived(flow, from, waiting, vain, reasons, title);
        if (reasons.Count > 0) return Sorted(reasons);
        foreach (var around in ended) BranchEnded(around);
        foreach (var flow in Enumerable.Reverse([.. state.Executions]))
            if (flow.Tokens is not null && state.Execution(flow.Id) is not null && Node(flow) is { } flowchart && Redrawn(flow, from, places)) Settle(flow, flowchart);
        if (!stopped) Drain();
        Conclude();
        state.UpdatedAt = now;
        return new MoveResult(MoveVerdict.Moves, [], new RunResult(state, effects, journal, true, null, steps));
    }

    public RunResult MoveBack(CompiledWorkflow to, WorkflowState after, MoveNote note)
    {
        var from = workflow;
        (state.LastId, state.LastSequence, state.Steps) = (after.LastId, after.LastSequence, after.Steps);
        state.SubStatus = WorkflowSubStatus.Executing;
        // What the move began is not wanted any more.
        foreach (var begun in after.Executions.Where(execution => before.Execution(execution.Id) is null).Reverse())
        {
            if (from.Find(begun.Activity) is not { } node) continue;
            if (begun.Status == ActivityStatus.Running && WaitsOutside(after, begun, node)) effects.Add(new CancelActivity(begun.Id, node.Id, node.Type));
            Write(begun, node, JournalEvent.Canceled);
        }

        workflow = to;
        Say(to.Root, from, to, note);
        // What the move took back outside is gone there: it begins anew, as another execution.
        foreach (var lost in before.Executions.Where(execution => after.Execution(execution.Id) is null))
        {
            if (lost.Status != ActivityStatus.Running || to.Find(lost.Activity) is not { } node || !WaitsOutside(before, lost, node)) continue;
            if (state.Execution(lost.Id) is not { } own) continue;
            Drop(own);
            queue.Enqueue(new Work(node, own.Parent is { } parent ? state.Execution(parent) : null, null, own.Variables, null));
        }

        Drain();
        Conclude();
        state.UpdatedAt = now;
        return new RunResult(state, effects, journal, true, null, steps);
    }

    private static bool WaitsOutside(WorkflowState of, ActivityExecution execution, WorkflowNode node) =>
        execution.AwaitsAnswer || node.Behaviour == Behaviour.External || of.Bookmarks.Exists(bookmark => bookmark.ExecutionId == execution.Id && bookmark.Kind is BookmarkKind.Activity or BookmarkKind.Task or BookmarkKind.Child);

    private static MoveResult Refused(string message) => new(MoveVerdict.Stays, [new MoveReason(MoveVerdict.Stays, null, message, [])], null);

    // Whoever has to stay stays, whatever else could be chosen.
    private static MoveResult Sorted(List<MoveReason> reasons) => new(reasons.Exists(reason => reason.Verdict == MoveVerdict.Stays) ? MoveVerdict.Stays : MoveVerdict.NeedsChoice, [.. reasons.Distinct()], null);

    private void Say(WorkflowNode root, CompiledWorkflow from, CompiledWorkflow to, MoveNote note)
    {
        var details = (JsonObject?)note.Details?.DeepClone() ?? [];
        (details["from"], details["to"], details["by"]) = (from.Version, to.Version, note.By);
        (details["fromVersionId"], details["toVersionId"]) = (from.VersionId, to.VersionId);
        Write(state.Executions[0], root, JournalEvent.Moved, string.Create(CultureInfo.InvariantCulture, $"Moved from version {from.Version} to {to.Version} by {note.By}"));
        journal[^1] = journal[^1] with { Payload = details };
    }

    // ---- where the job stands, and what becomes of it

    private static PlaceChoice? Resolve(string key, CompiledWorkflow from, CompiledWorkflow to, MovePlan plan)
    {
        if (key == from.Root.Key) return new PlaceChoice(PlaceFate.Goes, to.Root.Key);
        if (plan.Choices.TryGetValue(key, out var chosen)) return chosen;
        return plan.Pairs.TryGetValue(key, out var pair) ? new PlaceChoice(PlaceFate.Goes, pair) : null;
    }

    private List<Place> Places(CompiledWorkflow to, MovePlan plan, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        var places = new List<Place>(state.Executions.Count);
        var byId = new Dictionary<Guid, Place>();
        var standing = new Dictionary<(Guid?, string), string>();
        foreach (var execution in state.Executions)
        {
            void Add(WorkflowNode node, Kept kept, WorkflowNode? target)
            {
                var place = new Place(execution, node, kept, target);
                places.Add(place);
                byId[execution.Id] = place;
            }

            if (Node(execution) is not { } from)
            {
                reasons.Add(new MoveReason(MoveVerdict.Stays, execution.Activity, "Its own version has no {0}", [execution.Activity]));
                continue;
            }
            var parent = execution.Parent is { } around ? byId.GetValueOrDefault(around) : null;
            if (execution.Parent is not null && parent is null) continue;
            if (parent is { Kept: not Kept.Renamed })
            {
                Add(from, Kept.WithParent, null);
                continue;
            }
            if (Target(from, parent?.To, to, plan, reasons, title) is not { } choice) continue;
            if (choice.Fate == PlaceFate.Ends)
            {
                Add(from, Kept.Ended, null);
                continue;
            }
            var node = to.Find(choice.To!)!;
            if (standing.TryGetValue((execution.Parent, node.Key), out var other) && other != from.Key)
            {
                reasons.Add(new MoveReason(MoveVerdict.NeedsChoice, from.Key, "Two branches of the job would stand at {0}", [title(node.Activity)]));
                continue;
            }
            standing[(execution.Parent, node.Key)] = from.Key;
            // What has failed is not under way: whatever stands there now is what a retry begins.
            Add(from, node.Type == from.Type || execution.Status == ActivityStatus.Faulted ? Kept.Renamed : Kept.Anew, node);
        }

        return places;
    }

    /// <summary>What becomes of somebody who stands at an activity: an activity of the same container, or the end. Null when a reason was written instead.</summary>
    private PlaceChoice? Target(WorkflowNode from, WorkflowNode? container, CompiledWorkflow to, MovePlan plan, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        void Why(MoveVerdict verdict, string message) => reasons.Add(new MoveReason(verdict, from.Key, message, [title(from.Activity)]));
        switch (Resolve(from.Key, workflow, to, plan))
        {
            case null:
                Why(MoveVerdict.NeedsChoice, "{0} is not in the new version");
                return null;
            case { Fate: PlaceFate.Stays }:
                Why(MoveVerdict.Stays, "Whoever stands at “{0}” stays on the old version");
                return null;
            case { Fate: PlaceFate.Ends } ends:
                return ends;
            case { To: { } key } goes when to.Find(key) is { } node:
                if (node.Parent == container) return goes;
                Why(MoveVerdict.NeedsChoice, "“{0}” stands inside another box in the new version");
                return null;
            default:
                Why(MoveVerdict.NeedsChoice, "{0} is not in the new version");
                return null;
        }
    }

    private Dictionary<HeldWork, WorkflowNode?> HeldPlaces(CompiledWorkflow to, MovePlan plan, List<Place> places, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        var held = new Dictionary<HeldWork, WorkflowNode?>(ReferenceEqualityComparer.Instance);
        foreach (var work in state.Held)
        {
            var parent = work.Parent is { } id ? places.Find(place => place.Execution.Id == id) : null;
            if (work.Parent is not null && parent is not { Kept: Kept.Renamed }) continue;
            if (workflow.Find(work.Activity) is not { } from) continue;
            if (Target(from, parent?.To, to, plan, reasons, title) is { } choice) held[work] = choice.Fate == PlaceFate.Ends ? null : to.Find(choice.To!);
        }

        return held;
    }

    /// <summary>Joins that have half of their branches: they are stood at as well.</summary>
    private Dictionary<(Guid Flow, string Id), WorkflowNode?> WaitingPlaces(CompiledWorkflow to, MovePlan plan, List<Place> places, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        var waiting = new Dictionary<(Guid, string), WorkflowNode?>();
        foreach (var place in places)
        {
            if (place.Kept != Kept.Renamed || place.Execution.Tokens is not { } tokens || place.From.Graph is not { } graph) continue;
            foreach (var token in tokens)
            {
                if (token.Blocked || waiting.ContainsKey((place.Execution.Id, token.To)) || graph.Place(token.To) is not { } at || IsAlive(place.Execution, graph.Activities[at])) continue;
                if (Target(graph.Activities[at], place.To, to, plan, reasons, title) is { } choice) waiting[(place.Execution.Id, token.To)] = choice.Fate == PlaceFate.Ends ? null : to.Find(choice.To!);
            }
        }

        return waiting;
    }

    // ---- the other names

    private void Rename(CompiledWorkflow to, CompiledWorkflow from, MovePlan plan, List<Place> places, Dictionary<HeldWork, WorkflowNode?> held, Dictionary<(Guid Flow, string Id), WorkflowNode?> waiting)
    {
        // What is stood at goes where the plan says; of all the rest only names are needed, in results and arrows that were followed.
        var names = new Dictionary<string, WorkflowNode>(StringComparer.Ordinal);
        foreach (var place in places)
            if (place.To is not null) names[place.From.Key] = place.To;
        WorkflowNode? Name(WorkflowNode? node) => node is null ? null : names.GetValueOrDefault(node.Key) ?? (Resolve(node.Key, from, to, plan) is { Fate: PlaceFate.Goes, To: { } key } ? to.Find(key) : null);

        var kept = new List<ActivityExecution>(state.Executions.Count);
        foreach (var place in places)
        {
            if (place.Kept != Kept.Renamed || state.Execution(place.Execution.Id) is not { } old) continue;
            var own = new ActivityExecution
            {
                Id = old.Id, Activity = place.To!.Key, Parent = old.Parent, Status = old.Status, StartedAt = old.StartedAt, FaultCount = old.FaultCount, AwaitsAnswer = old.AwaitsAnswer, Counter = old.Counter,
                LoopValue = old.LoopValue, Variables = old.Variables, Unknown = old.Unknown,
                CameFrom = old.CameFrom is { } came && place.From.Parent?.Graph is { } around && around.Place(came) is { } at ? Name(around.Activities[at])?.Id ?? came : old.CameFrom,
                Tokens = old.Tokens is { } tokens && place.From.Graph is { } was && place.To.Graph is { } will ? Tokens(old, tokens, was, will, Name, places, waiting) : old.Tokens,
            };
            if (own.Status == ActivityStatus.Running)
                foreach (var variable in place.To.Variables)
                {
                    own.Variables ??= new(StringComparer.Ordinal);
                    own.Variables.TryAdd(variable.Name, variable.Initial.Value);
                }
            kept.Add(own);
        }

        foreach (var place in places)
        {
            // A sequence counts what it has begun: it goes on behind the one that is under way.
            if (place.Kept is not (Kept.Renamed or Kept.Anew) || place.To!.Parent is not { Behaviour: Behaviour.Sequence } sequence || kept.Find(execution => execution.Id == place.Execution.Parent) is not { } around) continue;
            around.Counter = sequence.ChildList.Where(child => child.Port == "activities").TakeWhile(child => child != place.To).Count() + 1;
        }

        state.Executions.Clear();
        state.Executions.AddRange(kept);
        for (var i = state.Held.Count - 1; i >= 0; i--)
        {
            var work = state.Held[i];
            // An event held back stands nowhere and is called the same in every version.
            if (work.Activity.Length == 0) continue;
            if (!held.TryGetValue(work, out var node) || node is null) state.Held.RemoveAt(i);
            else state.Held[i] = work with { Activity = node.Key, CameFrom = work.CameFrom is { } came && from.Find(came) is { } source ? Name(source)?.Id ?? came : work.CameFrom };
        }

        for (var i = state.Incidents.Count - 1; i >= 0; i--)
        {
            var incident = state.Incidents[i];
            if (incident.Activity is null || from.Find(incident.Activity) is not { } node) continue;
            var target = incident.Kind == IncidentKind.JoinNeverReady && incident.ExecutionId is { } flow && waiting.TryGetValue((flow, node.Id), out var join) ? join : Name(node);
            if (target is not null) state.Incidents[i] = incident with { Activity = target.Key, ActivityType = target.Type };
            else if (incident.Kind == IncidentKind.JoinNeverReady) state.Incidents.RemoveAt(i);
        }

        ForgetEmptyStop();

        foreach (var (key, value) in state.Results.ToArray())
        {
            if (from.Find(key) is not { } node || Name(node) is not { } target || target.Key == key) continue;
            if (state.Results.TryAdd(target.Key, value)) state.Results.Remove(key);
            if (state.LastResultOf == key) state.LastResultOf = target.Key;
        }

        if (state.TriggerActivity is { } trigger && from.Find(trigger) is { } began) state.TriggerActivity = Name(began)?.Id ?? trigger;
        foreach (var variable in to.Variables) state.Variables.TryAdd(variable.Name, variable.Initial.Value);
        (state.DefinitionId, state.DefinitionVersionId, state.DefinitionVersion) = (to.DefinitionId, to.VersionId, to.Version);
        workflow = to;
    }

    private static List<FlowToken> Tokens(ActivityExecution flow, List<FlowToken> tokens, FlowGraph was, FlowGraph will, Func<WorkflowNode?, WorkflowNode?> name, List<Place> places, Dictionary<(Guid Flow, string Id), WorkflowNode?> waiting)
    {
        var renamed = new List<FlowToken>(tokens.Count);
        foreach (var token in tokens)
        {
            var target = was.Place(token.To) is { } at ? was.Activities[at] : null;
            var source = was.Place(token.From) is { } out1 ? was.Activities[out1] : null;
            var standing = target is null ? [] : places.Where(place => place.Execution.Parent == flow.Id && place.From == target).ToList();
            WorkflowNode? node;
            if (token.Blocked) node = name(target);
            else if (standing.Count > 0) node = standing.Find(place => place.Kept is Kept.Renamed or Kept.Anew)?.To;
            else node = waiting.GetValueOrDefault((flow.Id, token.To)) ?? (waiting.ContainsKey((flow.Id, token.To)) ? null : name(target));
            if (node is null) continue;
            var from = name(source)?.Id ?? token.From;
            var port = token.Port;
            var arrows = will.Place(node.Id) is { } to ? will.Inbound(to).Where(arrow => will.Activities[arrow.From].Id == from).Select(arrow => arrow.Port).ToList() : [];
            if (!arrows.Contains(port))
            {
                // The outcome has another name now; or nothing leads there from it any more, and then a race has nothing left to swallow.
                if (arrows is [var only]) port = only;
                else if (token.Blocked) continue;
            }
            Leave(renamed, new FlowToken(from, port, node.Id, token.Blocked));
        }

        return renamed;
    }

    // ---- what is stood at is told of its new version

    private void Retell(ActivityExecution execution, WorkflowNode from, WorkflowNode node, Func<string, bool> asksAgain, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        current = execution;
        try
        {
            if (node.Behaviour == Behaviour.Event)
            {
                if (Same(from, node, "eventName") || Text(Value(node, "eventName")) is not { Length: > 0 } awaited) return;
                var place = state.Bookmarks.FindIndex(bookmark => bookmark.ExecutionId == execution.Id && bookmark.Kind == BookmarkKind.Event && bookmark.Name != awaited);
                if (place >= 0) state.Bookmarks[place] = state.Bookmarks[place] with { Id = NewId(), Name = awaited };
                return;
            }

            if (node.Behaviour is not (Behaviour.External or Behaviour.HttpEndpoint)) return;
            var changed = node.Inputs.Any(input => !Same(from, node, input.Property)) || from.Inputs.Any(input => node.Input(input.Property) is null);
            JsonObject? inputs = null;
            if (changed)
            {
                inputs = [];
                foreach (var input in node.Inputs)
                    if (input.AutoEvaluate) inputs[input.Property] = input.Expression.Evaluate(this, limits.Expressions)?.DeepClone();
            }

            if (node.Behaviour == Behaviour.HttpEndpoint)
            {
                // From now on it is asked at the address, in the ways and with the secret of the new version.
                if (inputs is null || Text(inputs["path"]) is not { } path || !HttpPaths.IsValid(path)) return;
                var door = state.Bookmarks.FindIndex(bookmark => bookmark.ExecutionId == execution.Id && bookmark.Kind == BookmarkKind.Http);
                if (door >= 0) state.Bookmarks[door] = state.Bookmarks[door] with { Id = NewId(), Name = HttpPaths.Normal(path), Payload = HttpDoor.Of(inputs) };
                return;
            }

            if (inputs is not null && asksAgain(node.Type) && !execution.AwaitsAnswer)
            {
                execution.AwaitsAnswer = true;
                effects.Add(new RunActivity(execution.Id, node.NodeId, node.Id, node.Name, node.Type, node.Version, inputs, execution.FaultCount + 1));
            }
            else effects.Add(new ActivityMoved(execution.Id, from.Id, node.Id, node.Type, inputs));
        }
        catch (ScriptException e)
        {
            reasons.Add(new MoveReason(MoveVerdict.Stays, from.Key, "What is set on {0} in the new version cannot be computed: {1}", [title(node.Activity), Messages.Fill(e.Template, e.Arguments)]));
        }
    }

    private static bool Same(WorkflowNode from, WorkflowNode to, string property) => JsonNode.DeepEquals(from.Activity.Json[property], to.Activity.Json[property]);

    /// <summary>Joins that have all that the new version asks for go; one that would wait for a branch that nobody is on keeps the job where it is.</summary>
    private void Arrived(ActivityExecution flow, CompiledWorkflow from, Dictionary<(Guid Flow, string Id), WorkflowNode?> waiting, HashSet<(Guid Flow, string Id)> vain, List<MoveReason> reasons, Func<ActivityNode, string> title)
    {
        foreach (var (target, inbound, mode) in WaitingJoins(flow).ToArray())
        {
            if (mode is not (MergeMode.Race or MergeMode.Cascade) && !HasAll(flow.Tokens!, Node(flow)!.Graph!, inbound, target)) continue;
            state.Incidents.RemoveAll(incident => incident.Kind == IncidentKind.JoinNeverReady && incident.ExecutionId == flow.Id && incident.Activity == target.Key);
            Schedule(target, flow, flow.Tokens!.Find(token => !token.Blocked && token.To == target.Id)?.From);
        }

        foreach (var target in Vain(flow))
        {
            // A join that could not be complete on the old version either is no worse off on the new one.
            var old = waiting.FirstOrDefault(place => place.Key.Flow == flow.Id && place.Value == target).Key.Id;
            if (old is null || !vain.Contains((flow.Id, old))) reasons.Add(new MoveReason(MoveVerdict.NeedsChoice, OldKey(from, flow.Id, old) ?? target.Key, "{0} would wait for a branch that nobody is on", [title(target.Activity)]));
        }
    }

    private IEnumerable<(WorkflowNode Target, List<FlowGraph.Arrow> Inbound, MergeMode Mode)> WaitingJoins(ActivityExecution flow)
    {
        if (Node(flow) is not { Graph: { } graph } flowchart) yield break;
        var forward = ForwardOf(flowchart);
        foreach (var id in flow.Tokens!.Where(token => !token.Blocked).Select(token => token.To).Distinct().ToArray())
        {
            if (graph.Place(id) is not { } place || graph.Activities[place] is not { } target || IsAlive(flow, target) || ModeOf(flow, target) is not (not (MergeMode.None or MergeMode.Stream) and var mode)) continue;
            yield return (target, mode == MergeMode.Converge ? graph.Inbound(place) : forward.Inbound(place), mode);
        }
    }

    /// <summary>Joins that wait for an arrow along which nobody can come.</summary>
    private List<WorkflowNode> Vain(ActivityExecution flow)
    {
        var found = new List<WorkflowNode>();
        foreach (var (target, inbound, mode) in WaitingJoins(flow))
        {
            if (mode is MergeMode.Race or MergeMode.Cascade) continue;
            var (graph, forward) = (Node(flow)!.Graph!, ForwardOf(Node(flow)!));
            if (inbound.Exists(arrow => !flow.Tokens!.Exists(token => !token.Blocked && token.To == target.Id && token.From == graph.Activities[arrow.From].Id && token.Port == arrow.Port) && !CanStillArrive(flow, graph, forward, arrow))) found.Add(target);
        }

        return found;
    }

    private string? OldKey(CompiledWorkflow from, Guid flowId, string? id) =>
        id is not null && before.Execution(flowId) is { } flow && from.Find(flow.Activity) is { Graph: { } graph } && graph.Place(id) is { } place ? graph.Activities[place].Key : null;

    /// <summary>Whether a flowchart has other arrows now, or somebody in it is gone: only then can anything go on by itself.</summary>
    private bool Redrawn(ActivityExecution flow, CompiledWorkflow from, List<Place> places)
    {
        if (places.Exists(place => place.Execution.Parent == flow.Id && place.Kept != Kept.Renamed) || before.Execution(flow.Id) is not { } was) return true;
        if (was.Tokens!.Count != flow.Tokens!.Count || from.Find(was.Activity) is not { } old || Node(flow) is not { } now) return true;
        return !old.Activity.Connections.SequenceEqual(now.Activity.Connections) || old.ChildList.Exists(child => now.ChildList.Find(other => other.Id == child.Id) is not { } same || same.FixedMergeMode != child.FixedMergeMode);
    }

    private void BranchEnded(Guid around)
    {
        if (stopped || state.Execution(around) is not { Status: ActivityStatus.Running } parent || Node(parent) is not { } container) return;
        switch (container.Behaviour)
        {
            // Its arrows are settled with the others.
            case Behaviour.Flowchart: break;
            case Behaviour.Parallel or Behaviour.ParallelForEach or Behaviour.Fork or Behaviour.Switch:
                if (--parent.Counter <= 0) Complete(parent, container);
                break;
            default:
                Complete(parent, container);
                break;
        }
    }
}
