using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What the engine does with an activity.</summary>
internal enum Behaviour
{
    Unknown, External,
    Flowchart, Sequence, Parallel, FlowNode, Start, End, Finish, Complete, Fault, If, FlowDecision, FlowSwitch, Switch, FlowFork, FlowJoin, Fork,
    ForEach, ParallelForEach, While, For, Break, SetVariable, SetOutput, SetName, Correlate, WriteLine, Delay, Timer, StartAt, Cron, Calendar, Event, PublishEvent, RunTask, ExecuteWorkflow, DispatchWorkflow,
    BulkDispatchWorkflows, HttpEndpoint, WriteHttpResponse,

    /// <summary>Another routine used as an activity: has no type name of the engine's own, so it stands last.</summary>
    Routine,
}

/// <summary>An activity of a compiled workflow.</summary>
public sealed class WorkflowNode
{
    internal WorkflowNode(ActivityNode activity, WorkflowNode? parent, string? port, int index)
    {
        Activity = activity;
        Parent = parent;
        Port = port;
        Index = index;
        Id = activity.Id;
        Type = activity.Type;
        Name = activity.Name;
        Title = activity.Title;
        NodeId = parent is null ? $"Workflow1:{Id}" : $"{parent.NodeId}:{Id}";
    }

    /// <summary>Id of the activity.</summary>
    public string Id { get; internal set; }

    /// <summary>Path from the workflow down to it, made from the ids.</summary>
    public string NodeId { get; internal set; }

    /// <summary>What states and incidents call it: the id, or the path when several activities share the id.</summary>
    public string Key { get; internal set; } = "";

    /// <summary>Type name.</summary>
    public string Type { get; }

    /// <summary>Version of the type.</summary>
    public int Version => Descriptor?.Version ?? Activity.Version;

    /// <summary>Name; null when it has none.</summary>
    public string? Name { get; }

    /// <summary>What to call it in a message.</summary>
    public string Title { get; }

    /// <summary>The container around it; null for the root.</summary>
    public WorkflowNode? Parent { get; }

    /// <summary>The property of the container that holds it.</summary>
    public string? Port { get; }

    /// <summary>Its type; null when unknown.</summary>
    public ActivityDescriptor? Descriptor { get; internal set; }

    /// <summary>The activity in the definition; not to be changed.</summary>
    public ActivityNode Activity { get; }

    /// <summary>The activities directly inside, in the order of the file.</summary>
    public IReadOnlyList<WorkflowNode> Children => ChildList;

    internal int Index { get; }
    internal List<WorkflowNode> ChildList { get; } = [];
    internal Behaviour Behaviour { get; set; }
    internal CompiledInput[] Inputs { get; set; } = [];
    internal CompiledOutput[] Outputs { get; set; } = [];
    internal CompiledVariable[] Variables { get; set; } = [];
    internal CompiledCase[] Cases { get; set; } = [];
    internal string? VariableName { get; set; }
    internal MergeMode? FixedMergeMode { get; set; }
    internal FlowGraph? Graph { get; set; }
    internal bool IsTerminal => Behaviour is Behaviour.End or Behaviour.Break || (Descriptor?.IsTerminal ?? false);
    internal bool HasSensitiveInputs { get; set; }

    /// <summary>How often and after what it is tried again; null for the usual way.</summary>
    public RetryPolicy? Retry { get; internal set; }

    /// <summary>The routine and its version that this activity runs; null for every other activity.</summary>
    public (string DefinitionId, string? VersionId)? Uses { get; internal set; }

    /// <summary>Whether what was done before is committed before it begins.</summary>
    internal bool CommitsBefore { get; set; }

    /// <summary>Whether what it did is committed before anything goes on.</summary>
    internal bool CommitsAfter { get; set; }

    internal CompiledInput? Input(string property)
    {
        foreach (var input in Inputs)
            if (input.Property == property) return input;
        return null;
    }

    internal WorkflowNode? ChildAt(string port)
    {
        foreach (var child in ChildList)
            if (child.Port == port) return child;
        return null;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Type} {Title}";
}

/// <summary>An input: its property, its expression, whether it is evaluated before the activity runs.</summary>
internal sealed record CompiledInput(string Property, CompiledExpression Expression, bool AutoEvaluate, bool IsSensitive);

/// <summary>Where an output goes: a variable, or an output of the workflow.</summary>
internal sealed record CompiledOutput(string Property, string? Variable, string? WorkflowOutput);

/// <summary>A variable with its value at the start.</summary>
internal sealed record CompiledVariable(string Name, FixedExpression Initial);

/// <summary>A case of a switch.</summary>
internal sealed record CompiledCase(string Label, CompiledExpression Condition, WorkflowNode? Activity);

