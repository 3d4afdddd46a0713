using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Data;
using Crm.Tasks.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Tasks.Domain;

/// <summary>Something that one or several people have to do. Several people share one task: whoever does it has done it for all.</summary>
[RecordFields("tasks", "tasks.work_tasks")]
internal sealed class WorkTask : Entity, IBranchScoped, IStamped, IVersioned, INumbered, ISoftDeletable, IHasCustomFields
{
    public const int TitleLength = 300;
    public const int NoteLength = 2000;

    private readonly List<TaskAssignee> _assignees = [];
    private readonly List<TaskWait> _waits = [];
    private readonly List<TaskEntry> _entries = [];

    private WorkTask()
    {
    }

    public WorkTask(string title, TaskContent content, IReadOnlyCollection<Guid> assignees, DateTimeOffset now, Guid? by)
    {
        Title = title;
        Put(content);
        foreach (var user in assignees.Distinct()) _assignees.Add(new TaskAssignee(Id, user));
        Copy();
        Note(TaskEntryKind.Opened, now, by, to: AssigneeIds);
        Raise(new WorklistChanged(AssigneeIds));
    }

    public long Number { get; private set; }

    public Guid BranchId { get; init; }

    public string Title { get; private set; } = "";

    public string? Description { get; private set; }

    /// <summary>Title and description folded, for the search of the list.</summary>
    [NotAudited]
    public string SearchText { get; private set; } = "";

    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Minutes before it is due; null for no reminder.</summary>
    public int? RemindBefore { get; private set; }

    /// <summary>When to remind; empty once that happened or the task ended, so the index holds only what is to come.</summary>
    [NotAudited]
    public DateTimeOffset? RemindAt { get; private set; }

    public TaskPriority Priority { get; private set; }

    /// <summary>How much the task counts beside others, 1 to 100.</summary>
    public int Weight { get; private set; } = 1;

    [Display(Name = "Progress")]
    public int Percent { get; private set; }

    public TaskState State { get; private set; }

    public Guid? ContactId { get; private set; }

    public Guid? JobId { get; private set; }

    /// <summary>Execution of the routine's activity that opened it; unique.</summary>
    [NotTold]
    public Guid? ExecutionId { get; init; }

    /// <summary>Execution of the routine's activity that opened it together with others, one for each person.</summary>
    [NotAudited]
    public Guid? GroupExecutionId { get; init; }

    /// <summary>Whether the first of them that is done ends the others.</summary>
    [NotAudited]
    public bool FirstOfGroupCounts { get; init; }

    public DateTimeOffset? EndedAt { get; private set; }

    public Guid? EndedBy { get; private set; }

