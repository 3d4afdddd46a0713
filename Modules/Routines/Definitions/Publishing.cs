using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>What several commands do with a drawing.</summary>
internal static class Publishing
{
    /// <summary>Refuses what can't run, each finding with the name of its box.</summary>
    /// <exception cref="InvalidInput">One field per box, messages in the language of the moment.</exception>
    public static CompiledWorkflow Check(WorkflowDefinition definition, IActivityCatalog catalog)
    {
        if (CompiledWorkflow.TryCompile(definition, catalog, out var messages) is { } compiled) return compiled;
        throw new InvalidInput([.. messages.Where(m => m.Severity == ValidationSeverity.Error).Select(m => (m.ActivityId ?? "", "{0}", new object?[] { Sentence(m) }))]);
    }

    /// <summary>A finding as people read it: «Site visit»: choose who does it.</summary>
    public static string Sentence(ValidationMessage message)
    {
        // What fields and ways out of a box are called is ours and has a translation; what people called a box stays.
        var text = Texts.Get(message.Message, [.. message.Arguments.Select((a, i) => i > 0 && message.Code is ValidationCodes.MissingInput or ValidationCodes.UnknownOutcome or ValidationCodes.FailureEnds ? Texts.Get(a) : a)]);
        return message.ActivityName is { Length: > 0 } name && !message.Arguments.Contains(name) ? Texts.Get("“{0}”: {1}", name, text) : text;
    }

    /// <summary>From now on new jobs take this version.</summary>
    public static async Task PublishAsync(RoutineDefinition routine, RoutineVersion version, CompiledWorkflow compiled, IEnumerable<IWhenPublished> listeners, ICurrentUser user, TimeProvider time, CancellationToken ct)
    {
        version.Freeze(time.GetUtcNow(), user.Id);
        routine.PublishedVersionId = version.Id;
        routine.PublishedNumber = version.Number;
        var runnable = new RunnableRoutine(routine.Id, version.Id, routine.DefinitionId, version.Number, version.Name, compiled);
        foreach (var listener in listeners) await listener.PublishedAsync(runnable, ct);
    }

    public static async Task RetractAsync(RoutineDefinition routine, IEnumerable<IWhenPublished> listeners, CancellationToken ct)
    {
        routine.PublishedVersionId = null;
        routine.PublishedNumber = null;
        foreach (var listener in listeners) await listener.RetractedAsync(routine.Id, ct);
    }

    /// <summary>Draws into the draft, or into the next version when the newest one is frozen.</summary>
    /// <returns>The version that holds the drawing now, and whether it differs from what was there.</returns>
    public static (RoutineVersion Version, bool Changed) Draw(RoutineDefinition routine, RoutineVersion? latest, WorkflowDefinition definition, string? versionId, int firstNumber, Action<RoutineVersion> add)
    {
        definition.AssignMissingIds();
        definition.DefinitionId = routine.DefinitionId;
        if (latest is not null)
        {
            // Studio saves on every touch; a save that changes nothing must not turn a published version into a draft.
            definition.Id = latest.VersionId;
            definition.Version = latest.Number;
            if (System.Text.Json.Nodes.JsonNode.DeepEquals(State(definition), State(WorkflowDefinition.Parse(latest.Json)))) return (latest, false);
        }

        var version = latest;
        if (version is null || version.IsFrozen)
        {
            version = new RoutineVersion(routine.Id, latest is null ? firstNumber : latest.Number + 1, versionId);
            add(version);
            routine.LatestVersionId = version.Id;
            routine.LatestNumber = version.Number;
        }

        definition.Id = version.VersionId;
        definition.Version = version.Number;
        version.Draw(definition);
        routine.Name = definition.Name ?? "";
        routine.Description = definition.Description;
        return (version, true);
    }

    private static System.Text.Json.Nodes.JsonObject State(WorkflowDefinition definition)
    {
        var copy = (System.Text.Json.Nodes.JsonObject)definition.Json.DeepClone();
        foreach (var name in (string[])["isLatest", "isPublished", "createdAt", "toolVersion"]) copy.Remove(name);
        return copy;
    }
}
