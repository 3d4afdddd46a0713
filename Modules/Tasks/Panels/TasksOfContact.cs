using Crm.Data;
using Crm.Tasks.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Panels;

/// <summary>
/// Whether a contact has tasks at all, asked once for the panel and the time line of a page: most have none, and what a user may see of tasks is the dearest question of that page.
/// </summary>
internal sealed class TasksOfContact(TasksDb db)
{
    private static readonly Func<TasksDb, Guid, CancellationToken, Task<bool>> s_any =
        EF.CompileAsyncQuery((TasksDb db, Guid contactId, CancellationToken ct) => db.WorkTasks.IgnoreQueryFilters(new[] { Filters.Branch }).Any(t => t.ContactId == contactId));

    private (Guid Contact, bool Any)? _known;

    public async Task<bool> AnyAsync(Guid contactId, CancellationToken ct)
    {
        if (_known is not { } known || known.Contact != contactId) _known = known = (contactId, await s_any(db, contactId, ct));
        return known.Any;
    }
}
