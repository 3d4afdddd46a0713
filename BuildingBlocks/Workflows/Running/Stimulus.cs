using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Something that happens to a job. One that no longer matches changes nothing and says so, so a repeat is harmless.</summary>
public abstract record Stimulus;

/// <summary>Begins a job that has not started.</summary>
/// <param name="Input">Values for the workflow's inputs, by name.</param>
/// <param name="TriggerActivityId">Id of the activity that triggered it; null when started by hand.</param>
/// <param name="CorrelationId">What it belongs to.</param>
/// <param name="Payload">What the trigger brought; the trigger's output.</param>
public sealed record Start(JsonObject? Input = null, string? TriggerActivityId = null, string? CorrelationId = null, JsonNode? Payload = null) : Stimulus;

/// <summary>The moment of a bookmark has come.</summary>
/// <param name="BookmarkId">The bookmark.</param>
public sealed record TimerDue(Guid BookmarkId) : Stimulus;

/// <summary>An event was published. Resumes every execution of the job that waits for its name.</summary>
/// <param name="EventName">Its name.</param>
/// <param name="Payload">What it brings.</param>
public sealed record EventReceived(string EventName, JsonNode? Payload = null) : Stimulus;

/// <summary>
/// Resumes one bookmark. An engine activity completes with the payload; for an external one the bookmark goes and
/// <see cref="ResumeActivity"/> is emitted.
/// </summary>
/// <param name="BookmarkId">The bookmark.</param>
/// <param name="Payload">What the resuming one brings.</param>
public sealed record BookmarkResumed(Guid BookmarkId, JsonNode? Payload = null) : Stimulus;

/// <summary>An external activity is done, at once or after waiting.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="Outcomes">Arrows to follow; <c>Done</c> when empty.</param>
/// <param name="Outputs">Its outputs by name.</param>
public sealed record ActivityCompleted(Guid ExecutionId, IReadOnlyList<string> Outcomes, JsonObject? Outputs = null) : Stimulus;

/// <summary>An external activity did its first half and now waits.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="Bookmarks">What it waits for; replaces what it waited for before.</param>
/// <param name="Outputs">Outputs it already has, by name.</param>
public sealed record ActivityWaiting(Guid ExecutionId, IReadOnlyList<NewBookmark> Bookmarks, JsonObject? Outputs = null) : Stimulus;

/// <summary>A bookmark that an external activity asks for.</summary>
/// <param name="Name">The activity's own name for it.</param>
/// <param name="Payload">Data to get back.</param>
/// <param name="DueAt">A moment to resume by itself.</param>
public sealed record NewBookmark(string? Name = null, JsonNode? Payload = null, DateTimeOffset? DueAt = null);

/// <summary>An external activity failed. Gives an incident; other branches go on.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="Reason">Sentence for people.</param>
/// <param name="Details">More, for the one who mends it.</param>
public sealed record ActivityFaulted(Guid ExecutionId, string Reason, JsonNode? Details = null) : Stimulus;

/// <summary>A task asked for by <see cref="RunTask"/> is done.</summary>
/// <param name="ExecutionId">The execution that asked.</param>
/// <param name="Result">Its result.</param>
public sealed record TaskCompleted(Guid ExecutionId, JsonNode? Result = null) : Stimulus;

/// <summary>A workflow started by <see cref="StartChild"/> has ended.</summary>
/// <param name="ExecutionId">The execution that started it.</param>
/// <param name="SubStatus">How it ended: Finished, Cancelled or Faulted.</param>
/// <param name="Output">What it left.</param>
/// <param name="Outcomes">Outcomes that its Complete named.</param>
/// <param name="ChildId">The job that ended; null when nobody needs to know.</param>
public sealed record ChildFinished(Guid ExecutionId, WorkflowSubStatus SubStatus, JsonObject? Output = null, IReadOnlyList<string>? Outcomes = null, Guid? ChildId = null) : Stimulus;

/// <summary>Goes on with what <see cref="CommitAndGoOn"/> held back.</summary>
public sealed record GoOnCommitted : Stimulus;

/// <summary>Tries again what an incident stopped.</summary>
/// <param name="Id">The incident, or the faulted execution.</param>
public sealed record Retry(Guid Id) : Stimulus;

/// <summary>
/// Puts a faulted or waiting activity behind: it completes with these outcomes, by hand. Also lets a job go on from a
/// <see cref="IncidentKind.JoinNeverReady"/> incident: the join runs without the missing branches.
/// </summary>
/// <param name="Id">The incident, or the execution.</param>
/// <param name="Outcomes">Arrows to follow; <c>Done</c> when empty.</param>
/// <param name="Outputs">Outputs by name.</param>
public sealed record GoOn(Guid Id, IReadOnlyList<string> Outcomes, JsonObject? Outputs = null) : Stimulus;

/// <summary>Ends the job.</summary>
/// <param name="Reason">Why, for the journal.</param>
public sealed record Cancel(string? Reason = null) : Stimulus;
