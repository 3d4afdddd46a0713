using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Workflows;

// Written and read by hand: a job's state is loaded and saved at every step, and reflection would cost more than the step.
public sealed partial class WorkflowState
{
    /// <summary>The state as UTF-8 JSON. Empty parts are left out; the same state always gives the same bytes.</summary>
    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Workflows.Json.Writing)) WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The state as JSON text.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Workflows.Json.Writing)) WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a state that <see cref="ToUtf8"/> wrote, this version's or an older one's; fields it does not know are kept.</summary>
    /// <exception cref="FormatException">The bytes are no state, or of a newer format than this code writes.</exception>
    public static WorkflowState Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 256 });
            reader.Read();
            return Read(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or KeyNotFoundException)
        {
            throw new FormatException($"This is not the state of a workflow: {e.Message}", e);
        }
    }

    /// <summary>Reads a state from text.</summary>
    /// <exception cref="FormatException">As for the bytes.</exception>
    public static WorkflowState Parse(string json) => Parse(System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>Writes the state.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("format", CurrentFormat);
        writer.WriteString("id", Id);
        if (DefinitionId.Length > 0) writer.WriteString("definitionId", DefinitionId);
        if (DefinitionVersionId.Length > 0) writer.WriteString("definitionVersionId", DefinitionVersionId);
        if (DefinitionVersion != 0) writer.WriteNumber("definitionVersion", DefinitionVersion);
        writer.WriteString("subStatus", Code(SubStatus));
        Text(writer, "correlationId", CorrelationId);
        Text(writer, "name", Name);
        Text(writer, "trigger", TriggerActivity);
        Moment(writer, "startedAt", StartedAt);
        Moment(writer, "updatedAt", UpdatedAt);
        Moment(writer, "finishedAt", FinishedAt);
        Values(writer, "variables", Variables);
        Values(writer, "input", Input);
        Values(writer, "output", Output);
        if (Outcomes.Count > 0)
        {
            writer.WriteStartArray("outcomes");
            foreach (var outcome in Outcomes) writer.WriteStringValue(outcome);
            writer.WriteEndArray();
        }
        Values(writer, "results", Results);
        Text(writer, "lastResultOf", LastResultOf);
        if (Executions.Count > 0)
        {
            writer.WriteStartArray("executions");
            foreach (var execution in Executions) Write(writer, execution);
            writer.WriteEndArray();
        }
        if (Bookmarks.Count > 0)
        {
            writer.WriteStartArray("bookmarks");
            foreach (var bookmark in Bookmarks)
            {
                writer.WriteStartObject();
                writer.WriteString("id", bookmark.Id);
                writer.WriteString("execution", bookmark.ExecutionId);
                writer.WriteString("kind", Code(bookmark.Kind));
                Text(writer, "name", bookmark.Name);
                Node(writer, "payload", bookmark.Payload);
                Moment(writer, "dueAt", bookmark.DueAt);
                writer.WriteString("createdAt", bookmark.CreatedAt);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (Incidents.Count > 0)
        {
            writer.WriteStartArray("incidents");
            foreach (var incident in Incidents)
            {
                writer.WriteStartObject();
                writer.WriteString("id", incident.Id);
                writer.WriteString("kind", Code(incident.Kind));
                if (incident.ExecutionId is { } execution) writer.WriteString("execution", execution);
                Text(writer, "activity", incident.Activity);
                Text(writer, "type", incident.ActivityType);
                writer.WriteString("message", incident.Message);
                if (incident.Arguments.Count > 0)
                {
                    writer.WriteStartArray("arguments");
                    foreach (var argument in incident.Arguments) writer.WriteStringValue(argument);
                    writer.WriteEndArray();
                }
                Node(writer, "details", incident.Details);
                writer.WriteString("at", incident.At);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (Held.Count > 0)
        {
            writer.WriteStartArray("held");
            foreach (var work in Held)
            {
                writer.WriteStartObject();
                writer.WriteString("activity", work.Activity);
                if (work.Parent is { } parent) writer.WriteString("parent", parent);
                Text(writer, "from", work.CameFrom);
                if (work.Variables is not null)
                {
                    writer.WriteStartObject("variables");
                    foreach (var (name, value) in work.Variables) { writer.WritePropertyName(name); Node(writer, value); }
                    writer.WriteEndObject();
                }
                if (work.Retry is { } retry) writer.WriteString("retry", retry);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (LastId != 0) writer.WriteNumber("lastId", LastId);
        if (LastSequence != 0) writer.WriteNumber("lastSequence", LastSequence);
        if (Steps != 0) writer.WriteNumber("steps", Steps);
        Rest(writer, Unknown);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ActivityExecution execution)
    {
        writer.WriteStartObject();
        writer.WriteString("id", execution.Id);
        writer.WriteString("activity", execution.Activity);
        if (execution.Parent is { } parent) writer.WriteString("parent", parent);
        if (execution.Status != ActivityStatus.Running) writer.WriteString("status", Code(execution.Status));
        writer.WriteString("startedAt", execution.StartedAt);
        if (execution.FaultCount != 0) writer.WriteNumber("faults", execution.FaultCount);
        if (execution.AwaitsAnswer) writer.WriteBoolean("awaitsAnswer", true);
        if (execution.Counter != 0) writer.WriteNumber("counter", execution.Counter);
        if (execution.LoopValue is { } loop) writer.WriteNumber("loop", loop);
        Text(writer, "from", execution.CameFrom);
        if (execution.Tokens is { } tokens)
        {
            writer.WriteStartArray("tokens");
            foreach (var token in tokens)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(token.From);
                writer.WriteStringValue(token.Port);
                writer.WriteStringValue(token.To);
                if (token.Blocked) writer.WriteBooleanValue(true);
                writer.WriteEndArray();
            }
            writer.WriteEndArray();
        }
        if (execution.Variables is { } variables)
        {
            writer.WriteStartObject("variables");
            foreach (var (name, value) in variables) { writer.WritePropertyName(name); Node(writer, value); }
            writer.WriteEndObject();
        }
        Rest(writer, execution.Unknown);
        writer.WriteEndObject();
    }

    private static WorkflowState Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("a JSON object is expected");
        // The id is needed to make the state, and may stand anywhere: what comes before it is read into the draft.
        var draft = new WorkflowState { Id = Guid.Empty };
        Guid? id = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) { reader.Read(); id = reader.GetGuid(); }
            else if (reader.ValueTextEquals("format"u8))
            {
                reader.Read();
                if (reader.GetInt32() is var format and > CurrentFormat) throw new JsonException($"format {format} is newer than {CurrentFormat}");
            }
            else if (reader.ValueTextEquals("definitionId"u8)) draft.DefinitionId = String(ref reader) ?? "";
            else if (reader.ValueTextEquals("definitionVersionId"u8)) draft.DefinitionVersionId = String(ref reader) ?? "";
            else if (reader.ValueTextEquals("definitionVersion"u8)) { reader.Read(); draft.DefinitionVersion = reader.GetInt32(); }
            else if (reader.ValueTextEquals("subStatus"u8)) draft.SubStatus = Enum<WorkflowSubStatus>(ref reader);
            else if (reader.ValueTextEquals("correlationId"u8)) draft.CorrelationId = String(ref reader);
            else if (reader.ValueTextEquals("name"u8)) draft.Name = String(ref reader);
            else if (reader.ValueTextEquals("trigger"u8)) draft.TriggerActivity = String(ref reader);
            else if (reader.ValueTextEquals("startedAt"u8)) draft.StartedAt = Moment(ref reader);
            else if (reader.ValueTextEquals("updatedAt"u8)) draft.UpdatedAt = Moment(ref reader);
            else if (reader.ValueTextEquals("finishedAt"u8)) draft.FinishedAt = Moment(ref reader);
            else if (reader.ValueTextEquals("variables"u8)) Values(ref reader, draft.Variables);
            else if (reader.ValueTextEquals("input"u8)) Values(ref reader, draft.Input);
            else if (reader.ValueTextEquals("output"u8)) Values(ref reader, draft.Output);
            else if (reader.ValueTextEquals("outcomes"u8)) Strings(ref reader, draft.Outcomes);
            else if (reader.ValueTextEquals("results"u8)) Values(ref reader, draft.Results);
            else if (reader.ValueTextEquals("lastResultOf"u8)) draft.LastResultOf = String(ref reader);
            else if (reader.ValueTextEquals("executions"u8))
            {
                Open(ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) draft.Executions.Add(ReadExecution(ref reader));
            }
            else if (reader.ValueTextEquals("bookmarks"u8))
            {
                Open(ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) draft.Bookmarks.Add(ReadBookmark(ref reader));
            }
            else if (reader.ValueTextEquals("incidents"u8))
            {
                Open(ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) draft.Incidents.Add(ReadIncident(ref reader));
            }
            else if (reader.ValueTextEquals("held"u8))
            {
                Open(ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) draft.Held.Add(ReadHeld(ref reader));
            }
            else if (reader.ValueTextEquals("lastId"u8)) { reader.Read(); draft.LastId = reader.GetInt64(); }
            else if (reader.ValueTextEquals("lastSequence"u8)) { reader.Read(); draft.LastSequence = reader.GetInt64(); }
            else if (reader.ValueTextEquals("steps"u8)) { reader.Read(); draft.Steps = reader.GetInt64(); }
            else
            {
                var name = reader.GetString()!;
                reader.Read();
                (draft.Unknown ??= [])[name] = JsonNode.Parse(ref reader);
            }
        }
        return new WorkflowState
        {
            Id = id ?? throw new JsonException("it has no id"),
            DefinitionId = draft.DefinitionId, DefinitionVersionId = draft.DefinitionVersionId, DefinitionVersion = draft.DefinitionVersion, SubStatus = draft.SubStatus,
            CorrelationId = draft.CorrelationId, Name = draft.Name, TriggerActivity = draft.TriggerActivity, StartedAt = draft.StartedAt, UpdatedAt = draft.UpdatedAt, FinishedAt = draft.FinishedAt,
            Variables = draft.Variables, Input = draft.Input, Output = draft.Output, Outcomes = draft.Outcomes, Results = draft.Results, LastResultOf = draft.LastResultOf,
            Executions = draft.Executions, Bookmarks = draft.Bookmarks, Incidents = draft.Incidents, Held = draft.Held,
            LastId = draft.LastId, LastSequence = draft.LastSequence, Steps = draft.Steps, Unknown = draft.Unknown,
        };
    }

    private static ActivityExecution ReadExecution(ref Utf8JsonReader reader)
    {
        Guid id = default;
        Guid? parent = null;
        string activity = "";
        string? from = null;
        DateTimeOffset startedAt = default;
        var status = ActivityStatus.Running;
        int faults = 0, counter = 0;
        var awaits = false;
        double? loop = null;
        List<FlowToken>? tokens = null;
        Dictionary<string, JsonNode?>? variables = null;
        JsonObject? unknown = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) { reader.Read(); id = reader.GetGuid(); }
            else if (reader.ValueTextEquals("activity"u8)) activity = String(ref reader) ?? "";
            else if (reader.ValueTextEquals("parent"u8)) { reader.Read(); parent = reader.GetGuid(); }
            else if (reader.ValueTextEquals("status"u8)) status = Enum<ActivityStatus>(ref reader);
            else if (reader.ValueTextEquals("startedAt"u8)) { reader.Read(); startedAt = reader.GetDateTimeOffset(); }
            else if (reader.ValueTextEquals("faults"u8)) { reader.Read(); faults = reader.GetInt32(); }
            else if (reader.ValueTextEquals("awaitsAnswer"u8)) { reader.Read(); awaits = reader.GetBoolean(); }
            else if (reader.ValueTextEquals("counter"u8)) { reader.Read(); counter = reader.GetInt32(); }
            else if (reader.ValueTextEquals("loop"u8)) { reader.Read(); loop = reader.GetDouble(); }
            else if (reader.ValueTextEquals("from"u8)) from = String(ref reader);
            else if (reader.ValueTextEquals("tokens"u8))
            {
                tokens = [];
                Open(ref reader);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    reader.Read();
                    var source = reader.GetString()!;
                    reader.Read();
                    var port = reader.GetString()!;
                    reader.Read();
                    var target = reader.GetString()!;
                    var blocked = false;
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) blocked |= reader.TokenType == JsonTokenType.True;
                    tokens.Add(new FlowToken(source, port, target, blocked));
                }
            }
            else if (reader.ValueTextEquals("variables"u8)) Values(ref reader, variables = new(StringComparer.Ordinal));
            else
            {
                var name = reader.GetString()!;
                reader.Read();
                (unknown ??= [])[name] = JsonNode.Parse(ref reader);
            }
        }
        return new ActivityExecution
        {
            Id = id, Activity = activity, Parent = parent, Status = status, StartedAt = startedAt, FaultCount = faults, AwaitsAnswer = awaits, Counter = counter,
            LoopValue = loop, CameFrom = from, Tokens = tokens, Variables = variables, Unknown = unknown,
        };
    }

    private static Bookmark ReadBookmark(ref Utf8JsonReader reader)
    {
        var bookmark = new Bookmark(default, default, default, null, null, null, default);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) { reader.Read(); bookmark = bookmark with { Id = reader.GetGuid() }; }
            else if (reader.ValueTextEquals("execution"u8)) { reader.Read(); bookmark = bookmark with { ExecutionId = reader.GetGuid() }; }
            else if (reader.ValueTextEquals("kind"u8)) bookmark = bookmark with { Kind = Enum<BookmarkKind>(ref reader) };
            else if (reader.ValueTextEquals("name"u8)) bookmark = bookmark with { Name = String(ref reader) };
            else if (reader.ValueTextEquals("payload"u8)) { reader.Read(); bookmark = bookmark with { Payload = JsonNode.Parse(ref reader) }; }
            else if (reader.ValueTextEquals("dueAt"u8)) bookmark = bookmark with { DueAt = Moment(ref reader) };
            else if (reader.ValueTextEquals("createdAt"u8)) { reader.Read(); bookmark = bookmark with { CreatedAt = reader.GetDateTimeOffset() }; }
            else reader.Skip();
        }
        return bookmark;
    }

    private static Incident ReadIncident(ref Utf8JsonReader reader)
    {
        var incident = new Incident(default, default, null, null, null, "", [], null, default);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) { reader.Read(); incident = incident with { Id = reader.GetGuid() }; }
            else if (reader.ValueTextEquals("kind"u8)) incident = incident with { Kind = Enum<IncidentKind>(ref reader) };
            else if (reader.ValueTextEquals("execution"u8)) { reader.Read(); incident = incident with { ExecutionId = reader.GetGuid() }; }
            else if (reader.ValueTextEquals("activity"u8)) incident = incident with { Activity = String(ref reader) };
            else if (reader.ValueTextEquals("type"u8)) incident = incident with { ActivityType = String(ref reader) };
            else if (reader.ValueTextEquals("message"u8)) incident = incident with { Message = String(ref reader) ?? "" };
            else if (reader.ValueTextEquals("arguments"u8))
            {
                List<string> arguments = [];
                Strings(ref reader, arguments);
                incident = incident with { Arguments = arguments };
            }
            else if (reader.ValueTextEquals("details"u8)) { reader.Read(); incident = incident with { Details = JsonNode.Parse(ref reader) }; }
            else if (reader.ValueTextEquals("at"u8)) { reader.Read(); incident = incident with { At = reader.GetDateTimeOffset() }; }
            else reader.Skip();
        }
        return incident;
    }

    private static HeldWork ReadHeld(ref Utf8JsonReader reader)
    {
        var work = new HeldWork("", null, null, null);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("activity"u8)) work = work with { Activity = String(ref reader) ?? "" };
            else if (reader.ValueTextEquals("parent"u8)) { reader.Read(); work = work with { Parent = reader.GetGuid() }; }
            else if (reader.ValueTextEquals("from"u8)) work = work with { CameFrom = String(ref reader) };
            else if (reader.ValueTextEquals("variables"u8))
            {
                var variables = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
                Values(ref reader, variables);
                work = work with { Variables = variables };
            }
            else if (reader.ValueTextEquals("retry"u8)) { reader.Read(); work = work with { Retry = reader.GetGuid() }; }
            else reader.Skip();
        }
        return work;
    }

    private static void Open(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a list is expected");
    }

    private static string? String(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static DateTimeOffset Moment(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetDateTimeOffset();
    }

    private static void Strings(ref Utf8JsonReader reader, List<string> into)
    {
        Open(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) into.Add(reader.GetString()!);
    }

    private static void Values(ref Utf8JsonReader reader, Dictionary<string, JsonNode?> into)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an object is expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            into[name] = reader.TokenType switch
            {
                JsonTokenType.Null => null,
                JsonTokenType.String => JsonValue.Create(reader.GetString()),
                JsonTokenType.True => JsonValue.Create(true),
                JsonTokenType.False => JsonValue.Create(false),
                _ => JsonNode.Parse(ref reader),
            };
        }
    }

    private static T Enum<T>(ref Utf8JsonReader reader) where T : struct, Enum
    {
        reader.Read();
        return System.Enum.Parse<T>(reader.GetString()!);
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null) writer.WriteString(name, value);
    }

    private static void Moment(Utf8JsonWriter writer, string name, DateTimeOffset? value)
    {
        if (value is { } moment) writer.WriteString(name, moment);
    }

    private static void Node(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        if (value is null) return;
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    private static void Node(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null) writer.WriteNullValue();
        else value.WriteTo(writer);
    }

    private static void Values(Utf8JsonWriter writer, string name, Dictionary<string, JsonNode?> values)
    {
        if (values.Count == 0) return;
        writer.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            writer.WritePropertyName(key);
            Node(writer, value);
        }
        writer.WriteEndObject();
    }

    private static void Rest(Utf8JsonWriter writer, JsonObject? unknown)
    {
        if (unknown is null) return;
        foreach (var (name, value) in unknown)
        {
            writer.WritePropertyName(name);
            Node(writer, value);
        }
    }

    private static string Code(WorkflowSubStatus value) => value switch
    {
        WorkflowSubStatus.Pending => nameof(WorkflowSubStatus.Pending),
        WorkflowSubStatus.Executing => nameof(WorkflowSubStatus.Executing),
        WorkflowSubStatus.Suspended => nameof(WorkflowSubStatus.Suspended),
        WorkflowSubStatus.Finished => nameof(WorkflowSubStatus.Finished),
        WorkflowSubStatus.Cancelled => nameof(WorkflowSubStatus.Cancelled),
        _ => nameof(WorkflowSubStatus.Faulted),
    };

    private static string Code<T>(T value) where T : struct, Enum => System.Enum.GetName(value) ?? value.ToString();
}
