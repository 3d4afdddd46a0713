using Crm.Core;
using Crm.Data;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Recycling;

internal sealed class DeletedTasks(TasksDb db, ICurrentUser me) : Recyclable<WorkTask>(db, me)
{
    public override string Key => "tasks";

    public override string Title => "Tasks";

    public override string One => "Task";

    public override string Permission => TasksPermissions.EditAll;

    public override string PurgePermission => TasksPermissions.Purge;

    protected override IQueryable<DeletedRecord> Show(IQueryable<WorkTask> deleted) =>
        deleted.Select(t => new DeletedRecord { Id = t.Id, Title = t.Title, DeletedAt = t.DeletedAt, DeletedBy = t.DeletedBy, DeletionId = t.DeletionId });
}

/// <summary>Tasks about a contact or of a job keep it.</summary>
internal sealed class TasksDependants(TasksDb db) : IDependants
{
    public async Task<IReadOnlyList<Dependant>> OfAsync(string kind, IReadOnlyCollection<Guid> ids, int take, CancellationToken ct)
    {
        if (kind != "contacts") return [];
        var contacts = ids.ToArray();
        var tasks = await db.WorkTasks.IgnoreQueryFilters().Where(t => t.ContactId != null && contacts.Contains(t.ContactId.Value)).OrderByDescending(t => t.Number).Take(take)
            .Select(t => new { t.Id, t.ContactId, t.Title, t.DeletedAt }).ToListAsync(ct);
        return [.. tasks.Select(t => new Dependant(t.ContactId!.Value, t.Id, "Task", t.Title, t.DeletedAt is null ? $"/tasks/{t.Id}" : null, TasksPermissions.SeeAll))];
    }
}
