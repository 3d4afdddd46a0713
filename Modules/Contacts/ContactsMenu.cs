using Crm.Core;

namespace Crm.Contacts;

internal sealed class ContactsMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items { get; } =
    [
        new("Contacts", 100, "Contacts", "/contacts", "users", ContactsPermissions.See, Key: "KeyC"),
        new("Contacts", 110, "Communications", "/communications", "messages", ContactsPermissions.SeeCommunications, Key: "KeyM"),
        new("Contacts", 120, "Follow-ups", "/follow-ups", "calendar-event", ContactsPermissions.SeeCommunications, Key: "KeyF"),
        new("Contacts", 130, "Activity reports", "/activity-reports", "report", ContactsPermissions.WriteActivityReports),
        new("Contacts", 140, "Import contacts", "/import/contacts", "file-import", ContactsPermissions.Import),
        new("Contacts", 135, "Map of contacts", "/contacts/map", "map", ContactsPermissions.See),
        new("Contacts", 145, "Duplicates", "/contacts/duplicates", "users", ContactsPermissions.Merge),
        new("Contacts", 150, "Labels and envelopes", "/contacts/labels", "printer", ContactsPermissions.Print),
        new("Contacts", 10, "New person", "/contacts/new", "user-plus", ContactsPermissions.Add, MenuPlace.New),
        new("Contacts", 20, "New company", "/contacts/new?kind=company", "building", ContactsPermissions.Add, MenuPlace.New),
        new("Contacts", 30, "Log communication", "/communications/new", "phone", ContactsPermissions.AddCommunications, MenuPlace.New, "F9"),
        new("Contacts", 890, "Groups of contacts", "/contacts/groups", "sitemap", ContactsPermissions.ManageGroups, MenuPlace.Settings),
        new("Contacts", 895, "Criteria of suppliers", "/contacts/settings/supplier-criteria", "star", ContactsPermissions.ManageCriteria, MenuPlace.Settings),
        new("Contacts", 900, "Base data of contacts", "/contacts/settings/base-data", "list", ContactsPermissions.ManageBaseData, MenuPlace.Settings),
    ];
}
