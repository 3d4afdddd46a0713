using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Shared;

/// <summary>Files of a task are seen and added by whoever sees the task.</summary>
internal sealed class TaskFiles(TasksDb db) : IFileOwner
{
    public string Owner => "tasks.task";

    public string Permission => TasksPermissions.See;

    public Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) => db.Visible().AnyAsync(t => t.Id == ownerId, ct);

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        return (await db.WorkTasks.IgnoreQueryFilters().Where(t => all.Contains(t.Id)).Select(t => t.Id).ToListAsync(ct)).ToHashSet();
    }
}
