using Crm.Contacts.Domain;
using Crm.Contacts.Features.ContactList;
using Crm.Core;

namespace Crm.Contacts.Records;

/// <summary>Persons and companies, for lists, filters, exports, views and bulk changes.</summary>
internal sealed class ContactRecords : IRecordType
{
    public const string RecordKey = "contacts";

    // What Contact.SearchTextOf joins: a company's name stands there once, as its own or as its people's.
    private const string Words = "t.search_text";
    private const string s_score = "(select r.total from contacts.supplier_ratings r where r.contact_id = t.id)";

    public string Key => RecordKey;

    public string Title => "Contacts";

    public string Count => "{0} contacts";

    public Type Entity => typeof(Contact);

    public string Url => "/contacts";

    public string Table => "contacts.contacts";

    public string Icon => "users";

    public string Purpose => "Persons and companies you deal with stand here.";

    public string? SearchHint => "Name, phone, number, e-mail or national ID";

    public string? SearchHintFor(ICurrentUser user) => ContactSearch.Hint(user);

    public string? AddUrl => "/contacts/new";

    public string? AddPermission => ContactsPermissions.Add;

    public string AddText => "New person";

    public string See => ContactsPermissions.See;

    public string? Change => ContactsPermissions.Change;

    public string? Delete => ContactsPermissions.Delete;

    public string? Export => ContactsPermissions.Export;

    public bool HasCustomFields => true;

