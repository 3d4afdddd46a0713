using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Tasks.Data;
using Crm.Tasks.Domain;
using Crm.Tasks.Features.CancelTask;
using Crm.Tasks.Features.CompleteTask;
using Crm.Tasks.Features.ReferTask;
using Crm.Tasks.Features.ReopenTask;
using Crm.Tasks.Features.SetProgress;
using Crm.Tasks.Shared;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Features.TaskProfile;

[Requires(TasksPermissions.See)]
internal sealed class TaskProfilePage(TasksDb db, TimeProvider time, IUserDirectory users, IContactDirectory contacts, IEnumerable<IContactJobs> jobs) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public CompleteTaskCommand Complete { get; set; } = new();

    [BindProperty]
    public CancelTaskCommand Cancel { get; set; } = new();

    [BindProperty]
    public ReferTaskCommand Refer { get; set; } = new();

    [BindProperty]
    public SetProgressCommand Progress { get; set; } = new();

    /// <summary>The list it was done from; without one the task's own page is shown again.</summary>
    [BindProperty]
    public string? ReturnUrl { get; set; }

    public WorkTask Task { get; private set; } = null!;

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public bool MayChange { get; private set; }

    public ContactCard? Customer { get; private set; }

    public string? Job { get; private set; }

    public IReadOnlyDictionary<Guid, UserCard> Users { get; private set; } = new Dictionary<Guid, UserCard>();

    public IReadOnlyList<SelectListItem> People { get; private set; } = [];

    public IReadOnlyList<Crm.Web.TimelineItem> History { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await LoadAsync();
        MarkOpened("Task", Id, Task.Title, TaskPeople.Url(Id));
    }

    public Task<IActionResult> OnPostCompleteAsync()
    {
        Complete.Id = Id;
        return Send(Complete, then: _ => Back("Task done."));
    }

    public Task<IActionResult> OnPostCancelAsync()
    {
        Cancel.Id = Id;
        return Send(Cancel, then: _ => Back("Task cancelled."));
    }

    public Task<IActionResult> OnPostReopenAsync() => Send(new ReopenTaskCommand(Id), then: _ => Back("Task reopened."));

    public Task<IActionResult> OnPostReferAsync()
    {
        Refer.Id = Id;
        return Send(Refer, then: _ => Back("Task handed on."));
    }

    public Task<IActionResult> OnPostProgressAsync()
    {
        Progress.Id = Id;
        return Send(Progress, then: _ => Htmx.Sent(Request) ? new NoContentResult() : Back("Progress saved."));
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        // Also after a command that failed: what it changed in memory must not be shown.
        db.ChangeTracker.Clear();
        Task = await db.Visible().AsNoTracking().Include(t => t.Assignees).Include(t => t.Entries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id)).AsSplitQuery()
            .FirstOrDefaultAsync(t => t.Id == Id, ct) ?? throw new NotFound("task", Id);
        MayChange = Task.IsOf(Me.Id) || db.MayChangeOthers(Task);
        Guid?[] seen = [Task.CreatedBy, Task.EndedBy, .. Task.Entries.Select(e => e.ByUserId)];
        Users = await users.CardsAsync([.. seen.OfType<Guid>().Concat(Task.AssigneeIds).Concat(Task.Entries.SelectMany(e => e.ToUserIds)).Distinct()], ct);
        if (Task.ContactId is { } contact) Customer = (await contacts.CardsAsync([contact], ct)).GetValueOrDefault(contact);
        if (Task.JobId is { } job)
        {
            foreach (var source in jobs) Job ??= (await source.TitlesAsync([job], ct)).GetValueOrDefault(job);
        }

        if (MayChange && Task.State == TaskState.Open)
            People = [.. (await users.WithPermissionAsync(TasksPermissions.See, ct)).Where(u => !Task.AssigneeIds.Contains(u.Id)).Select(u => new SelectListItem(u.Name, u.Id.ToString()))];
        History = [.. Task.Entries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Where(e => e.IsShownTo(Me)).Select(Line)];
        Progress.Percent = Task.Percent;
    }

    public string Names(IEnumerable<Guid> ids) => string.Join(Texts.IsPersian ? "، " : ", ", ids.Select(u => Users.TryGetValue(u, out var card) ? card.Name : "—"));

    private Crm.Web.TimelineItem Line(TaskEntry e)
    {
        var (icon, color, title) = e.Kind switch
        {
            TaskEntryKind.Opened => ("plus", "blue", T["Opened for {0}", Names(e.ToUserIds)]),
            TaskEntryKind.Changed => ("edit", "gray", T["Changed: {0}", string.Join(Texts.IsPersian ? "، " : ", ", e.Fields.Select(f => T[f]))]),
            TaskEntryKind.Progress => ("progress", "gray", T["{0} percent done", e.Percent ?? 0]),
            TaskEntryKind.Referred => ("arrow-forward-up", "purple", T["Handed on to {0}", Names(e.ToUserIds)]),
            TaskEntryKind.Done => ("circle-check", "green", T["Done"]),
            TaskEntryKind.Cancelled => ("ban", "red", T["Cancelled"]),
            _ => ("rotate", "orange", T["Reopened"]),
        };
        return new(e.At, icon, title, e.NoteFor(Me), e.ByUserId is { } by ? Names([by]) : T["a routine"], null, color);
    }

    private RedirectResult Back(string toast)
    {
        Toast(toast);
        return Redirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : TaskPeople.Url(Id));
    }
}
