using Crm.Contacts.Domain;
using Crm.Contacts.Features.ContactList;
using Crm.Core;

namespace Crm.Contacts.Records;

/// <summary>Calls, visits, letters … that took place, for lists, filters, exports, views and bulk changes.</summary>
internal sealed class CommunicationRecords : IRecordType
{
    public const string RecordKey = "communications";

    public string Key => RecordKey;

    public string Title => "Communications";

    public string Count => "{0} communications";

    public Type Entity => typeof(Communication);

    public string Url => "/communications";

    public string Table => "contacts.communications";

    public string Icon => "messages";

    public string Purpose => "Calls, visits and letters with your customers stand here.";

    public string? SearchHint => "Name or phone of the contact";

    public string? AddUrl => "/communications/new";

    public string? AddPermission => ContactsPermissions.AddCommunications;

    public string AddText => "Log communication";

    public string See => ContactsPermissions.SeeCommunications;

    public string? Change => ContactsPermissions.ChangeCommunications;

    public string? Delete => ContactsPermissions.DeleteCommunications;

    public string? Export => ContactsPermissions.ExportCommunications;

    public bool HasCustomFields => true;

    // Many begin at one moment; ids never repeat.
    public string Tie => "id";

    public string Sort => "-startedAt";

    public string? Period => "startedAt";

    public RecordAbove? Above { get; } = new("Customer's page", "/contacts", "t.contact_id", ContactsPermissions.See);

    public IReadOnlyList<ListField> Fields { get; } =
    [
        new("id", "Id", FieldType.Text, FieldStore.Uuid, "t.id") { Listed = false, Filterable = false, Sortable = true },
        new("name", "Contact", FieldType.Text, FieldStore.Text, OfContact.Name) { Main = true, Shown = true, Filterable = false },
        ContactRecords.Base("kind", "Kind", "t.kind_id", BaseLists.CommunicationKind) with { Shown = true, Quick = true, Editable = true },
        new("startedAt", "When", FieldType.Moment, FieldStore.Moment, "t.started_at") { Shown = true, Sortable = true },
        ContactRecords.Base("result", "Result", "t.result_id", BaseLists.CommunicationResult) with { Shown = true, Quick = true, Editable = true },
        new("text", "What was said", FieldType.LongText, FieldStore.Text, "t.text") { Shown = true, ShortSql = "left(t.text, 160) || case when length(t.text) > 160 then '…' else '' end" },
        new("user", "Who", FieldType.Choice, FieldStore.Uuid, "t.user_id") { Options = "users", Right = "userId", Shown = true, Quick = true },
        new("nextStep", "Next step", FieldType.Text, FieldStore.Text, "t.next_step") { Editable = true },
        new("questions", "Questions and answers", FieldType.LongText, FieldStore.Text, "t.questions") { ShortSql = "left(t.questions, 160) || case when length(t.questions) > 160 then '…' else '' end" },
        new("endedAt", "End", FieldType.Moment, FieldStore.Moment, "t.ended_at"),
        new("costs", "Costs", FieldType.Money, FieldStore.Decimal, "(select sum(k.amount) from contacts.communication_costs k where k.communication_id = t.id)") { Filterable = false },
        OfContact.Link,
        OfContact.Phone,
        OfContact.Province,
        OfContact.Role,
        new("job", "Job", FieldType.Choice, FieldStore.Uuid, "t.job_id") { Listed = false, Offered = false, Right = "jobId" },
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("createdAt", "Added", FieldType.Moment, FieldStore.Moment, "t.created_at"),
        // Who added it is who logged it.
        new("createdBy", "Added by", FieldType.Choice, FieldStore.Uuid, "t.created_by") { Options = "users", Right = "userId" },
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
}

/// <summary>What lists of things that hang on a contact show of it and are narrowed by.</summary>
internal static class OfContact
{
    public const string Name = "(select c.name from contacts.contacts c where c.id = t.contact_id)";

    public static ListField Link { get; } = new("contact", "Customer", FieldType.Record, FieldStore.Uuid, "t.contact_id") { Options = "records/contacts", NameOf = ContactRecords.RecordKey, NameUrl = "/contacts", Right = "contactId" };

    public static ListField Phone { get; } = new("phone", "Telephone", FieldType.Phone, FieldStore.Text, "(select c.main_phone from contacts.contacts c where c.id = t.contact_id)")
    {
        Filterable = false, RightOf = ContactsRights.Contacts, Right = "phones",
    };

    public static ListField Province { get; } = new("province", "Province", FieldType.Choice, FieldStore.Int, "(select c.province_id from contacts.contacts c where c.id = t.contact_id)")
    {
        Options = "contacts.places/province", Quick = true, RightOf = ContactsRights.Contacts, Right = "addresses",
        AnyOf = "exists (select 1 from contacts.contacts c where c.id = t.contact_id and c.province_id = any({0}))",
    };

    public static ListField Role { get; } = new("role", "Role of the contact", FieldType.Choices, FieldStore.UuidArray, "(select c.role_ids from contacts.contacts c where c.id = t.contact_id)")
    {
        Options = "contacts.base/" + BaseLists.Role, Quick = true, RightOf = ContactsRights.Contacts, Right = "roles",
        AnyOf = "exists (select 1 from contacts.contacts c where c.id = t.contact_id and c.role_ids && {0})",
    };

    /// <summary>What people type finds the contact.</summary>
    public static void Search(SqlText sql, string text, ICurrentUser user)
    {
        sql.Add(" and t.contact_id in (select c.id from contacts.contacts c where c.deleted_at is null");
        ContactSearch.Add(sql, text, user, "c");
        sql.Add(")");
    }

    /// <summary>What belongs to a contact in the bin lies there with it. The scope asks that by itself where it looks at the contact at all.</summary>
    public static void Alive(SqlText sql, ICurrentUser user)
    {
        if (user.ReachOf(ContactsRights.Contacts).Open is not null) sql.Add(" and not exists (select 1 from contacts.contacts c where c.id = t.contact_id and c.deleted_at is not null)");
    }
}
