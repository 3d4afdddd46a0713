using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;

namespace Crm.Tasks.Features.TaskList;

/// <summary>Whose tasks a list shows.</summary>
internal enum TaskShow
{
    Mine,
    Sent,
    All,
}

/// <summary>Where they stand.</summary>
internal enum TaskStanding
{
    Open,
    Late,
    Today,
    Done,
    Cancelled,
    Any,
}

/// <summary>What a list of tasks is narrowed to; the same words in the page's query string and in the API's filter.</summary>
internal sealed record TaskFilter
{
    public TaskShow Show { get; init; }

    public TaskStanding State { get; init; }

    public string? Q { get; init; }

    public Guid? Contact { get; init; }

    public Guid? Assignee { get; init; }

    public Guid? Job { get; init; }

    public TaskPriority? Priority { get; init; }
}

/// <summary>One line of a list.</summary>
internal sealed record TaskRow(
    Guid Id, long Number, string Title, TaskState State, TaskPriority Priority, int Percent, DateTimeOffset? DueAt, DateTimeOffset? EndedAt, Guid? ContactId, Guid? CreatedBy, List<Guid> AssigneeIds)
{
    public bool IsLate(DateTimeOffset now) => State == TaskState.Open && DueAt < now;
}

/// <summary>Filter, order and paging of tasks: what the page and the API have in common.</summary>
internal static class TaskListQuery
{
    public static IQueryable<WorkTask> Narrow(TasksDb db, TaskFilter f, ICurrentUser me, DateTimeOffset now, DateView dates)
    {
        var tasks = db.Visible();
        var id = me.Id;
        tasks = f.Show switch
        {
            TaskShow.Mine => tasks.Where(t => t.Assignees.Any(a => a.UserId == id)),
            TaskShow.Sent => tasks.Where(t => (t.CreatedBy == id && t.Assignees.Any(a => a.UserId != id)) || t.Entries.Any(e => e.Kind == TaskEntryKind.Referred && e.ByUserId == id)),
            _ => tasks,
        };
        var today = dates.DayOf(now);
        var (from, to) = (dates.Moment(today, TimeOnly.MinValue), dates.Moment(today.AddDays(1), TimeOnly.MinValue));
        tasks = f.State switch
        {
            TaskStanding.Open => tasks.Where(t => t.State == TaskState.Open),
            TaskStanding.Late => tasks.Where(t => t.State == TaskState.Open && t.DueAt < now),
            TaskStanding.Today => tasks.Where(t => t.State == TaskState.Open && t.DueAt >= from && t.DueAt < to),
            TaskStanding.Done => tasks.Where(t => t.State == TaskState.Done),
            TaskStanding.Cancelled => tasks.Where(t => t.State == TaskState.Cancelled),
            _ => tasks,
        };
        if (f.Contact is { } contact) tasks = tasks.Where(t => t.ContactId == contact);
        if (f.Job is { } job) tasks = tasks.Where(t => t.JobId == job);
        if (f.Assignee is { } user) tasks = tasks.Where(t => t.Assignees.Any(a => a.UserId == user));
        if (f.Priority is { } priority) tasks = tasks.Where(t => t.Priority == priority);
        return Search(tasks, f.Q);
    }

    /// <summary>By due date, what has none last; what has ended by its end, the newest first.</summary>
    public static IQueryable<WorkTask> Page(IQueryable<WorkTask> tasks, TaskStanding state, JsonObject? after)
    {
        var (at, id) = after is null ? default : ((DateTimeOffset?)after["d"], (Guid?)after["i"] ?? throw Unreadable());
        if (state is TaskStanding.Done or TaskStanding.Cancelled)
        {
            if (after is not null) tasks = tasks.Where(t => t.EndedAt < at || (t.EndedAt == at && t.Id < id));
            return tasks.OrderByDescending(t => t.EndedAt).ThenByDescending(t => t.Id);
        }

        // PostgreSQL sorts nulls last: without a due date comes after every due date.
        if (after is not null)
        {
            tasks = at is null
                ? tasks.Where(t => t.DueAt == null && t.Id > id)
                : tasks.Where(t => t.DueAt > at || (t.DueAt == at && t.Id > id) || t.DueAt == null);
        }

        return tasks.OrderBy(t => t.DueAt).ThenBy(t => t.Id);
    }

    /// <summary>In the order they were made: ids grow with time.</summary>
    public static IQueryable<WorkTask> ByCreation(IQueryable<WorkTask> tasks, bool descending, Guid? after) => descending
        ? (after is { } a ? tasks.Where(t => t.Id < a) : tasks).OrderByDescending(t => t.Id)
        : (after is { } b ? tasks.Where(t => t.Id > b) : tasks).OrderBy(t => t.Id);

    /// <summary>The cursor behind a row.</summary>
    public static JsonObject Keys(TaskStanding state, Guid id, DateTimeOffset? dueAt, DateTimeOffset? endedAt) =>
        new() { ["d"] = state is TaskStanding.Done or TaskStanding.Cancelled ? endedAt : dueAt, ["i"] = id };

    public static IQueryable<TaskRow> Rows(this IQueryable<WorkTask> tasks) => tasks.Select(t => new TaskRow(
        t.Id, t.Number, t.Title, t.State, t.Priority, t.Percent, t.DueAt, t.EndedAt, t.ContactId, t.CreatedBy, t.Assignees.Select(a => a.UserId).ToList()));

    private static IQueryable<WorkTask> Search(IQueryable<WorkTask> tasks, string? text)
    {
        var folded = PersianText.Fold(text);
        if (folded.Length == 0) return tasks;
        if (long.TryParse(folded.TrimStart('#'), System.Globalization.CultureInfo.InvariantCulture, out var number)) return tasks.Where(t => t.Number == number || t.SearchText.Contains(folded));
        foreach (var word in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(6)) tasks = tasks.Where(t => t.SearchText.Contains(word));
        return tasks;
    }

    private static InvalidInput Unreadable() => new("after", "This cursor can't be read; start from the first page.");
}
