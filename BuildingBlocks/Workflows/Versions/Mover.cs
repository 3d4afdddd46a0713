using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What becomes of a job that stands at an activity.</summary>
public enum PlaceFate
{
    /// <summary>It stands at another activity of the new version.</summary>
    Goes,

    /// <summary>The branch that stands there ends there.</summary>
    Ends,

    /// <summary>The job stays on its version.</summary>
    Stays,
}

/// <summary>What is to become of jobs that stand at an activity.</summary>
/// <param name="Fate">What.</param>
/// <param name="To">Key of the activity of the new version, with <see cref="PlaceFate.Goes"/>.</param>
public sealed record PlaceChoice(PlaceFate Fate, string? To = null);

/// <summary>How the activities of one version are called in another.</summary>
/// <param name="Pairs">Keys of the new version by keys of the old one, as <see cref="VersionPairs"/> found them.</param>
/// <param name="Choices">What a person chose, by keys of the old version; it counts before the pairs.</param>
public sealed record MovePlan(IReadOnlyDictionary<string, string> Pairs, IReadOnlyDictionary<string, PlaceChoice> Choices);

/// <summary>What stands in the journal about a move.</summary>
/// <param name="By">Name of the one who moves.</param>
/// <param name="Details">More, for the trace.</param>
public sealed record MoveNote(string By, JsonObject? Details = null);

/// <summary>Whether a job can be moved.</summary>
public enum MoveVerdict
{
    /// <summary>It moves.</summary>
    Moves,

    /// <summary>It would move if somebody said where to.</summary>
    NeedsChoice,

    /// <summary>It stays on its version.</summary>
    Stays,
}

/// <summary>Why a job does not move.</summary>
/// <param name="Verdict">What is to be done about it.</param>
/// <param name="Activity">Key of the activity of the old version that is in the way; null when none is.</param>
/// <param name="Message">English sentence with <c>{0}</c>-places, the key of its translation.</param>
/// <param name="Arguments">Values for the places.</param>
public sealed record MoveReason(MoveVerdict Verdict, string? Activity, string Message, IReadOnlyList<string> Arguments);

/// <summary>What a move gives.</summary>
/// <param name="Verdict">Whether it moves.</param>
/// <param name="Reasons">Why not; empty when it does.</param>
/// <param name="Run">New state, effects and journal; null when it does not move.</param>
public sealed record MoveResult(MoveVerdict Verdict, IReadOnlyList<MoveReason> Reasons, RunResult? Run);

/// <summary>
/// Moves jobs from one version of a drawing to another: (old graph, new graph, state, plan) → new state or reasons. A pure function like <see cref="Interpreter"/>. What a job stands at is called by
/// the new version's names; where that is another kind of activity, the old one is taken back and the new one begins. A job that stands where the plan says nothing is not moved.
/// </summary>
public static class Mover
{
    /// <summary>Moves a job.</summary>
    /// <param name="from">The version that it is on.</param>
    /// <param name="to">The version that it is to be on.</param>
    /// <param name="state">The job; not changed.</param>
    /// <param name="plan">Which activity becomes which.</param>
    /// <param name="note">What the journal says of it.</param>
    /// <param name="now">The moment.</param>
    /// <param name="data">What expressions see besides variables and inputs.</param>
    /// <param name="limits">How far what begins may go.</param>
    /// <param name="asksAgain">Types of external activity that open nothing outside: with other inputs they are asked again instead of told.</param>
    /// <param name="title">What people call a box.</param>
    public static MoveResult Move(CompiledWorkflow from, CompiledWorkflow to, WorkflowState state, MovePlan plan, MoveNote note, DateTimeOffset now, JsonObject? data = null, InterpreterLimits? limits = null, Func<string, bool>? asksAgain = null, Func<ActivityNode, string>? title = null) =>
        new Burst(from, state, now, data, limits ?? InterpreterLimits.Default).Move(to, plan, note, asksAgain ?? (_ => false), title ?? (activity => activity.Title));

    /// <summary>
    /// Gives a job back the state it had before a move. What the move took back outside begins anew, what it began is taken back. To be called only for a job that has not gone on since: its last
    /// journal line is the move's.
    /// </summary>
    /// <param name="from">The version it is on since the move.</param>
    /// <param name="to">The version it was on before.</param>
    /// <param name="before">Its state before the move.</param>
    /// <param name="after">Its state now.</param>
    /// <param name="note">What the journal says of it.</param>
    /// <param name="now">The moment.</param>
    /// <param name="data">What expressions see besides variables and inputs.</param>
    /// <param name="limits">How far what begins may go.</param>
    public static RunResult MoveBack(CompiledWorkflow from, CompiledWorkflow to, WorkflowState before, WorkflowState after, MoveNote note, DateTimeOffset now, JsonObject? data = null, InterpreterLimits? limits = null) =>
        new Burst(from, before, now, data, limits ?? InterpreterLimits.Default).MoveBack(to, after, note);

    /// <summary>Keys of the activities that a job stands at: what waits or has failed, and joins that have half of their branches. These are what a plan has to know.</summary>
    public static IReadOnlyList<string> Standing(CompiledWorkflow workflow, WorkflowState state)
    {
        var keys = new List<string>();
        void Add(string key)
        {
            if (!keys.Contains(key)) keys.Add(key);
        }

        foreach (var execution in state.Executions)
        {
            if (!state.Executions.Exists(other => other.Parent == execution.Id) && execution.Parent is not null) Add(execution.Activity);
            if (execution.Tokens is not { } tokens || workflow.Find(execution.Activity) is not { Graph: { } graph }) continue;
            foreach (var token in tokens)
                if (!token.Blocked && graph.Place(token.To) is { } place && !state.Executions.Exists(other => other.Parent == execution.Id && other.Activity == graph.Activities[place].Key)) Add(graph.Activities[place].Key);
        }

        // An event held back stands nowhere.
        foreach (var held in state.Held)
            if (held.Activity.Length > 0) Add(held.Activity);
        return keys;
    }
}
