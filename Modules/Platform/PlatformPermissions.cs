using Crm.Core;

namespace Crm.Platform;

internal sealed class PlatformPermissions : IPermissionSource
{
    public const string ManageUsers = "platform.users.manage";
    public const string ManageRoles = "platform.roles.manage";
    public const string ManageBranches = "platform.branches.manage";
    public const string ManageUnits = "platform.units.manage";
    public const string ManageTokens = "platform.tokens.manage";
    public const string ManageSettings = "platform.settings.manage";
    public const string ManageFields = "platform.fields.manage";
    public const string ShareViews = "platform.views.share";
    public const string SeeAudit = "platform.audit.see";
    public const string SeeSignIns = "platform.sign-ins.see";
    public const string ShareSnippets = "platform.snippets.share";
    public const string ManageOutbox = "platform.outbox.manage";

    public IEnumerable<Permission> Permissions =>
    [
        new(ManageUsers, "Manage users"),
        new(ManageRoles, "Manage roles and their rights"),
        new(ManageBranches, "Manage branches"),
        new(ManageUnits, "Draw the organisation chart"),
        new(ManageTokens, "See and revoke everybody's API tokens"),
        new(ManageSettings, "Change working time and settings"),
        new(ManageFields, "Add and change custom fields"),
        new(ShareViews, "Share views of lists with others"),
        new(SeeAudit, "See the history of all changes"),
        new(SeeSignIns, "See the log of sign-ins"),
        new(ShareSnippets, "Keep ready texts for everybody"),
        new(ManageOutbox, "Handle stuck messages between modules"),
    ];
}
