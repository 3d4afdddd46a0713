using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Contacts;

/// <summary>What roles can say about contacts and what hangs on them.</summary>
internal sealed class ContactsRights : IRecordRightsSource
{
    public const string Contacts = "contacts";
    public const string Communications = "communications";
    public const string FollowUps = "follow-ups";

    // A record without a name could not be told from another: names can be closed, not hidden.
    private static readonly HashSet<string> s_names = ["firstName", "lastName", "companyName"];

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
            Fields = [.. FieldTitles.All.Select(f => new RecordField(f.Name, f.Title, !s_names.Contains(f.Name)))],
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
        },
        new()
        {
            Key = FollowUps, Title = "Follow-ups", Order = 12, Own = "It is the user's to do, or the user is the contact's expert.", Parent = Contacts,
            Permissions = new Dictionary<Operation, string>
            {
                [Operation.See] = ContactsPermissions.SeeCommunications, [Operation.Add] = ContactsPermissions.PlanFollowUps, [Operation.Change] = ContactsPermissions.PlanFollowUps,
            },
        },
    ];
}
