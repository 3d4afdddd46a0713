using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Main status, as Elsa has it.</summary>
public enum WorkflowStatus
{
    /// <summary>Can go on.</summary>
    Running,

    /// <summary>Ended, cancelled or faulted.</summary>
    Finished,
}

/// <summary>Status in detail.</summary>
public enum WorkflowSubStatus
{
    /// <summary>Not started.</summary>
    Pending,

    /// <summary>In the middle of a burst; never seen in a saved state.</summary>
    Executing,

    /// <summary>Waits for something.</summary>
    Suspended,

    /// <summary>Reached its end.</summary>
    Finished,

    /// <summary>Ended by hand.</summary>
    Cancelled,

    /// <summary>Nothing can go on until an incident is retried.</summary>
    Faulted,
}

/// <summary>Status of one execution of an activity.</summary>
public enum ActivityStatus
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Begun; it, or something inside it, waits.</summary>
    Running,

    /// <summary>Done.</summary>
    Completed,

    /// <summary>Stopped before it was done.</summary>
    Canceled,

    /// <summary>Failed; an incident says why.</summary>
    Faulted,
}

/// <summary>What a bookmark waits for.</summary>
public enum BookmarkKind
{
    /// <summary>A moment: <see cref="Bookmark.DueAt"/>.</summary>
    Timer,

    /// <summary>An event of the name <see cref="Bookmark.Name"/>.</summary>
    Event,

    /// <summary>Whatever the external activity said when it answered <see cref="ActivityWaiting"/>.</summary>
    Activity,

    /// <summary>A task of the name <see cref="Bookmark.Name"/>, asked for by <see cref="RunTask"/>.</summary>
    Task,

    /// <summary>The end of a started workflow.</summary>
    Child,

    /// <summary>An HTTP request to the path <see cref="Bookmark.Name"/>.</summary>
    Http,
}

/// <summary>Something an activity waits for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ExecutionId">The execution that waits.</param>
/// <param name="Kind">What for.</param>
/// <param name="Name">Name of the event or task, or the external activity's own name for it.</param>
/// <param name="Payload">Data of the waiting one.</param>
/// <param name="DueAt">The moment to resume by itself (a Timer always has one, an external activity's bookmark may).</param>
/// <param name="CreatedAt">Since when it waits.</param>
public sealed record Bookmark(Guid Id, Guid ExecutionId, BookmarkKind Kind, string? Name, JsonNode? Payload, DateTimeOffset? DueAt, DateTimeOffset CreatedAt);

/// <summary>Why something stopped.</summary>
public enum IncidentKind
{
    /// <summary>An activity failed, or said so (Fault).</summary>
    ActivityFaulted,

    /// <summary>An expression could not be computed.</summary>
    ExpressionFailed,

    /// <summary>Too many steps in one burst without waiting. A retry lets it go on for another burst.</summary>
    StepLimit,

    /// <summary>A join waits for a branch that nothing can bring any more.</summary>
    JoinNeverReady,
}

/// <summary>An open incident: what failed, and why. Retried ones leave the state; the journal keeps them.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Kind.</param>
/// <param name="ExecutionId">The failed execution; the flowchart's when a join waits in vain; null at the step limit.</param>
/// <param name="Activity">Key of the activity, see <see cref="ActivityExecution.Activity"/>; null when none is meant.</param>
/// <param name="ActivityType">Its type.</param>
/// <param name="Message">English sentence with <c>{0}</c>-places for <paramref name="Arguments"/>, the key of its translation; or what an activity said, with no arguments.</param>
/// <param name="Arguments">Values for the places of the message.</param>
/// <param name="Details">More, for the one who mends it.</param>
/// <param name="At">When.</param>
public sealed record Incident(Guid Id, IncidentKind Kind, Guid? ExecutionId, string? Activity, string? ActivityType, string Message, IReadOnlyList<string> Arguments, JsonNode? Details, DateTimeOffset At)
{
    /// <summary>The message in English, arguments put in.</summary>
    public string Text => Messages.Fill(Message, Arguments);
}

