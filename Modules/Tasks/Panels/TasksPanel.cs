using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Panels;

/// <summary>The customer's open tasks.</summary>
internal sealed class TasksPanel(TasksDb db, TasksOfContact known, ICurrentUser me, TimeProvider time) : IContactPanel
{
    private const int Shown = 8;

    public string Key => "tasks";

    public string Title => "Tasks";

    public int Order => 30;

    public string Place => "side";

    public string? Permission => TasksPermissions.See;

    public async Task<object?> LoadAsync(Guid contactId, CancellationToken ct)
    {
        // Whose tasks they are is what the user does not see.
        if (me.Hides(TasksRights.Tasks, "contactId")) return null;
        var priority = !me.Hides(TasksRights.Tasks, "priority");
        List<TasksPanelRow> rows = !await known.AnyAsync(contactId, ct) ? [] : await db.Visible().Where(t => t.ContactId == contactId && t.State == TaskState.Open).OrderBy(t => t.DueAt).ThenBy(t => t.Id)
            .Select(t => new TasksPanelRow(t.Id, t.Title, t.DueAt, priority ? t.Priority : null)).Take(Shown).ToListAsync(ct);
        return new TasksPanelModel(contactId, rows, me.Can(TasksPermissions.Add), time.GetUtcNow());
    }

    public IEnumerable<GlanceFact> Glance(Guid contactId, object model)
    {
        var tasks = (TasksPanelModel)model;
        if (tasks.Rows.Count == 0) return [];
        var late = tasks.Rows.Count(r => r.DueAt < tasks.Now);
        return [new("Open tasks", PersianText.Number(tasks.Rows.Count) + (tasks.Rows.Count == Shown ? "+" : ""), $"/tasks?show=all&contact={contactId}", late > 0 ? "red" : null)];
    }
}

internal sealed record TasksPanelModel(Guid ContactId, IReadOnlyList<TasksPanelRow> Rows, bool MayAdd, DateTimeOffset Now);

internal sealed record TasksPanelRow(Guid Id, string Title, DateTimeOffset? DueAt, TaskPriority? Priority);
