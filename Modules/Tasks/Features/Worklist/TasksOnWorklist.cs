using Crm.Core;
using Crm.Data;
using Crm.Tasks.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Shared;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Features.Worklist;

/// <summary>The user's open tasks.</summary>
internal sealed class TasksOnWorklist(TasksDb db) : IWorklistSource
{
    public const string Name = "tasks";

    private const int CountUpTo = 1000;

    public string Key => Name;

    public string Title => "Tasks";

    public async Task<IReadOnlyList<WorklistItem>> LoadAsync(UserAccess user, int take, CancellationToken ct)
    {
        if (!user.Can(TasksPermissions.See)) return [];
        var rows = await (
            from a in db.Assignees
            where a.UserId == user.Id && a.Waits
            join t in db.WorkTasks.IgnoreQueryFilters([Filters.Branch]) on a.TaskId equals t.Id
            orderby a.DueAt, a.TaskId
            select new { t.Id, t.Number, t.Title, t.ContactId, t.DueAt, t.CreatedAt }).Take(take).ToListAsync(ct);
        var customers = !user.Hides(TasksRights.Tasks, "contactId");
        return [.. rows.Select(t => new WorklistItem(t.Id, Name, t.Title, Texts.Get("Task #{0}", PersianText.Digits(t.Number.ToString(System.Globalization.CultureInfo.InvariantCulture))), customers ? t.ContactId : null, t.DueAt, t.CreatedAt, TaskPeople.Url(t.Id), "square-check") { Quick = new("Done", "check", TaskPeople.Url(t.Id) + "?handler=Complete", Sends: true) })];
    }

    public async Task<(int Open, int Late)> CountAsync(UserAccess user, DateTimeOffset now, CancellationToken ct)
    {
        if (!user.Can(TasksPermissions.See)) return (0, 0);
        var mine = db.Assignees.Where(a => a.UserId == user.Id && a.Waits);
        var counts = await mine.OrderBy(a => a.DueAt).Take(CountUpTo).GroupBy(_ => 1).Select(g => new { Open = g.Count(), Late = g.Count(a => a.DueAt < now) }).FirstOrDefaultAsync(ct);
        return (counts?.Open ?? 0, counts?.Late ?? 0);
    }
}
