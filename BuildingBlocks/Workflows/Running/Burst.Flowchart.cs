namespace Crm.Workflows;

/// <summary>Flowcharts in token mode: an arrow that is followed leaves a token, which is there until the activity at its end has completed.</summary>
internal sealed partial class Burst
{
    private void StartFlowchart(ActivityExecution execution, WorkflowNode node)
    {
        execution.Tokens = [];
        var start = node.Graph!.StartFor(state.TriggerActivity);
        if (start is null) Complete(execution, node);
        else Schedule(start, execution);
    }

    private FlowGraph.Forward ForwardOf(WorkflowNode flowchart) => flowchart.Graph!.ForwardFrom(flowchart.Graph.StartFor(state.TriggerActivity));

    private List<FollowedConnection>? FlowchartChildCompleted(ActivityExecution flow, WorkflowNode flowchart, WorkflowNode child, IReadOnlyList<string> outcomes)
    {
        var tokens = flow.Tokens ??= [];
        if (child.IsTerminal)
        {
            tokens.Clear();
            Complete(flow, flowchart);
            return null;
        }
        var graph = flowchart.Graph!;
        if (graph.Place(child.Id) is not { } place) return null;

        List<FollowedConnection>? followed = null;
        var arrows = graph.Outbound(place);
        // The tokens that brought it here are used up.
        tokens.RemoveAll(token => !token.Blocked && token.To == child.Id);
        var leaving = 0;
        foreach (var arrow in arrows)
            if (Has(outcomes, arrow.Port))
            {
                Leave(tokens, new FlowToken(child.Id, arrow.Port, graph.Activities[arrow.To].Id, false));
                leaving++;
            }

        if (leaving > 0)
        {
            var forward = ForwardOf(flowchart);
            followed = new List<FollowedConnection>(leaving);
            foreach (var arrow in arrows)
                if (Has(outcomes, arrow.Port)) followed.Add(new FollowedConnection(arrow.Port, graph.Activities[arrow.To].Id, Arrive(flow, graph, forward, child, arrow)));
        }
        Settle(flow, flowchart);
        return followed;
    }

    /// <summary>An arrow reached an activity: does it run now?</summary>
    private bool Arrive(ActivityExecution flow, FlowGraph graph, FlowGraph.Forward forward, WorkflowNode from, FlowGraph.Arrow arrow)
    {
        var target = graph.Activities[arrow.To];
        var tokens = flow.Tokens!;
        var ready = true;
        switch (ModeOf(flow, target))
        {
            case MergeMode.Race:
                CancelUpstream(flow, graph, forward, arrow.To);
                var swallowed = tokens.FindIndex(token => token.Blocked && token.To == target.Id && token.From == from.Id && token.Port == arrow.Port);
                if (swallowed >= 0)
                {
                    // The race was won before: this arrival and the token that waited for it go together.
                    tokens.RemoveAt(swallowed);
                    var own = tokens.FindIndex(token => !token.Blocked && token.To == target.Id && token.From == from.Id && token.Port == arrow.Port);
                    if (own >= 0) tokens.RemoveAt(own);
                    return false;
                }
                foreach (var other in forward.Inbound(arrow.To))
                    if (graph.Activities[other.From] != from && CanStillArrive(flow, graph, forward, other))
                        Leave(tokens, new FlowToken(graph.Activities[other.From].Id, other.Port, target.Id, true));
                break;
            case MergeMode.Merge:
                ready = HasAll(tokens, graph, forward.Inbound(arrow.To), target);
                break;
            case MergeMode.Converge:
                ready = HasAll(tokens, graph, graph.Inbound(arrow.To), target);
                break;
            case MergeMode.Cascade:
                break;
            default:
                ready = !AwaitsUpstream(tokens, graph, forward, arrow.To);
                break;
        }
        if (ready) Schedule(target, flow, from.Id);
        return ready;
    }

    // A second token on the same arrow says nothing that the first does not: all are used up together. So there are never more
    // tokens than arrows, however long a loop runs beside an activity that waits.
    private static void Leave(List<FlowToken> tokens, FlowToken token)
    {
        if (!tokens.Contains(token)) tokens.Add(token);
    }

    private static bool HasAll(List<FlowToken> tokens, FlowGraph graph, List<FlowGraph.Arrow> inbound, WorkflowNode target)
    {
        if (inbound.Count <= 1) return true;
        foreach (var arrow in inbound)
        {
            var source = graph.Activities[arrow.From].Id;
            var found = false;
            foreach (var token in tokens)
                if (!token.Blocked && token.To == target.Id && token.From == source && token.Port == arrow.Port)
                {
                    found = true;
                    break;
                }
            if (!found) return false;
        }
        return true;
    }

    /// <summary>True when the source of an incoming forward arrow is itself still awaited.</summary>
    private static bool AwaitsUpstream(List<FlowToken> tokens, FlowGraph graph, FlowGraph.Forward forward, int place)
    {
        var inbound = forward.Inbound(place);
        if (inbound.Count <= 1 && tokens.Count <= 1) return false;
        foreach (var arrow in inbound)
        {
            var source = graph.Activities[arrow.From].Id;
            foreach (var token in tokens)
                if (!token.Blocked && token.To == source) return true;
        }
        return false;
    }

    private MergeMode ModeOf(ActivityExecution flow, WorkflowNode target)
    {
        if (target.FixedMergeMode is { } mode) return mode;
        current = flow;
        try
        {
            return WorkflowCompiler.JoinMode(target.Input("mode")!.Expression.Evaluate(this, limits.Expressions));
        }
        catch (ScriptException)
        {
            // The join evaluates the same input when it runs, and fails there with its own incident.
            return MergeMode.Cascade;
        }
    }