/// <summary>A token of a flowchart: an arrow was followed and the activity at its end has not completed yet.</summary>
/// <param name="From">Id of the activity it comes from.</param>
/// <param name="Port">Outcome it left by.</param>
/// <param name="To">Id of the activity it goes to.</param>
/// <param name="Blocked">True when it stands for an arrival that a won race will swallow.</param>
public sealed record FlowToken(string From, string Port, string To, bool Blocked);

/// <summary>An execution of an activity that has not ended. Ended ones leave the state; the journal keeps them.</summary>
public sealed class ActivityExecution
{
    /// <summary>Its id, the same after a retry.</summary>
    public required Guid Id { get; init; }

    /// <summary>Key of its activity: the activity's id, or its path when several activities of the definition share the id.</summary>
    public required string Activity { get; init; }

    /// <summary>The execution of the container around it; null for the root.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Running or Faulted; others are not kept.</summary>
    public ActivityStatus Status { get; set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How often it failed.</summary>
    public int FaultCount { get; set; }

    /// <summary>True while an external activity was asked to run and has not answered.</summary>
    public bool AwaitsAnswer { get; set; }

    /// <summary>What a loop or a sequence counts: the index of the item in hand, children still out.</summary>
    public int Counter { get; set; }

    /// <summary>The value in hand of a For loop.</summary>
    public double? LoopValue { get; set; }

    /// <summary>Tokens of a flowchart; null for others.</summary>
    public List<FlowToken>? Tokens { get; set; }

    /// <summary>Variables of this scope, by name; null when it has none.</summary>
    public Dictionary<string, JsonNode?>? Variables { get; set; }

    /// <summary>Why this execution was scheduled: ids of the activity whose arrow brought it here, for the trace; null at a start.</summary>
    public string? CameFrom { get; init; }

    /// <summary>Fields a newer version wrote.</summary>
    public JsonObject? Unknown { get; set; }

    internal ActivityExecution Copy() => new()
    {
        Id = Id, Activity = Activity, Parent = Parent, Status = Status, StartedAt = StartedAt, FaultCount = FaultCount, AwaitsAnswer = AwaitsAnswer,
        Counter = Counter, LoopValue = LoopValue, CameFrom = CameFrom, Unknown = Unknown,
        Tokens = Tokens is null ? null : [.. Tokens],
        Variables = Variables is null ? null : new(Variables, Variables.Comparer),
    };
}

/// <summary>Work that a burst left because it had made too many steps.</summary>
/// <param name="Activity">Key of the activity to run.</param>
/// <param name="Parent">Execution of the container that asked for it.</param>
/// <param name="CameFrom">Id of the activity whose arrow brought it here.</param>
/// <param name="Variables">Variables of the iteration.</param>
/// <param name="Retry">The execution to run again instead of a new one.</param>
public sealed record HeldWork(string Activity, Guid? Parent, string? CameFrom, IReadOnlyDictionary<string, JsonNode?>? Variables, Guid? Retry = null);

/// <summary>
/// Everything that a job is between two bursts. It holds what the semantics need and no history: executions that ended,
/// incidents that were retried and followed tokens are gone, so a job that loops for years stays the same size.
/// The interpreter never changes the state it is given; it answers with a new one. JSON nodes inside are never changed either.
/// </summary>
public sealed partial class WorkflowState
{
    /// <summary>Version of the JSON that this code writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Id of the job; all ids inside are derived from it.</summary>
    public required Guid Id { get; init; }

    /// <summary>Id of the definition.</summary>
    public string DefinitionId { get; set; } = "";

    /// <summary>Id of the version of the definition.</summary>
    public string DefinitionVersionId { get; set; } = "";

    /// <summary>Number of the version of the definition.</summary>
    public int DefinitionVersion { get; set; }

    /// <summary>Status in detail.</summary>
    public WorkflowSubStatus SubStatus { get; set; }

