using Crm.Core;
using Crm.Tasks.Domain;

namespace Crm.Tasks.Records;

/// <summary>Tasks, for lists, filters, exports, views and bulk changes.</summary>
internal sealed class TaskRecords : IRecordType
{
    public const string RecordKey = "tasks";

    // What has no due date comes after everything that has one.
    private const string DueOrder = "coalesce(t.due_at, 'infinity')";

    private const string HandedOn = "select e.task_id from tasks.task_entries e where e.kind = 'Referred' and e.by_user_id = ";

    public string Key => RecordKey;

    public string Title => "Tasks";

    public string Count => "{0} tasks";

    public Type Entity => typeof(WorkTask);

    public string Url => "/tasks";

    public string Table => "tasks.work_tasks";

    public string Icon => "square-check";

    public string Purpose => "What you or your colleagues have to do stands here, with its date and its customer.";

    public string? SearchHint => "Title, text or number";

    public string? AddUrl => "/tasks/new";

    public string? AddPermission => TasksPermissions.Add;

    public string AddText => "New task";

    public string See => TasksPermissions.See;

    // Who has a task changes it; each is asked for.
    public string? Change => TasksPermissions.See;

    public string? Delete => TasksPermissions.See;

    public string? Export => TasksPermissions.Export;

    public bool HasCustomFields => true;

    public string Sort => "dueAt";

    public string? Period => "dueAt";

    public RecordAbove? Above { get; } = new("Customer's page", "/contacts", "t.contact_id", "contacts.see") { Right = "contactId" };

    public IReadOnlyList<RecordAction> Actions { get; } = [new("Edit", "/edit")];

    public IReadOnlyList<RecordVerb> Verbs { get; } =
    [
        new("complete", "Done", "circle-check", TasksPermissions.See) { RowSql = "t.state = 'Open'" },
        new("cancel", "Cancel the task", "ban", TasksPermissions.See) { Question = "Cancel the chosen tasks?" },
        new("reopen", "Reopen", "refresh", TasksPermissions.See),
    ];

    public IReadOnlyList<RecordChoice> Choices => All;

    /// <summary>Whose tasks and in which state: the words of the list's address and of the API's filter.</summary>
    public static IReadOnlyList<RecordChoice> All { get; } =
    [
        new("show", "Whose tasks", "mine",
        [
            new("mine", "My tasks", (sql, at) => sql.Add(" and exists (select 1 from tasks.task_assignees a where a.task_id = t.id and a.user_id = ").Value(Me(at.User)).Add(")")),
            new("sent", "Sent by me", (sql, at) =>
            {
                var me = sql.Parameter(Me(at.User));
                sql.Add($" and ((t.created_by = {me} and exists (select 1 from tasks.task_assignees a where a.task_id = t.id and a.user_id <> {me})) or t.id in ({HandedOn}{me}))");
            }),
            new("all", "Everybody's") { Permission = TasksPermissions.SeeAll },
        ]),
        new("state", "State", "open",
        [
            // Said as the partial index says it.
            new("open", "Open", (sql, _) => sql.Add(" and t.state = 'Open'")),
            new("late", "Late", (sql, at) => sql.Add($" and t.state = 'Open' and {DueOrder} < ").Value(at.Now.UtcDateTime)),
            new("today", "Today", (sql, at) =>
            {
                var day = at.Dates.DayOf(at.Now);
                sql.Add($" and t.state = 'Open' and {DueOrder} >= ").Value(at.Dates.Moment(day, TimeOnly.MinValue).UtcDateTime).Add($" and {DueOrder} < ").Value(at.Dates.Moment(day.AddDays(1), TimeOnly.MinValue).UtcDateTime);
            }),
            new("done", "Done", (sql, _) => sql.Add(" and t.state = 'Done'")) { Sort = "-endedAt" },
            new("cancelled", "Cancelled", (sql, _) => sql.Add(" and t.state = 'Cancelled'")) { Sort = "-endedAt" },
            new("any", "All"),
        ]),
    ];