/// <summary>The arrows of a flowchart, and which of them lead forward from each possible start.</summary>
internal sealed class FlowGraph
{
    private readonly List<Arrow>[] outbound;
    private readonly List<Arrow>[] inbound;
    private readonly Dictionary<string, int> places;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, Forward> forward = new();

    public FlowGraph(IReadOnlyList<WorkflowNode> activities, IReadOnlyList<Connection> connections, WorkflowNode? start)
    {
        Activities = activities;
        places = new Dictionary<string, int>(activities.Count, StringComparer.Ordinal);
        for (var i = 0; i < activities.Count; i++) places.TryAdd(activities[i].Id, i);
        outbound = new List<Arrow>[activities.Count];
        inbound = new List<Arrow>[activities.Count];
        for (var i = 0; i < activities.Count; i++) (outbound[i], inbound[i]) = ([], []);
        var seen = new HashSet<(int, string, int, string?)>();
        foreach (var connection in connections)
        {
            if (!places.TryGetValue(connection.Source, out var from) || !places.TryGetValue(connection.Target, out var to)) continue;
            if (!seen.Add((from, connection.SourcePort, to, connection.TargetPort))) continue;
            var arrow = new Arrow(from, connection.SourcePort, to);
            outbound[from].Add(arrow);
            inbound[to].Add(arrow);
        }
        DefaultStart = start;
    }

    public IReadOnlyList<WorkflowNode> Activities { get; }
    public WorkflowNode? DefaultStart { get; }

    public int? Place(string activityId) => places.TryGetValue(activityId, out var place) ? place : null;

    public List<Arrow> Outbound(int place) => outbound[place];

    public List<Arrow> Inbound(int place) => inbound[place];

    public WorkflowNode? StartFor(string? trigger) => trigger is not null && places.TryGetValue(trigger, out var place) ? Activities[place] : DefaultStart;

    public Forward ForwardFrom(WorkflowNode? start)
    {
        var root = start is null ? -1 : places[start.Id];
        return forward.TryGetValue(root, out var found) ? found : forward.GetOrAdd(root, new Forward(this, root));
    }

    public sealed record Arrow(int From, string Port, int To);

    /// <summary>
    /// The arrows on a breadth-first walk from a start that close no circle with those taken before. All others are loops back.
    /// The order of the walk decides which arrow of a circle is the one that leads back, so it is Elsa's: arrows in the order of the file.
    /// </summary>
    internal sealed class Forward
    {
        private readonly List<Arrow>[] inbound;
        private readonly HashSet<int>?[] ancestors;

        public Forward(FlowGraph graph, int root)
        {
            var count = graph.Activities.Count;
            inbound = new List<Arrow>[count];
            ancestors = new HashSet<int>?[count];
            for (var i = 0; i < count; i++) inbound[i] = [];
            if (root < 0) return;
            var successors = new List<int>?[count];
            var taken = new HashSet<(int, int)>();
            var visited = new bool[count];
            var queue = new Queue<int>();
            queue.Enqueue(root);
            while (queue.TryDequeue(out var source))
            {
                visited[source] = true;
                foreach (var arrow in graph.outbound[source])
                {
                    if (taken.Contains((source, arrow.To)) || Reaches(successors, arrow.To, source)) continue;
                    taken.Add((source, arrow.To));
                    (successors[source] ??= []).Add(arrow.To);
                    if (!visited[arrow.To]) queue.Enqueue(arrow.To);
                }
            }
            foreach (var arrows in graph.outbound)
                foreach (var arrow in arrows)
                    if (taken.Contains((arrow.From, arrow.To))) inbound[arrow.To].Add(arrow);
        }

        public List<Arrow> Inbound(int place) => inbound[place];

        /// <summary>Everything upstream of an activity. Found once; threads that find it at the same time find the same.</summary>
        public HashSet<int> Ancestors(int place) => Volatile.Read(ref ancestors[place]) ?? Find(place);

        private HashSet<int> Find(int place)
        {
            var found = new HashSet<int>();
            var stack = new Stack<int>();
            stack.Push(place);
            while (stack.TryPop(out var current))
                foreach (var arrow in inbound[current])
                    if (found.Add(arrow.From)) stack.Push(arrow.From);
            Volatile.Write(ref ancestors[place], found);
            return found;
        }

        private static bool Reaches(List<int>?[] successors, int from, int to)
        {
            if (from == to) return true;
            var visited = new HashSet<int>();
            var stack = new Stack<int>();
            stack.Push(from);
            while (stack.TryPop(out var current))
            {
                if (current == to) return true;
                if (!visited.Add(current) || successors[current] is not { } next) continue;
                foreach (var follower in next) stack.Push(follower);
            }
            return false;
        }
    }
}