    public IReadOnlyList<ListField> Fields { get; } =
    [
        new("name", "Name", FieldType.Text, FieldStore.Text, "t.name")
        {
            Main = true, Within = Words, Shown = true, Sortable = true, SubSql = "case when t.kind = 'Person' then t.company_name end", IconSql = "case when t.kind = 'Person' then 'user' else 'building' end",
        },
        new("phone", "Telephone", FieldType.Phone, FieldStore.Text, "t.main_phone") { Shown = true, Right = "phones" },
        Base("status", "Status", "t.status_id", BaseLists.Status) with { Shown = true, Quick = true, Editable = true },
        new("roles", "Roles", FieldType.Choices, FieldStore.UuidArray, "t.role_ids") { Options = "contacts.base/" + BaseLists.Role, Shown = true, Editable = true },
        // The old name of the parameter, which stands in bookmarks and stored conditions.
        new("role", "Role", FieldType.Choices, FieldStore.UuidArray, "t.role_ids") { Options = "contacts.base/" + BaseLists.Role, Quick = true, Listed = false, Offered = false, Right = "roles" },
        new("city", "City", FieldType.Choice, FieldStore.Int, "t.city_id") { Options = "contacts.places/city", Shown = true, Right = "addresses" },
        new("owner", "Expert", FieldType.Choice, FieldStore.Uuid, "t.owner_id") { Options = "users", Right = "ownerId", Shown = true, Quick = true, Editable = true },
        new("number", "Number", FieldType.Number, FieldStore.Long, "t.number") { Shown = true, Sortable = true },
        new("kind", "Kind of contact", FieldType.Choice, FieldStore.Text, "t.kind") { Members = ListField.Of<ContactKind>(k => k.ToString()), Quick = true },
        new("standing", "Potential or actual", FieldType.Choice, FieldStore.Text, "t.standing") { Members = ListField.Of<Standing>(s => s.ToString()), Quick = true, Editable = true },
        new("groups", "Groups", FieldType.Choices, FieldStore.UuidArray, "t.group_ids") { Options = "contacts.groups", IsTree = true, Right = "groups" },
        new("group", "Group", FieldType.Choices, FieldStore.UuidArray, "t.group_ids") { Options = "contacts.groups", IsTree = true, Quick = true, Listed = false, Offered = false, Right = "groups" },
        Base("type", "Type", "t.type_id", BaseLists.Type) with { Quick = true, Editable = true },
        Base("rank", "Rank", "t.rank_id", BaseLists.Rank) with { Quick = true, Editable = true },
        Base("source", "Source", "t.source_id", BaseLists.Source) with { Quick = true, Editable = true },
        Base("fieldOfActivity", "Field of activity", "t.field_of_activity_id", BaseLists.FieldOfActivity) with { Editable = true },
        Base("importance", "Importance as a supplier", "t.importance_id", BaseLists.Importance) with { Editable = true },
        new("score", "Score as a supplier", FieldType.Number, FieldStore.Decimal, s_score) { Permission = ContactsPermissions.SeeSuppliers, Sortable = true, SortWhere = "exists (select 1 from contacts.supplier_ratings r where r.contact_id = t.id)" },
        new("grade", "Grade as a supplier", FieldType.Choice, FieldStore.Text, SupplierGrades.Sql(s_score)) { Members = [.. SupplierGrades.All.Select(g => (g.Key, g.Title))], Permission = ContactsPermissions.SeeSuppliers },
        new("scoredOn", "Scored on", FieldType.Date, FieldStore.Date, "(select r.scored_on from contacts.supplier_ratings r where r.contact_id = t.id)") { Permission = ContactsPermissions.SeeSuppliers },
        new("scoreDue", "To be scored again", FieldType.Date, FieldStore.Date, "(select (r.scored_on + make_interval(months => b.months))::date from contacts.supplier_ratings r join contacts.base_data b on b.id = t.importance_id where r.contact_id = t.id)") { Permission = ContactsPermissions.SeeSuppliers, Right = "importanceId" },
        Base("salutation", "Salutation", "t.salutation_id", BaseLists.Salutation),
        new("province", "Province", FieldType.Choice, FieldStore.Int, "t.province_id") { Options = "contacts.places/province", Quick = true, Right = "addresses" },
        new("county", "County", FieldType.Choice, FieldStore.Int, "t.county_id") { Options = "contacts.places/county", Quick = true, Right = "addresses" },
        new("firstName", "First name", FieldType.Text, FieldStore.Text, "t.first_name") { Within = Words },
        new("lastName", "Last name", FieldType.Text, FieldStore.Text, "t.last_name") { Within = Words },
        new("companyName", "Company", FieldType.Text, FieldStore.Text, "t.company_name") { Within = Words },
        new("email", "E-mail", FieldType.Text, FieldStore.Text, "(select e.address from contacts.contact_emails e where e.contact_id = t.id order by e.position limit 1)") { Right = "emails", Within = Words },
        new("nationalId", "National ID", FieldType.Text, FieldStore.Text, "t.national_id") { Within = Words },
        new("economicCode", "Economic code", FieldType.Text, FieldStore.Text, "t.economic_code"),
        new("cardNumber", "Card number", FieldType.Text, FieldStore.Text, "t.card_number") { Within = Words },
        new("birthday", "Birthday", FieldType.Date, FieldStore.Date, "t.birthday"),
        new("notes", "Notes", FieldType.LongText, FieldStore.Text, "t.notes") { Editable = true },
        new("branch", "Branch", FieldType.Choice, FieldStore.Uuid, "t.branch_id") { Options = "branches", Quick = true },
        new("createdAt", "Added", FieldType.Moment, FieldStore.Moment, "t.created_at"),
        new("createdBy", "Added by", FieldType.Choice, FieldStore.Uuid, "t.created_by") { Options = "users" },
        new("updatedAt", "Changed", FieldType.Moment, FieldStore.Moment, "t.updated_at") { Sortable = true },
    ];

    public IReadOnlyList<RecordAction> Actions { get; } =
    [
        new("Edit", "/edit", ContactsPermissions.Change),
        new("Log communication", "/communications/new", ContactsPermissions.AddCommunications),
        new("Plan follow-up", "/follow-ups/new", ContactsPermissions.PlanFollowUps),
    ];

    public IReadOnlyList<RecordBulkAction> BulkActions { get; } = [new("Labels and envelopes", "/contacts/labels", "printer", ContactsPermissions.Print)];

    public string? SoundOf => RecordKey;

    public void Search(SqlText sql, string text, ICurrentUser user) => ContactSearch.Add(sql, text, user);

    internal static ListField Base(string key, string title, string sql, string list) => new(key, title, FieldType.Choice, FieldStore.Uuid, sql) { Options = "contacts.base/" + list, Right = key + "Id" };
}