    public IReadOnlyList<ListField> Fields { get; } =
    [
        new("title", "Task", FieldType.Text, FieldStore.Text, "t.title") { Main = true, Shown = true },
        new("contact", "Customer", FieldType.Record, FieldStore.Uuid, "t.contact_id") { Options = "records/contacts", NameOf = "contacts", NameUrl = "/contacts", Right = "contactId", Shown = true },
        new("dueAt", "Due", FieldType.Moment, FieldStore.Moment, "t.due_at")
        {
            Shown = true, Sortable = true, SortSql = DueOrder, Editable = true, MarkSql = "case when t.state = 'Open' and t.due_at < {now} then 'red:Late' end",
        },
        new("assignees", "Who does it", FieldType.Choices, FieldStore.UuidArray, "(select array_agg(a.user_id order by a.user_id) from tasks.task_assignees a where a.task_id = t.id)")
        {
            Options = "users", Right = "assigneeIds", Shown = true, Editable = true, AnyOf = "exists (select 1 from tasks.task_assignees a where a.task_id = t.id and a.user_id = any({0}))",
        },
        // What the filter panel asks by one name.
        new("user", "Who does it", FieldType.Choice, FieldStore.Uuid, "null::uuid")
        {
            Options = "users", Right = "assigneeIds", Listed = false, Offered = false, Quick = true, AnyOf = "exists (select 1 from tasks.task_assignees a where a.task_id = t.id and a.user_id = any({0}))",
        },
        new("priority", "Priority", FieldType.Choice, FieldStore.Text, "t.priority")
        {
            Members = ListField.Of<TaskPriority>(p => p.ToString()), Colors = new Dictionary<string, string> { ["Low"] = "gray", ["Normal"] = "blue", ["High"] = "orange", ["Urgent"] = "red" }, Shown = true, Quick = true, Editable = true,
        },
        new("percent", "Progress", FieldType.Number, FieldStore.Int, "t.percent") { IsPercent = true, Shown = true, Editable = true },
        new("state", "State", FieldType.Choice, FieldStore.Text, "t.state")
        {
            Members = ListField.Of<TaskState>(s => s.ToString()), Colors = new Dictionary<string, string> { ["Open"] = "blue", ["Done"] = "green", ["Cancelled"] = "gray" },
        },
        new("number", "Number", FieldType.Number, FieldStore.Long, "t.number") { Sortable = true },
        new("weight", "Weight", FieldType.Number, FieldStore.Int, "t.weight") { Editable = true },
        new("description", "Description", FieldType.LongText, FieldStore.Text, "t.description") { ShortSql = "left(t.description, 160) || case when length(t.description) > 160 then '…' else '' end" },
        new("endedAt", "Ended", FieldType.Moment, FieldStore.Moment, "t.ended_at") { Sortable = true, SortSql = "coalesce(t.ended_at, '-infinity')" },
        new("endedBy", "Ended by", FieldType.Choice, FieldStore.Uuid, "t.ended_by") { Options = "users" },
        new("endNote", "Note at the end", FieldType.Text, FieldStore.Text, "t.end_note"),
        new("job", "Job", FieldType.Choice, FieldStore.Uuid, "t.job_id") { Listed = false, Offered = false, Right = "jobId" },
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("createdAt", "Added", FieldType.Moment, FieldStore.Moment, "t.created_at"),
        new("createdBy", "Given by", FieldType.Choice, FieldStore.Uuid, "t.created_by") { Options = "users" },
        new("updatedAt", "Changed", FieldType.Moment, FieldStore.Moment, "t.updated_at"),
    ];

    public void Search(SqlText sql, string text, ICurrentUser user)
    {
        var folded = PersianText.Fold(text);
        if (folded.Length == 0) return;
        // The searched text holds the description too: from whom it is hidden finds by what he sees.
        var searched = user.Hides(TasksRights.Tasks, "description") ? "platform.fold_fa(t.title)" : "t.search_text";
        if (long.TryParse(folded.TrimStart('#'), System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            sql.Add(" and (t.number = ").Value(number).Add($" or {searched} like ").Value(LikePattern.Anywhere(folded)).Add(")");
            return;
        }

        foreach (var word in folded.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(6)) sql.Add($" and {searched} like ").Value(LikePattern.Anywhere(word));
    }

    /// <summary>
    /// What <see cref="Data.TasksDb.Visible"/> says. One's own are named first and looked up by their ids: a condition that had to be asked of every task would read them all.
    /// </summary>
    public bool Scope(SqlText sql, ICurrentUser user, Operation operation)
    {
        if (user.IsSystem) return true;
        var reach = user.Can(TasksPermissions.SeeAll) ? user.ReachOf(TasksRights.Tasks, operation) : Reach.Nothing;
        if (reach.All is not null) return true;
        var me = sql.Parameter(Me(user));
        sql.Add(" and (");
        if (reach.ByBranch is not null || reach.ByPerson is not null)
        {
            var wall = reach.AnyBranch is not null && reach.ByPerson is not null ? null : sql.Parameter(user.VisibleBranches);
            if (reach.ByPerson is not null)
            {
                var people = sql.Parameter(reach.People ?? [reach.OnePerson!.Value]);
                sql.Add($"({(wall is null ? "" : $"t.branch_id = any({wall}) and ")}(t.created_by = any({people}) or exists (select 1 from tasks.task_assignees a where a.task_id = t.id and a.user_id = any({people})))) or ");
            }
            else
            {
                sql.Add($"t.branch_id = any({wall}) or ");
            }
        }

        sql.Add($"t.id in (select a.task_id from tasks.task_assignees a where a.user_id = {me} union select o.id from tasks.work_tasks o where o.created_by = {me} union {HandedOn}{me}))");
        return true;
    }

    private static Guid Me(ICurrentUser user) => user.Id ?? Guid.Empty;
}
