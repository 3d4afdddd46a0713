using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.Definitions;

/// <summary>A version ready to run.</summary>
/// <param name="RoutineId">The routine.</param>
/// <param name="VersionId">The version (our uuid; jobs keep it).</param>
/// <param name="DefinitionId">Elsa's id of the routine.</param>
/// <param name="Number">Number of the version.</param>
/// <param name="Name">Name at this version.</param>
/// <param name="Workflow">The compiled drawing: immutable, shared by all threads.</param>
internal sealed record RunnableRoutine(Guid RoutineId, Guid VersionId, string DefinitionId, int Number, string Name, CompiledWorkflow Workflow);

/// <summary>Published routines, compiled. A version is compiled once per process: it never changes after publishing.</summary>
internal interface IRoutineStore
{
    /// <summary>The version, whether or not it is still the published one.</summary>
    /// <exception cref="NotFound">No such version, or a draft that was never published.</exception>
    ValueTask<RunnableRoutine> VersionAsync(Guid versionId, CancellationToken ct);

    /// <summary>A version by Elsa's ids of routine and version; null when it is not there, or was never published.</summary>
    Task<RunnableRoutine?> VersionAsync(string definitionId, string versionId, CancellationToken ct);

    /// <summary>The version that new jobs of the routine take; null when nothing is published or the routine was deleted.</summary>
    Task<RunnableRoutine?> PublishedAsync(Guid routineId, CancellationToken ct);

    /// <summary>As <see cref="PublishedAsync"/>, found by Elsa's definition id (or, as ExecuteWorkflow allows, by our uuid).</summary>
    Task<RunnableRoutine?> PublishedAsync(string definitionId, CancellationToken ct);

    /// <summary>All published routines; for what has to look at every one (start by hand, triggers).</summary>
    Task<IReadOnlyList<RunnableRoutine>> AllPublishedAsync(CancellationToken ct);
}

/// <summary>Told inside the command's transaction, before it is saved: the runtime keeps its trigger rows by it.</summary>
[Contribution]
internal interface IWhenPublished
{
    /// <summary>From now on new jobs take this version, and its triggers replace those of the version before.</summary>
    Task PublishedAsync(RunnableRoutine routine, CancellationToken ct);

    /// <summary>No version is published any more (retracted or deleted): triggers go.</summary>
    Task RetractedAsync(Guid routineId, CancellationToken ct);

    /// <summary>The bindings of the routine were changed, added or removed.</summary>
    Task BindingsChangedAsync(Guid routineId, CancellationToken ct);
}

/// <summary>How much a routine is used; answered by the runtime.</summary>
internal interface IRoutineUse
{
    /// <summary>Running jobs by routine; routines without any are left out.</summary>
    Task<IReadOnlyDictionary<Guid, int>> RunningAsync(IReadOnlyCollection<Guid> routineIds, CancellationToken ct);
}