    public string? EndNote { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    [CustomValues]
    public string? Custom { get; private set; }

    public IReadOnlyList<TaskAssignee> Assignees => _assignees;

    public IReadOnlyList<TaskWait> Waits => _waits;

    public IReadOnlyList<TaskEntry> Entries => _entries;

    public IReadOnlyList<Guid> AssigneeIds => [.. _assignees.Select(a => a.UserId)];

    /// <summary>What a form shows of it beside title and people.</summary>
    public TaskContent Content => new(Description, DueAt, RemindBefore, Priority, Weight, ContactId, JobId);

    /// <summary>Whether the user gave it or has to do it.</summary>
    public bool IsOf(Guid? userId) => userId is { } u && (CreatedBy == u || _assignees.Exists(a => a.UserId == u));

    /// <summary>Its customer became another contact, or became itself again; a finished task moves as well.</summary>
    public void MoveTo(Guid contactId) => ContactId = contactId;

    /// <summary>Tells the others; once, right after it was made.</summary>
    public void TellOpened() => Raise(new TaskOpened(Id, AssigneeIds, ContactId, JobId));

    /// <summary>A step of a routine goes on when the task ends.</summary>
    public void LetWait(Guid executionId)
    {
        if (!_waits.Exists(w => w.ExecutionId == executionId)) _waits.Add(new TaskWait(Id, executionId));
    }

    /// <summary>That step no longer waits.</summary>
    public void StopWaiting(Guid executionId) => _waits.RemoveAll(w => w.ExecutionId == executionId);

    /// <summary>Takes over what was edited; what really changed stands in the history. Answers who was not on it before.</summary>
    public IReadOnlyList<Guid> Edit(string title, TaskContent content, IReadOnlyCollection<Guid> assignees, DateTimeOffset now, Guid? by)
    {
        MustBeOpen();
        var before = AssigneeIds;
        var changed = new List<string>();
        if (Title != title) changed.Add("Title");
        if (Description != content.Description) changed.Add("Description");
        if (DueAt != content.DueAt) changed.Add("Due");
        if (RemindBefore != content.RemindBefore) changed.Add("Reminder");
        if (Priority != content.Priority) changed.Add("Priority");
        if (Weight != content.Weight) changed.Add("Weight");
        if (ContactId != content.ContactId) changed.Add("Customer");
        Title = title;
        Put(content);
        if (Assign([.. assignees.Distinct()])) changed.Add("Who does it");
        Copy();
        if (changed.Count > 0)
        {
            Note(TaskEntryKind.Changed, now, by, fields: changed);
            Raise(new WorklistChanged([.. before.Union(AssigneeIds)]));
        }

        return [.. AssigneeIds.Except(before)];
    }

    /// <summary>Takes over the values of custom fields, as <see cref="CustomValues.Apply"/> answered them. Answers whether they are others.</summary>
    public bool SetCustom(string? values)
    {
        if (JsonNode.DeepEquals(CustomValues.Parse(Custom), CustomValues.Parse(values))) return false;
        Custom = values;
        return true;
    }

    public void SetProgress(int percent, DateTimeOffset now, Guid? by)
    {
        MustBeOpen();
        if (Percent == percent) return;
        Percent = percent;
        Note(TaskEntryKind.Progress, now, by, percent: percent);
    }

    /// <summary>Hands it on. Who has to do it steps back and the others take over; who only gave it takes it from all who had it.</summary>
    public void Refer(IReadOnlyCollection<Guid> to, string? note, DateTimeOffset now, Guid? by)
    {
        MustBeOpen();
        var before = AssigneeIds;
        var mine = by is { } me && before.Contains(me);
        IReadOnlyList<Guid> after = mine ? [.. before.Where(u => u != by).Union(to)] : [.. to.Distinct()];
        if (mine && to.Contains(by!.Value)) after = [.. after.Append(by.Value).Distinct()];
        if (!Assign(after)) throw new RuleBroken("task.same-people", "They have this task already.");
        Copy();
        Note(TaskEntryKind.Referred, now, by, note, to: [.. to.Distinct()]);
        Raise(new WorklistChanged([.. before.Union(after)]));
    }

    public void Complete(string? note, DateTimeOffset now, Guid? by)
    {
        MustBeOpen();
        Percent = 100;
        End(TaskState.Done, TaskEntryKind.Done, note, now, by);
    }

    /// <param name="note">Why.</param>
    /// <param name="now">When.</param>
    /// <param name="by">Who; null for the system.</param>
    /// <param name="except">The execution that takes it back itself: it need not be told.</param>
    public void Cancel(string? note, DateTimeOffset now, Guid? by, Guid? except = null)
    {
        MustBeOpen();
        if (except is { } e) StopWaiting(e);
        End(TaskState.Cancelled, TaskEntryKind.Cancelled, note, now, by);
    }

    /// <summary>Into the recycle bin. An open task is cancelled first: whoever waits for it is told. The parts stay with it, so it is marked here and not removed, which would take them along.</summary>
    public void Delete(DateTimeOffset now, Guid? by)
    {
        if (State == TaskState.Open) Cancel(null, now, by);
        (DeletedAt, DeletedBy, DeletionId) = (now, by, Guid.CreateVersion7());
    }

    /// <summary>It goes on. A routine that waited was told the first end and has moved on: it does not wait again.</summary>
    public void Reopen(DateTimeOffset now, Guid? by)
    {
        if (State == TaskState.Open) throw new RuleBroken("task.open", "This task is open.");
        State = TaskState.Open;
        EndedAt = null;
        EndedBy = null;
        EndNote = null;
        if (Percent == 100) Percent = 0;
        PlanReminder(now);
        Copy();
        Note(TaskEntryKind.Reopened, now, by);
        Raise(new WorklistChanged(AssigneeIds));
    }

    /// <summary>The reminder was given.</summary>
    public void Reminded() => RemindAt = null;

    private void Put(TaskContent c)
    {
        var moved = DueAt != c.DueAt || RemindBefore != c.RemindBefore;
        Description = c.Description;
        DueAt = c.DueAt;
        RemindBefore = c.DueAt is null ? null : c.RemindBefore;
        // A reminder already given comes again only when the moment itself was moved.
        if (moved) RemindAt = DueAt is { } due && RemindBefore is { } minutes ? due.AddMinutes(-minutes) : null;
        Priority = c.Priority;
        Weight = c.Weight;
        ContactId = c.ContactId;
        JobId = c.JobId ?? JobId;
        SearchText = PersianText.Fold($"{Title} {Description}");
        if (SearchText.Length > 2000) SearchText = SearchText[..2000];
    }

    private void PlanReminder(DateTimeOffset now)
    {
        var at = DueAt is { } due && RemindBefore is { } minutes ? due.AddMinutes(-minutes) : (DateTimeOffset?)null;
        RemindAt = at > now ? at : null;
    }

    private bool Assign(IReadOnlyList<Guid> users)
    {
        var changed = _assignees.RemoveAll(a => !users.Contains(a.UserId)) > 0;
        foreach (var user in users.Where(u => !_assignees.Exists(a => a.UserId == u)).ToList())
        {
            _assignees.Add(new TaskAssignee(Id, user));
            changed = true;
        }

        return changed;
    }

    // The worklist of a user is one range of an index because each assignee's row knows whether it waits and until when.
    private void Copy()
    {
        foreach (var a in _assignees) a.Copy(State == TaskState.Open, DueAt);
    }

    private void End(TaskState state, TaskEntryKind kind, string? note, DateTimeOffset now, Guid? by)
    {
        State = state;
        EndedAt = now;
        EndedBy = by;
        EndNote = note;
        RemindAt = null;
        Copy();
        Note(kind, now, by, note);
        var outcome = state.ToString();
        Raise(new TaskEnded(Id, outcome, by, ContactId, JobId));
        var happened = new JsonObject { ["taskId"] = Id, ["contactId"] = ContactId, ["number"] = Number, ["title"] = Title, ["outcome"] = outcome, ["note"] = note, ["userId"] = by, ["jobId"] = JobId };
        if (ContactId is not null) Raise(new TriggerFired(Activities.TaskEndedTrigger.TypeName, ContactId, happened.ToJsonString(JsonSerializerOptions.Web)));
        var output = new JsonObject { ["taskId"] = Id, ["number"] = Number, ["note"] = note };
        foreach (var wait in _waits) Raise(new ActivityFinished(wait.ExecutionId, outcome, output.ToJsonString(JsonSerializerOptions.Web), by));
        _waits.Clear();
        Raise(new WorklistChanged(AssigneeIds));
    }

    private void MustBeOpen()
    {
        if (State != TaskState.Open) throw new RuleBroken("task.ended", "This task has ended. Reopen it first.");
    }

    private void Note(TaskEntryKind kind, DateTimeOffset now, Guid? by, string? note = null, IReadOnlyList<Guid>? to = null, IReadOnlyList<string>? fields = null, int? percent = null) =>
        _entries.Add(new TaskEntry(Id, kind, now, by, note, to, fields, percent));
}

/// <summary>What a form gives a task beside its title and people.</summary>
internal sealed record TaskContent(string? Description, DateTimeOffset? DueAt, int? RemindBefore, TaskPriority Priority, int Weight, Guid? ContactId, Guid? JobId);

internal enum TaskPriority
{
    Low,
    Normal,
    High,
    Urgent,
}

internal enum TaskState
{
    Open,
    Done,
    Cancelled,
}

internal sealed class WorkTaskMapping : IEntityTypeConfiguration<WorkTask>
{
    public void Configure(EntityTypeBuilder<WorkTask> builder)
    {
        builder.ToTable("WorkTasks");
        builder.Property(t => t.Title).HasMaxLength(WorkTask.TitleLength);
        builder.Property(t => t.Description).HasColumnType("text");
        builder.Property(t => t.Custom).HasColumnType("jsonb");
        builder.Property(t => t.EndNote).HasMaxLength(WorkTask.NoteLength);
        builder.Property(t => t.SearchText).HasMaxLength(2000);
        builder.Ignore(t => t.AssigneeIds);
        builder.Ignore(t => t.Content);
        builder.HasMany(t => t.Assignees).WithOne().HasForeignKey(a => a.TaskId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(t => t.Waits).WithOne().HasForeignKey(w => w.TaskId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(t => t.Entries).WithOne().HasForeignKey(e => e.TaskId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(t => t.Number).IsUnique();
        builder.HasIndex(t => t.ExecutionId).IsUnique().HasFilter("execution_id is not null and deleted_at is null");
        builder.HasIndex(t => t.GroupExecutionId).HasFilter("group_execution_id is not null");
        builder.HasIndex(t => new { t.ContactId, t.State }).HasFilter("contact_id is not null");
        builder.HasIndex(t => t.JobId).HasFilter("job_id is not null");
        builder.HasIndex(t => t.RemindAt).HasFilter("remind_at is not null");
        builder.HasIndex(t => new { t.CreatedBy, t.State, t.DueAt });
        // The list's orders stand in the migration TaskLists: EF has no indexes on expressions.
        builder.HasIndex(t => t.SearchText).HasMethod("gin").HasOperators("gin_trgm_ops");
    }
}
