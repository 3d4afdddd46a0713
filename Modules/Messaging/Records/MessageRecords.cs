using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Records;

/// <summary>Messages, for lists, filters, exports, views and what is done to many of them.</summary>
internal sealed class MessageRecords : IRecordType
{
    public const string RecordKey = "messages";

    public string Key => RecordKey;

    public string Title => "Messages";

    public string Count => "{0} messages";

    public Type Entity => typeof(OutgoingMessage);

    public string Url => "/messages";

    public string Table => "messaging.messages";

    public string Icon => "messages";

    public string Purpose => "Messages that you or a routine write stand here with everything that becomes of them.";

    public string? SearchHint => "Recipient, address or subject";

    public string? AddUrl => "/messages/new?channel=Sms";

    public string? AddPermission => MessagingPermissions.Send;

    public string AddText => "New SMS";

    public string See => MessagingPermissions.See;

    public string? Export => MessagingPermissions.Export;

    public bool HasBin => false;

    // Ids rise with time, so they are the order too.
    public string Tie => "id";

    public string Sort => "-id";

    public string? Period => "createdAt";

    public RecordAbove? Above { get; } = new("Customer's page", "/contacts", "t.contact_id", "contacts.see");

    public IReadOnlyList<RecordVerb> Verbs { get; } =
    [
        new("retry", "Try again", "refresh", MessagingPermissions.Send) { RowSql = "t.state = 'Failed' and t.address <> '' and t.sealed_body is null" },
        new("cancel", "Do not send", "ban", MessagingPermissions.Send) { Question = "Keep the chosen messages from being sent?" },
    ];

    public IReadOnlyList<RecordChoice> Choices { get; } =
    [
        new("tab", "Messages", "all",
        [
            new("all", "All"),
            new("underway", "On the way", (sql, _) => sql.Add(" and t.state in ('Waiting', 'Queued', 'Sending')")),
            new("sent", "Sent", (sql, _) => sql.Add(" and t.state = 'Sent'")),
            new("failed", "Failed", (sql, _) => sql.Add(" and t.state = 'Failed'")),
            new("drafts", "Drafts", (sql, _) => sql.Add(" and t.state = 'Draft'")),
            new("others", "Not sent", (sql, _) => sql.Add(" and t.state in ('Suppressed', 'Cancelled')")),
        ]),
    ];

    public IReadOnlyList<ListField> Fields { get; } =
    [
        new("id", "Id", FieldType.Text, FieldStore.Uuid, "t.id") { Listed = false, Filterable = false, Sortable = true },
        new("recipient", "Recipient", FieldType.Text, FieldStore.Text, "coalesce(nullif(t.recipient_name, ''), t.address)")
        {
            Main = true, Shown = true, SubSql = "case when t.recipient_name <> '' then case when t.address like '+98%' then '0' || substr(t.address, 4) else t.address end end", IconSql = "case when t.channel = 'Sms' then 'message' else 'mail' end", SubOf = "address",
        },
        new("channel", "Channel", FieldType.Choice, FieldStore.Text, "t.channel") { Members = ListField.Of<MessageChannel>(Kinds.Title), Shown = true, Quick = true },
        new("text", "Text", FieldType.LongText, FieldStore.Text, "t.body") { Shown = true, ShortSql = "case when t.channel = 'Email' then t.subject else left(t.body, 100) || case when length(t.body) > 100 then '…' else '' end end" },
        new("state", "State", FieldType.Choice, FieldStore.Text, "t.state")
        {
            Members = ListField.Of<MessageState>(Kinds.Title), Colors = Enum.GetValues<MessageState>().ToDictionary(s => s.ToString(), s => Kinds.Look(s).Color), Shown = true, Quick = true,
        },
        new("sentAt", "Sent at", FieldType.Moment, FieldStore.Moment, "t.sent_at") { Shown = true },
        new("reason", "Reason", FieldType.Choice, FieldStore.Text, "t.reason") { Members = [.. Reasons.All.Select(r => (r, r))] },
        new("subject", "Subject", FieldType.Text, FieldStore.Text, "t.subject"),
        new("address", "Address", FieldType.Text, FieldStore.Text, "t.address") { Tells = Addresses.Fields },
        new("category", "Category", FieldType.Choice, FieldStore.Text, "t.category") { Members = ListField.Of<MessageCategory>(Kinds.Title), Quick = true },
        new("contact", "Customer", FieldType.Record, FieldStore.Uuid, "t.contact_id") { Options = "records/contacts", NameOf = "contacts", NameUrl = "/contacts", Right = "contactId" },
        new("attempts", "Tries", FieldType.Number, FieldStore.Int, "t.attempts"),
        new("detail", "What the other side said", FieldType.Text, FieldStore.Text, "t.detail"),
        new("providerId", "Number at the gateway", FieldType.Text, FieldStore.Text, "t.provider_id"),
        new("job", "Job", FieldType.Choice, FieldStore.Uuid, "t.job_id") { Listed = false, Offered = false },
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("createdAt", "Written at", FieldType.Moment, FieldStore.Moment, "t.created_at") { Shown = true },
        new("createdBy", "Written by", FieldType.Choice, FieldStore.Uuid, "t.created_by") { Options = "users" },
    ];

    public void Search(SqlText sql, string text, ICurrentUser user)
    {
        var like = sql.Parameter(LikePattern.Anywhere(text));
        sql.Add($" and (t.recipient_name ilike {like} or t.subject ilike {like}");
        if (Addresses.AnyHidden(user))
        {
            sql.Add($" or (t.contact_id is null and t.address ilike {like}))");
            return;
        }

        sql.Add($" or t.address ilike {like}");
        if (PhoneNumber.TryParse(text, out var number)) sql.Add(" or t.address = ").Value(number.Value);
        sql.Add(")");
    }
}
