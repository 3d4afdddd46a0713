using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Something that the job asks of the world, in the order it was asked. Execution ids are stable, so a repeat can be recognised.</summary>
public abstract record Effect;

/// <summary>Run an external activity and answer with <see cref="ActivityCompleted"/>, <see cref="ActivityWaiting"/> or <see cref="ActivityFaulted"/>.</summary>
/// <param name="ExecutionId">Its execution; the key of its inbox. The same on a retry.</param>
/// <param name="NodeId">Path of the activity.</param>
/// <param name="ActivityId">Id of the activity.</param>
/// <param name="ActivityName">Name of the activity; null when it has none.</param>
/// <param name="Type">Type name.</param>
/// <param name="Version">Version of the type.</param>
/// <param name="Inputs">Evaluated inputs by property name (camelCase).</param>
/// <param name="Attempt">1 the first time.</param>
/// <param name="Retry">How often it is tried again by itself; null for the usual way.</param>
public sealed record RunActivity(Guid ExecutionId, string NodeId, string ActivityId, string? ActivityName, string Type, int Version, JsonObject Inputs, int Attempt = 1, RetryPolicy? Retry = null) : Effect;

/// <summary>A bookmark of an external activity was resumed; answer as for <see cref="RunActivity"/>. The execution keeps running until then.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="ActivityId">Id of the activity.</param>
/// <param name="Type">Type name.</param>
/// <param name="BookmarkId">The resumed bookmark.</param>
/// <param name="BookmarkName">The activity's own name for it.</param>
/// <param name="BookmarkPayload">What the activity stored with it.</param>
/// <param name="Payload">What the resuming one brought; null for a timer.</param>
/// <param name="TimedOut">True when its moment came.</param>
public sealed record ResumeActivity(Guid ExecutionId, string ActivityId, string Type, Guid BookmarkId, string? BookmarkName, JsonNode? BookmarkPayload, JsonNode? Payload, bool TimedOut) : Effect;

/// <summary>An external activity, task or started workflow is no longer wanted: close what it opened.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="ActivityId">Id of the activity.</param>
/// <param name="Type">Type name.</param>
public sealed record CancelActivity(Guid ExecutionId, string ActivityId, string Type) : Effect;

/// <summary>The job was moved to another version, and an external activity that it waits for goes on there under the same execution: what it opened follows.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="FromActivityId">Id of the activity in the old version.</param>
/// <param name="ActivityId">Id of the activity in the new version.</param>
/// <param name="Type">Type name.</param>
/// <param name="Inputs">Its inputs as the new version says; null when they are drawn as before.</param>
public sealed record ActivityMoved(Guid ExecutionId, string FromActivityId, string ActivityId, string Type, JsonObject? Inputs) : Effect;

/// <summary>Publish an event to all jobs that wait for it or start by it.</summary>
/// <param name="ExecutionId">The execution that publishes.</param>
/// <param name="EventName">Its name.</param>
/// <param name="CorrelationId">Only to jobs that belong to this; null means all.</param>
/// <param name="Payload">What it brings.</param>
public sealed record PublishEvent(Guid ExecutionId, string EventName, string? CorrelationId, JsonNode? Payload) : Effect;

/// <summary>Start another workflow.</summary>
/// <param name="ExecutionId">The execution that starts it.</param>
/// <param name="DefinitionId">Id of its definition.</param>
/// <param name="CorrelationId">What it shall belong to; null means nothing.</param>
/// <param name="Input">Its inputs.</param>
/// <param name="Wait">True when <see cref="ChildFinished"/> is awaited.</param>
/// <param name="Dispatch">True for DispatchWorkflow, false for ExecuteWorkflow.</param>
/// <param name="Index">Which of the workflows that this execution starts, from 0.</param>
/// <param name="VersionId">The version to take where it is there; null takes the published one.</param>
public sealed record StartChild(Guid ExecutionId, string DefinitionId, string? CorrelationId, JsonObject? Input, bool Wait, bool Dispatch, int Index = 0, string? VersionId = null) : Effect;

/// <summary>Answer the HTTP request that the job is at.</summary>
/// <param name="ExecutionId">The execution that answers.</param>
/// <param name="StatusCode">Status code.</param>
/// <param name="Content">Text as it is, everything else as JSON; null for none.</param>
/// <param name="ContentType">Content type; null to take it from the content.</param>
/// <param name="Headers">Further headers: a text or a list of texts by name.</param>
public sealed record WriteHttpResponse(Guid ExecutionId, int StatusCode, JsonNode? Content, string? ContentType, JsonObject? Headers) : Effect;

/// <summary>Commit what was done and come back with <see cref="GoOnCommitted"/>.</summary>
public sealed record CommitAndGoOn : Effect;

/// <summary>Ask the outside for a task; <see cref="TaskCompleted"/> is awaited.</summary>
/// <param name="ExecutionId">The execution that asks.</param>
/// <param name="TaskName">Its name.</param>
/// <param name="Payload">What it is about.</param>
public sealed record RunTask(Guid ExecutionId, string TaskName, JsonNode? Payload) : Effect;

/// <summary>Write a line.</summary>
/// <param name="ExecutionId">The execution that writes.</param>
/// <param name="Text">The line.</param>
public sealed record WriteLine(Guid ExecutionId, string Text) : Effect;

/// <summary>An incident was opened.</summary>
/// <param name="Incident">It, as the state keeps it.</param>
public sealed record IncidentOpened(Incident Incident) : Effect;

/// <summary>The job is over. Comes once, last.</summary>
/// <param name="SubStatus">Finished or Cancelled.</param>
/// <param name="Output">What it leaves.</param>
/// <param name="Outcomes">Outcomes that Complete named.</param>
public sealed record Finished(WorkflowSubStatus SubStatus, JsonObject Output, IReadOnlyList<string> Outcomes) : Effect;
