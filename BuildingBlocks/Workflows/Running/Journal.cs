using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>What a journal entry tells.</summary>
public enum JournalEvent
{
    /// <summary>An execution began.</summary>
    Started,

    /// <summary>It ended well; outcomes and followed arrows stand with it.</summary>
    Completed,

    /// <summary>It waits.</summary>
    Suspended,

    /// <summary>It goes on after waiting.</summary>
    Resumed,

    /// <summary>It failed.</summary>
    Faulted,

    /// <summary>It was stopped.</summary>
    Canceled,

    /// <summary>The job goes on on another version of its drawing; who moved it, and from which version, stand with it. Elsa has no such event.</summary>
    Moved,
}

/// <summary>An arrow that was followed.</summary>
/// <param name="Port">Outcome it leaves by.</param>
/// <param name="Target">Id of the activity it reaches.</param>
/// <param name="Scheduled">False when the activity there still waits for other arrows.</param>
public sealed record FollowedConnection(string Port, string Target, bool Scheduled);

/// <summary>A line of the job's history, as Elsa's journal has it and with the arrows that were followed.</summary>
/// <param name="Sequence">Number within the job, from 1, without gaps.</param>
/// <param name="ActivityInstanceId">The execution.</param>
/// <param name="ParentActivityInstanceId">The execution of the container around it.</param>
/// <param name="ActivityId">Id of the activity.</param>
/// <param name="ActivityType">Its type.</param>
/// <param name="ActivityTypeVersion">Version of the type.</param>
/// <param name="ActivityName">Its name; null when it has none.</param>
/// <param name="ActivityNodeId">Its path.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Event">What happened.</param>
public sealed record JournalEntry(long Sequence, Guid ActivityInstanceId, Guid? ParentActivityInstanceId, string ActivityId, string ActivityType, int ActivityTypeVersion, string? ActivityName, string ActivityNodeId, DateTimeOffset Timestamp, JournalEvent Event)
{
    /// <summary>What to say besides: the reason of a fault, a line written, why it was cancelled.</summary>
    public string? Message { get; init; }

    /// <summary>Outcomes of a completed execution.</summary>
    public IReadOnlyList<string>? Outcomes { get; init; }

    /// <summary>Arrows that a completed execution made the flowchart follow.</summary>
    public IReadOnlyList<FollowedConnection>? Followed { get; init; }

    /// <summary>Evaluated inputs of a started execution; sensitive ones masked.</summary>
    public JsonObject? ActivityState { get; init; }

    /// <summary>Outputs of a completed execution, or details of a fault.</summary>
    public JsonNode? Payload { get; init; }

    /// <summary>Writes the entry in Elsa's field names.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("sequence", Sequence);
        writer.WriteString("activityInstanceId", ActivityInstanceId.ToString("N"));
        if (ParentActivityInstanceId is { } parent) writer.WriteString("parentActivityInstanceId", parent.ToString("N"));
        writer.WriteString("activityId", ActivityId);
        writer.WriteString("activityType", ActivityType);
        writer.WriteNumber("activityTypeVersion", ActivityTypeVersion);
        if (ActivityName is not null) writer.WriteString("activityName", ActivityName);
        writer.WriteString("activityNodeId", ActivityNodeId);
        writer.WriteString("timestamp", Timestamp);
        writer.WriteString("eventName", Event.ToString());
        if (Message is not null) writer.WriteString("message", Message);
        if (Outcomes is not null)
        {
            writer.WriteStartArray("outcomes");
            foreach (var outcome in Outcomes) writer.WriteStringValue(outcome);
            writer.WriteEndArray();
        }
        if (Followed is not null)
        {
            writer.WriteStartArray("followed");
            foreach (var followed in Followed)
            {
                writer.WriteStartObject();
                writer.WriteString("port", followed.Port);
                writer.WriteString("target", followed.Target);
                writer.WriteBoolean("scheduled", followed.Scheduled);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (ActivityState is not null)
        {
            writer.WritePropertyName("activityState");
            ActivityState.WriteTo(writer);
        }
        if (Payload is not null)
        {
            writer.WritePropertyName("payload");
            Payload.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    /// <summary>The entry as JSON text; the same entry always gives the same bytes.</summary>
    public string ToJson()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Workflows.Json.Writing)) WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
