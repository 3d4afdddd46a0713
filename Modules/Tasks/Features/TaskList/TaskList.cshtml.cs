using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Features.TaskList;

[Requires(TasksPermissions.See)]
internal sealed class TaskListPage(TasksDb db, TimeProvider time, IUserDirectory users, IContactDirectory contacts) : PageBase
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public TaskShow Show { get; set; }

    [BindProperty(SupportsGet = true)]
    public TaskStanding State { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Contact { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public IReadOnlyList<TaskRow> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public IReadOnlyDictionary<Guid, UserCard> Users { get; private set; } = new Dictionary<Guid, UserCard>();

    public IReadOnlyDictionary<Guid, ContactCard> Contacts { get; private set; } = new Dictionary<Guid, ContactCard>();

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public bool SeesAll => Me.Can(TasksPermissions.SeeAll);

    public bool Narrowed => Q is not null || Contact is not null || State != TaskStanding.Open;

    public async Task OnGetAsync(CancellationToken ct)
    {
        // Everybody's tasks without the right would only repeat one's own under a wrong title.
        if (Show == TaskShow.All && !SeesAll && Contact is null) Show = TaskShow.Mine;
        var filter = new TaskFilter { Show = Show, State = State, Q = Q, Contact = Contact };
        var rows = await TaskListQuery.Page(TaskListQuery.Narrow(db, filter, Me, Now, Dates), State, Cursor.Decode(After)).Rows().Take(PageSize + 1).ToListAsync(ct);
        if (rows.Count > PageSize)
        {
            rows.RemoveAt(PageSize);
            Next = Cursor.Encode(TaskListQuery.Keys(State, rows[^1].Id, rows[^1].DueAt, rows[^1].EndedAt));
        }

        Rows = rows;
        Users = await users.CardsAsync([.. rows.SelectMany(r => r.AssigneeIds).Concat(rows.Select(r => r.CreatedBy ?? Guid.Empty)).Distinct()], ct);
        Contacts = await contacts.CardsAsync([.. rows.Select(r => r.ContactId).Append(Contact).OfType<Guid>().Distinct()], ct);
    }

    public bool MayChange(TaskRow row) => row.State == Domain.TaskState.Open && (row.CreatedBy == Me.Id || row.AssigneeIds.Contains(Me.Id!.Value) || Me.Can(TasksPermissions.EditAll));

    /// <summary>The list with one thing changed, from its first page.</summary>
    public string Link(TaskShow? show = null, TaskStanding? state = null, bool withContact = true)
    {
        var query = new Microsoft.AspNetCore.Http.Extensions.QueryBuilder();
        if ((show ?? Show) is var s && s != TaskShow.Mine) query.Add("show", s.ToString().ToLowerInvariant());
        if ((state ?? State) is var st && st != TaskStanding.Open) query.Add("state", st.ToString().ToLowerInvariant());
        if (Q is not null) query.Add("q", Q);
        if (withContact && Contact is { } c) query.Add("contact", c.ToString());
        return "/tasks" + query.ToQueryString();
    }
}
