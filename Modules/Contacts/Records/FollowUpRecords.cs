using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts.Records;

/// <summary>What is to take place, for lists, filters, exports, views and bulk changes.</summary>
internal sealed class FollowUpRecords : IRecordType
{
    public const string RecordKey = "follow-ups";

    public string Key => RecordKey;

    public string Title => "Follow-ups";

    public string Count => "{0} follow-ups";

    public Type Entity => typeof(FollowUp);

    public string Url => "/follow-ups";

    public string Table => "contacts.follow_ups";

    public string Icon => "calendar-event";

    public string Purpose => "Plan a follow-up from here or from a customer's page: it reminds you in time.";

    public string? SearchHint => "Name or phone of the contact";

    public string? AddUrl => "/follow-ups/new";

    public string? AddPermission => ContactsPermissions.PlanFollowUps;

    public string AddText => "Plan follow-up";

    public string See => ContactsPermissions.SeeCommunications;

    public string? Change => ContactsPermissions.PlanFollowUps;

    public string? Export => ContactsPermissions.ExportCommunications;

    public bool HasBin => false;

    public bool HasCustomFields => true;

    public string Tie => "id";

    public string Sort => "dueAt";

    public string? Period => "dueAt";

    public RecordAbove? Above { get; } = new("Customer's page", "/contacts", "t.contact_id", ContactsPermissions.See);

    public IReadOnlyList<RecordVerb> Verbs { get; } =
    [
        new("done", "Mark as done", "circle-check", ContactsPermissions.PlanFollowUps) { RowSql = "t.state = 'Open'" },
        new("cancel", "Call off", "ban", ContactsPermissions.PlanFollowUps) { Question = "Call the chosen follow-ups off?" },
    ];

    public IReadOnlyList<RecordChoice> Choices { get; } =
    [
        new("whose", "Whose", "mine",
        [
            new("mine", "Mine", (sql, at) => sql.Add(" and t.assignee_id = ").Value(at.User.Id ?? Guid.Empty)),
            new("all", "Everybody's"),
        ]),
        new("state", "State", "open",
        [
            // Said as the partial index says it.
            new("open", "Open", (sql, _) => sql.Add(" and t.state = 'Open'")),
            new("late", "Late", (sql, at) => sql.Add(" and t.state = 'Open' and t.due_at < ").Value(at.Now.UtcDateTime)),
            new("done", "Done", (sql, _) => sql.Add(" and t.state = 'Done'")) { Sort = "-dueAt" },
            new("cancelled", "Cancelled", (sql, _) => sql.Add(" and t.state = 'Cancelled'")) { Sort = "-dueAt" },
            new("any", "All") { Sort = "-dueAt" },
        ]),
        new("outcome", "How it went", null,
        [
            new("in-time", "In time", (sql, at) => OnDay(sql, at, "<=")),
            new("late", "Late", (sql, at) => OnDay(sql, at, ">")),
            new("missed", "Missed", (sql, at) => sql.Add(" and t.state = 'Open' and t.due_at < ").Value(at.Now.UtcDateTime)),
            new("waiting", "Waiting", (sql, at) => sql.Add(" and t.state = 'Open' and t.due_at >= ").Value(at.Now.UtcDateTime)),
            new("cancelled", "Cancelled", (sql, _) => sql.Add(" and t.state = 'Cancelled'")),
        ]) { Offered = false },
    ];

    public IReadOnlyList<ListField> Fields { get; } =
    [
        new("id", "Id", FieldType.Text, FieldStore.Uuid, "t.id") { Listed = false, Filterable = false, Sortable = true },
        new("name", "Contact", FieldType.Text, FieldStore.Text, OfContact.Name) { Main = true, Shown = true, Filterable = false },
        ContactRecords.Base("kind", "Kind", "t.kind_id", BaseLists.CommunicationKind) with { Shown = true, Quick = true, Editable = true },
        new("dueAt", "When", FieldType.Moment, FieldStore.Moment, "t.due_at") { Shown = true, Sortable = true, Editable = true, MarkSql = "case when t.state = 'Open' and t.due_at < {now} then 'red:Late' end" },
        new("text", "What it is about", FieldType.LongText, FieldStore.Text, "t.text") { Shown = true, Editable = true, ShortSql = "left(t.text, 160) || case when length(t.text) > 160 then '…' else '' end" },
        OfContact.Phone with { Shown = true },
        new("user", "Person in charge", FieldType.Choice, FieldStore.Uuid, "t.assignee_id") { Options = "users", Right = "assigneeId", Shown = true, Quick = true, Editable = true },
        new("state", "State", FieldType.Choice, FieldStore.Text, "t.state")
        {
            Members = ListField.Of<FollowUpState>(s => s.ToString()), Colors = new Dictionary<string, string> { ["Open"] = "blue", ["Done"] = "green", ["Cancelled"] = "gray" },
        },
        new("remindMinutes", "Reminder in minutes before", FieldType.Number, FieldStore.Int, "t.remind_minutes"),
        new("endedAt", "Ended", FieldType.Moment, FieldStore.Moment, "t.ended_at"),
        new("endedBy", "Ended by", FieldType.Choice, FieldStore.Uuid, "t.ended_by") { Options = "users" },
        new("reason", "Why it was called off", FieldType.Text, FieldStore.Text, "t.reason"),
        OfContact.Link,
        OfContact.Province,
        OfContact.Role,
        new("job", "Job", FieldType.Choice, FieldStore.Uuid, "t.job_id") { Listed = false, Offered = false, Right = "jobId" },
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("createdAt", "Added", FieldType.Moment, FieldStore.Moment, "t.created_at"),
        new("createdBy", "Added by", FieldType.Choice, FieldStore.Uuid, "t.created_by") { Options = "users" },
        new("updatedAt", "Changed", FieldType.Moment, FieldStore.Moment, "t.updated_at"),
    ];

    public string? SoundOf => ContactRecords.RecordKey;

    public string SoundSql => "t.contact_id";

    public void Search(SqlText sql, string text, ICurrentUser user) => OfContact.Search(sql, text, user);

    public bool Scope(SqlText sql, ICurrentUser user, Operation operation)
    {
        if (operation == Operation.See) OfContact.Alive(sql, user);
        return false;
    }

    // In time is what was done by the end of the day that it was planned for, in the zone of who looks.
    private static void OnDay(SqlText sql, ListMoment at, string than)
    {
        var zone = sql.Parameter(at.Dates.Zone.Id);
        sql.Add($" and t.state = 'Done' and (t.ended_at at time zone {zone})::date {than} (t.due_at at time zone {zone})::date");
    }
}