    /// <summary>Stops what runs upstream of a race's target; its tokens go with it.</summary>
    private void CancelUpstream(ActivityExecution flow, FlowGraph graph, FlowGraph.Forward forward, int place)
    {
        HashSet<int>? ancestors = null;
        for (var i = state.Executions.Count - 1; i >= 0; i--)
        {
            if (i >= state.Executions.Count) continue;
            var execution = state.Executions[i];
            if (execution.Parent != flow.Id || Node(execution) is not { } node || graph.Place(node.Id) is not { } at) continue;
            ancestors ??= forward.Ancestors(place);
            if (at == place || !ancestors.Contains(at)) continue;
            CancelOne(execution);
            flow.Tokens!.RemoveAll(token => token.From == node.Id || token.To == node.Id);
        }
    }

    /// <summary>
    /// When the winner of a race begins, what had been scheduled beside it before it arrived has begun too: whatever of that
    /// waits is stopped now, so that no one is left with work that nobody wants.
    /// </summary>
    private void CancelLosers(ActivityExecution flow, WorkflowNode target)
    {
        if (target.FixedMergeMode is not (null or MergeMode.Race) || Node(flow) is not { Graph: { } graph } flowchart || ModeOf(flow, target) != MergeMode.Race || graph.Place(target.Id) is not { } place) return;
        CancelUpstream(flow, graph, ForwardOf(flowchart), place);
    }

    /// <summary>True when something alive can still bring a token along this arrow.</summary>
    private bool CanStillArrive(ActivityExecution flow, FlowGraph graph, FlowGraph.Forward forward, FlowGraph.Arrow arrow)
    {
        bool Leads(string activityId) => graph.Place(activityId) is { } place && (place == arrow.From || forward.Ancestors(arrow.From).Contains(place));
        foreach (var execution in state.Executions)
            if (execution.Parent == flow.Id && Node(execution) is { } node && Leads(node.Id)) return true;
        foreach (var work in queue)
            if (work.Parent == flow && Leads(work.Node.Id)) return true;
        foreach (var held in state.Held)
            if (held.Parent == flow.Id && workflow.Find(held.Activity) is { } node && Leads(node.Id)) return true;
        foreach (var token in flow.Tokens!)
            if (!token.Blocked && token.To != graph.Activities[arrow.To].Id && Leads(token.To)) return true;
        return false;
    }

    /// <summary>After anything in a flowchart ended: lets go what waited for it, forgets lost races, and completes when nothing is left.</summary>
    private void Settle(ActivityExecution flow, WorkflowNode flowchart)
    {
        if (flow.Status != ActivityStatus.Running) return;
        var tokens = flow.Tokens ??= [];
        if (tokens.Count > 0)
        {
            var graph = flowchart.Graph!;
            var forward = ForwardOf(flowchart);
            for (var i = tokens.Count - 1; i >= 0; i--)
            {
                var blocked = tokens[i];
                if (!blocked.Blocked || graph.Place(blocked.From) is not { } from || graph.Place(blocked.To) is not { } to) continue;
                // A race that nothing can reach any more must not swallow the arrival of a later round.
                if (!CanStillArrive(flow, graph, forward, new FlowGraph.Arrow(from, blocked.Port, to))) tokens.RemoveAt(i);
            }
            for (var i = 0; i < tokens.Count; i++)
            {
                var token = tokens[i];
                if (token.Blocked || graph.Place(token.To) is not { } place || IsAlive(flow, graph.Activities[place])) continue;
                var target = graph.Activities[place];
                // A stream held back because its upstream was awaited goes when that upstream has gone another way.
                if (ModeOf(flow, target) is MergeMode.None or MergeMode.Stream && !AwaitsUpstream(tokens, graph, forward, place)) Schedule(target, flow, token.From);
            }
        }
        foreach (var token in tokens)
            if (!token.Blocked) return;
        foreach (var execution in state.Executions)
            if (execution.Parent == flow.Id) return;
        foreach (var work in queue)
            if (work.Parent == flow) return;
        foreach (var held in state.Held)
            if (held.Parent == flow.Id) return;
        tokens.Clear();
        Complete(flow, flowchart);
    }

    private bool IsAlive(ActivityExecution flow, WorkflowNode node)
    {
        foreach (var execution in state.Executions)
            if (execution.Parent == flow.Id && execution.Activity == node.Key) return true;
        foreach (var work in queue)
            if (work.Parent == flow && work.Node == node) return true;
        foreach (var held in state.Held)
            if (held.Parent == flow.Id && held.Activity == node.Key) return true;
        return false;
    }

    /// <summary>Nothing runs and nothing waits, yet the job is not at its end: joins wait for branches that nobody is on. Said once for each.</summary>
    private void ReportWaitingJoins()
    {
        foreach (var flow in state.Executions.ToArray())
        {
            if (flow.Tokens is not { } tokens || Node(flow) is not { Graph: { } graph }) continue;
            foreach (var token in tokens.ToArray())
            {
                if (token.Blocked || graph.Place(token.To) is not { } place) continue;
                var target = graph.Activities[place];
                if (state.Incidents.Any(incident => incident.Kind == IncidentKind.JoinNeverReady && incident.ExecutionId == flow.Id && incident.Activity == target.Key)) continue;
                OpenIncident(IncidentKind.JoinNeverReady, flow.Id, target, "{0} waits for a branch that was not taken", [target.Title], null);
            }
        }
    }

    private static bool Has(IReadOnlyList<string> outcomes, string port)
    {
        for (var i = 0; i < outcomes.Count; i++)
            if (outcomes[i] == port) return true;
        return false;
    }
}
