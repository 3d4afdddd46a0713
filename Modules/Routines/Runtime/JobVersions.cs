using System.Collections.Concurrent;
using Crm.Core;
using Crm.Routines.Definitions;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Runtime;

/// <summary>A version and what its expressions look at, so that a burst fetches nothing in vain.</summary>
internal sealed record JobVersion(RunnableRoutine Routine, bool UsesCustomer, bool UsesJob, bool UsesAnswers);

/// <summary>Versions that jobs of this host run on. A published version never changes, so each is read once.</summary>
internal sealed class JobVersions(IServiceScopeFactory scopes)
{
    private readonly ConcurrentDictionary<Guid, JobVersion> _known = new();

    public ValueTask<JobVersion> OfAsync(Guid versionId, CancellationToken ct) =>
        _known.TryGetValue(versionId, out var known) ? new(known) : new(ReadAsync(versionId, ct));

    private async Task<JobVersion> ReadAsync(Guid versionId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("runtime: read a routine");
        var routine = await scope.ServiceProvider.GetRequiredService<IRoutineStore>().VersionAsync(versionId, ct);
        var text = routine.Workflow.Root.Activity.Json.ToJsonString();
        return _known.GetOrAdd(versionId, new JobVersion(routine, text.Contains("customer", StringComparison.Ordinal), text.Contains("job", StringComparison.Ordinal), text.Contains("answers", StringComparison.Ordinal)));
    }
}
