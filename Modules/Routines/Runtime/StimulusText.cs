using System.Text.Encodings.Web;
using System.Text.Json;
using Crm.Workflows;

namespace Crm.Routines.Runtime;

/// <summary>Suspends a job by hand: what happens to it is kept from here on. Travels in the job's queue, so it has its place in the order.</summary>
internal sealed record PauseJob : Stimulus;

/// <summary>Resumes a suspended job and gives back what was kept.</summary>
internal sealed record ResumeJob : Stimulus;

/// <summary>Stimuli as they lie in the queue: the kind, a space, and the content as JSON.</summary>
internal static class StimulusText
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, Type> s_kinds = new Type[]
    {
        typeof(Start), typeof(TimerDue), typeof(EventReceived), typeof(BookmarkResumed), typeof(ActivityCompleted), typeof(ActivityWaiting), typeof(ActivityFaulted),
        typeof(TaskCompleted), typeof(ChildFinished), typeof(Retry), typeof(GoOn), typeof(Cancel), typeof(GoOnCommitted), typeof(PauseJob), typeof(ResumeJob),
    }.ToDictionary(t => t.Name, StringComparer.Ordinal);

    public static string Write(Stimulus stimulus) => $"{stimulus.GetType().Name} {JsonSerializer.Serialize(stimulus, stimulus.GetType(), Json)}";

    public static Stimulus Read(string text)
    {
        var cut = text.IndexOf(' ', StringComparison.Ordinal);
        return (Stimulus)JsonSerializer.Deserialize(text.AsSpan(cut + 1), s_kinds[text[..cut]], Json)!;
    }
}

/// <summary>What a <see cref="Domain.Call"/> carries.</summary>
internal sealed record CallText
{
    public string ActivityId { get; init; } = "";

    public string? ActivityName { get; init; }

    public int Version { get; init; }

    public int Attempt { get; init; } = 1;

    public System.Text.Json.Nodes.JsonObject? Inputs { get; init; }

    public string? CorrelationId { get; init; }

    public System.Text.Json.Nodes.JsonNode? Payload { get; init; }

    public bool Wait { get; init; }

    /// <summary>How often it is tried again by itself; null for the usual way.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>Which of the jobs that one execution starts.</summary>
    public int Index { get; init; }

    /// <summary>The version that a routine used as an activity is drawn with.</summary>
    public string? VersionId { get; init; }

    /// <summary>Outcomes that a job ended with.</summary>
    public IReadOnlyList<string>? Outcomes { get; init; }

    public string Write() => JsonSerializer.Serialize(this, StimulusText.Json);

    public static CallText Read(string text) => JsonSerializer.Deserialize<CallText>(text, StimulusText.Json)!;
}
