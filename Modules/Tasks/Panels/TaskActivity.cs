using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Panels;

/// <summary>Tasks that somebody did, for his activity report.</summary>
internal sealed class TaskActivity(TasksDb db, ICurrentUser me) : IActivitySource
{
    public string Key => "tasks";

    public string Title => "Tasks";

    public int Order => 30;

    public async Task<IReadOnlyList<ActivityLine>> LinesAsync(Guid userId, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        var rows = await db.Visible().Where(t => t.EndedBy == userId && t.State == TaskState.Done && t.EndedAt >= from && t.EndedAt < until).OrderBy(t => t.EndedAt).Take(200)
            .Select(t => new { t.Id, t.EndedAt, t.Title, t.ContactId }).ToListAsync(ct);
        var customers = !me.Hides(TasksRights.Tasks, "contactId");
        return [.. rows.Select(r => new ActivityLine(r.Id, r.EndedAt!.Value, r.Title, $"/tasks/{r.Id}", customers ? r.ContactId : null))];
    }
}