    /// <summary>Main status as Elsa derives it: Finished when finished, cancelled or faulted.</summary>
    public WorkflowStatus Status => SubStatus is WorkflowSubStatus.Finished or WorkflowSubStatus.Cancelled or WorkflowSubStatus.Faulted ? WorkflowStatus.Finished : WorkflowStatus.Running;

    /// <summary>True when nothing can happen to it any more. A faulted job is not over: its incident can be retried.</summary>
    public bool IsOver => SubStatus is WorkflowSubStatus.Finished or WorkflowSubStatus.Cancelled;

    /// <summary>What it belongs to, as the start or Correlate said.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Its name, as SetName said.</summary>
    public string? Name { get; set; }

    /// <summary>Id of the activity that triggered it; null when started by hand.</summary>
    public string? TriggerActivity { get; set; }

    /// <summary>First start; null before.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>Last burst.</summary>
    public DateTimeOffset? UpdatedAt { get; set; }

    /// <summary>End; null before.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Variables of the whole workflow, by name.</summary>
    public Dictionary<string, JsonNode?> Variables { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What the start gave.</summary>
    public Dictionary<string, JsonNode?> Input { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What it leaves.</summary>
    public Dictionary<string, JsonNode?> Output { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Outcomes that Complete named.</summary>
    public List<string> Outcomes { get; init; } = [];

    /// <summary>Last outputs of each activity, by its key: an object by output name.</summary>
    public Dictionary<string, JsonNode?> Results { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Key of the activity that gave an output last.</summary>
    public string? LastResultOf { get; set; }

    /// <summary>Executions that have not ended, in the order they began; the root first.</summary>
    public List<ActivityExecution> Executions { get; init; } = [];

    /// <summary>What is waited for, in the order it began.</summary>
    public List<Bookmark> Bookmarks { get; init; } = [];

    /// <summary>Open incidents.</summary>
    public List<Incident> Incidents { get; init; } = [];

    /// <summary>Work held back by the step limit.</summary>
    public List<HeldWork> Held { get; init; } = [];

    /// <summary>Ids given so far.</summary>
    public long LastId { get; set; }

    /// <summary>Journal entries written so far.</summary>
    public long LastSequence { get; set; }

    /// <summary>Activities run so far.</summary>
    public long Steps { get; set; }

    /// <summary>Fields a newer version wrote.</summary>
    public JsonObject? Unknown { get; set; }

    /// <summary>A job that has not started.</summary>
    public static WorkflowState New(Guid id, WorkflowDefinition definition) => new()
    {
        Id = id,
        DefinitionId = definition.DefinitionId,
        DefinitionVersionId = definition.Id,
        DefinitionVersion = definition.Version,
        SubStatus = WorkflowSubStatus.Pending,
    };

    /// <summary>The execution of this id; null when it has ended or never was.</summary>
    public ActivityExecution? Execution(Guid id)
    {
        foreach (var execution in Executions)
            if (execution.Id == id) return execution;
        return null;
    }

    /// <summary>A copy whose lists can be changed apart; JSON nodes are shared and never changed.</summary>
    public WorkflowState Clone()
    {
        var copy = new WorkflowState
        {
            Id = Id, DefinitionId = DefinitionId, DefinitionVersionId = DefinitionVersionId, DefinitionVersion = DefinitionVersion, SubStatus = SubStatus,
            CorrelationId = CorrelationId, Name = Name, TriggerActivity = TriggerActivity, StartedAt = StartedAt, UpdatedAt = UpdatedAt, FinishedAt = FinishedAt,
            LastResultOf = LastResultOf, LastId = LastId, LastSequence = LastSequence, Steps = Steps, Unknown = Unknown,
            Variables = new(Variables, StringComparer.Ordinal), Input = new(Input, StringComparer.Ordinal), Output = new(Output, StringComparer.Ordinal), Results = new(Results, StringComparer.Ordinal),
            Outcomes = [.. Outcomes], Bookmarks = [.. Bookmarks], Incidents = [.. Incidents], Held = [.. Held],
            Executions = new(Executions.Count),
        };
        foreach (var execution in Executions) copy.Executions.Add(execution.Copy());
        return copy;
    }
}
