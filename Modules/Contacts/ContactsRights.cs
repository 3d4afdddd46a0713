using Crm.Contacts.Domain;
using Crm.Contacts.Shared;
using Crm.Core;

namespace Crm.Contacts;

/// <summary>What roles can say about contacts and what hangs on them.</summary>
internal sealed class ContactsRights : IRecordRightsSource
{
    public const string Contacts = "contacts";
    public const string Communications = "communications";
    public const string FollowUps = "follow-ups";

    // A record without a name could not be told from another, and every customer is one or the other: these can be closed, not hidden.
    private static readonly HashSet<string> s_shown = ["firstName", "lastName", "companyName", "standing"];

    public IEnumerable<RecordRights> Records { get; } =
    [
        new()
        {
            Key = Contacts, Title = "Contacts", Order = 10, Own = "The user is the contact's expert.",
            Permissions = new Dictionary<Operation, string>
            {
                [Operation.See] = ContactsPermissions.See, [Operation.Add] = ContactsPermissions.Add, [Operation.Change] = ContactsPermissions.Change, [Operation.Delete] = ContactsPermissions.Delete,
                [Operation.Purge] = ContactsPermissions.Purge, [Operation.Export] = ContactsPermissions.Export, [Operation.Print] = ContactsPermissions.Print, [Operation.Report] = ContactsPermissions.Report,
            },
            Fields = [.. FieldTitles.All.Select(Field)],
        },
        new()
        {
            Key = Communications, Title = "Communications", Order = 11, Own = "The user logged it, or is the contact's expert.", Parent = Contacts,
            Permissions = new Dictionary<Operation, string>
            {
                [Operation.See] = ContactsPermissions.SeeCommunications, [Operation.Add] = ContactsPermissions.AddCommunications, [Operation.Change] = ContactsPermissions.ChangeCommunications,
                [Operation.Delete] = ContactsPermissions.DeleteCommunications, [Operation.Purge] = ContactsPermissions.PurgeCommunications, [Operation.Export] = ContactsPermissions.ExportCommunications,
                [Operation.Report] = ContactsPermissions.ReportCommunications,
            },
            Fields =
            [
                new("kindId", "Kind", Hideable: false) { Begins = true }, new("startedAt", "Start", Hideable: false), new("endedAt", "End"), new("text", "What was said"), new("questions", "Questions and answers"), new("resultId", "Result"), new("nextStep", "Next step"),
                new("jobId", "Job"), new("userId", "Who"), new("costs", "Costs") { Properties = [], Part = nameof(CommunicationCost) },
            ],
        },
        new()
        {
            Key = FollowUps, Title = "Follow-ups", Order = 12, Own = "It is the user's to do, or the user is the contact's expert.", Parent = Contacts,
            Permissions = new Dictionary<Operation, string>
            {
                [Operation.See] = ContactsPermissions.SeeCommunications, [Operation.Add] = ContactsPermissions.PlanFollowUps, [Operation.Change] = ContactsPermissions.PlanFollowUps,
            },
            Fields =
            [
                new("kindId", "Kind", Hideable: false) { Begins = true }, new("dueAt", "When", Hideable: false) { Begins = true }, new("assigneeId", "Person in charge", Hideable: false), new("text", "What it is about"), new("remindMinutes", "Reminder in minutes before"),
                new("reason", "Why it was called off"), new("jobId", "Job"),
            ],
        },
    ];

    /// <summary>What roles close of communications.</summary>
    public static RecordRights OfCommunications { get; } = new ContactsRights().Records.First(r => r.Key == Communications);

    /// <summary>What roles close of follow-ups.</summary>
    public static RecordRights OfFollowUps { get; } = new ContactsRights().Records.First(r => r.Key == FollowUps);

    private static RecordField Field((string Name, string Title) field)
    {
        var declared = new RecordField(field.Name, field.Title, !s_shown.Contains(field.Name)) { Begins = ClosedFields.Names.Contains(field.Name) };
        return field.Name switch
        {
            "roles" => declared with { Properties = ["RoleIds"] },
            "groups" => declared with { Properties = ["GroupIds"] },
            "nationalId" or "cardNumber" => declared with { Searched = true },
            "phones" => declared with { Properties = [], Part = nameof(ContactPhone), Searched = true },
            "emails" => declared with { Properties = [], Part = nameof(ContactEmail), Searched = true },
            "addresses" => declared with { Properties = [], Part = nameof(ContactAddress) },
            "positions" => declared with { Properties = [], Part = nameof(ContactPosition) },
            _ => declared,
        };
    }
}
