using Crm.Core;

namespace Crm.Contacts;

internal sealed class ContactsPermissions : IPermissionSource
{
    public const string See = "contacts.see";
    public const string Add = "contacts.add";
    public const string Change = "contacts.change";
    public const string Delete = "contacts.delete";
    public const string SeeCommunications = "contacts.communications.see";
    public const string AddCommunications = "contacts.communications.add";
    public const string ChangeCommunications = "contacts.communications.change";
    public const string DeleteCommunications = "contacts.communications.delete";
    public const string PlanFollowUps = "contacts.follow-ups.plan";
    public const string ManageGroups = "contacts.groups.manage";
    public const string ManageBaseData = "contacts.base-data.manage";

    public IEnumerable<Permission> Permissions { get; } =
    [
        new(See, "See contacts"),
        new(Add, "Add contacts"),
        new(Change, "Change contacts"),
        new(Delete, "Delete contacts"),
        new(SeeCommunications, "See communications and follow-ups"),
        new(AddCommunications, "Log communications"),
        new(ChangeCommunications, "Change communications"),
        new(DeleteCommunications, "Delete communications"),
        new(PlanFollowUps, "Plan and finish follow-ups"),
        new(ManageGroups, "Manage groups"),
        new(ManageBaseData, "Manage base data"),
    ];
}
