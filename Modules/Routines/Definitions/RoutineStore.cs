using System.Collections.Concurrent;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Definitions;

/// <summary>Compiled versions of this process. Published versions never change, so nothing here ever grows old.</summary>
internal sealed class CompiledRoutines
{
    private readonly ConcurrentDictionary<Guid, RunnableRoutine> _byVersion = [];

    public RunnableRoutine? Find(Guid versionId) => _byVersion.GetValueOrDefault(versionId);

    public RunnableRoutine Keep(RunnableRoutine routine) => _byVersion.GetOrAdd(routine.VersionId, routine);
}

internal sealed class RoutineStore(RoutinesDb db, CompiledRoutines compiled, IActivityCatalog catalog) : IRoutineStore
{
    public async ValueTask<RunnableRoutine> VersionAsync(Guid versionId, CancellationToken ct) =>
        compiled.Find(versionId) ?? (await LoadAsync(db.Set<RoutineVersion>().Where(v => v.Id == versionId), ct)).FirstOrDefault() ?? throw new NotFound("routine version", versionId);

    public async Task<RunnableRoutine?> VersionAsync(string definitionId, string versionId, CancellationToken ct)
    {
        var ids = await db.Set<RoutineVersion>().AsNoTracking().Where(v => v.VersionId == versionId && v.PublishedAt != null)
            .Join(db.Set<RoutineDefinition>().Where(d => d.DefinitionId == definitionId), v => v.RoutineId, d => d.Id, (v, d) => v.Id).Take(1).ToListAsync(ct);
        return ids.Count == 0 ? null : await VersionAsync(ids[0], ct);
    }

    public Task<RunnableRoutine?> PublishedAsync(Guid routineId, CancellationToken ct) => PublishedAsync(db.Set<RoutineDefinition>().Where(d => d.Id == routineId), ct);

    public Task<RunnableRoutine?> PublishedAsync(string definitionId, CancellationToken ct)
    {
        var id = Guid.TryParse(definitionId, out var uuid) ? uuid : Guid.Empty;
        return PublishedAsync(db.Set<RoutineDefinition>().Where(d => d.DefinitionId == definitionId || d.Id == id), ct);
    }

    public async Task<IReadOnlyList<RunnableRoutine>> AllPublishedAsync(CancellationToken ct)
    {
        var ids = await db.Set<RoutineDefinition>().AsNoTracking().Where(d => d.PublishedVersionId != null).OrderBy(d => d.Name).Select(d => d.PublishedVersionId!.Value).ToListAsync(ct);
        var missing = ids.Where(id => compiled.Find(id) is null).ToList();
        if (missing.Count > 0) await LoadAsync(db.Set<RoutineVersion>().Where(v => missing.Contains(v.Id)), ct);
        return [.. ids.Select(compiled.Find).OfType<RunnableRoutine>()];
    }

    private async Task<RunnableRoutine?> PublishedAsync(IQueryable<RoutineDefinition> which, CancellationToken ct)
    {
        var version = await which.AsNoTracking().Select(d => d.PublishedVersionId).FirstOrDefaultAsync(ct);
        return version is { } id ? await VersionAsync(id, ct) : null;
    }

    // Versions of deleted routines too: their jobs run on.
    private async Task<List<RunnableRoutine>> LoadAsync(IQueryable<RoutineVersion> which, CancellationToken ct)
    {
        var rows = await which.AsNoTracking().Where(v => v.PublishedAt != null)
            .Join(db.Set<RoutineDefinition>().IgnoreQueryFilters(), v => v.RoutineId, d => d.Id, (v, d) => new { v.Id, v.RoutineId, d.DefinitionId, v.Number, v.Name, v.Json })
            .ToListAsync(ct);
        return [.. rows.Select(r => compiled.Keep(new RunnableRoutine(r.RoutineId, r.Id, r.DefinitionId, r.Number, r.Name, CompiledWorkflow.Compile(WorkflowDefinition.Parse(r.Json), catalog))))];
    }
}
