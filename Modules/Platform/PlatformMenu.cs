using Crm.Core;

namespace Crm.Platform;

internal sealed class PlatformMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items =>
    [
        new("Worklist", 1, "Dashboard", "/", "layout-dashboard", null, Key: "KeyD"),
        new("Reports", 800, "Reports", "/reports", "chart-bar", null),
        new("Settings", 900, "Users", "/settings/users", "users", PlatformPermissions.ManageUsers, MenuPlace.Settings),
        new("Settings", 901, "Roles", "/settings/roles", "shield-lock", PlatformPermissions.ManageRoles, MenuPlace.Settings),
        new("Settings", 902, "Branches", "/settings/branches", "building-store", PlatformPermissions.ManageBranches, MenuPlace.Settings),
        new("Settings", 903, "Organisation chart", "/organisation", "sitemap", null, MenuPlace.Settings),
        new("Settings", 903, "Units", "/settings/units", "hierarchy-2", PlatformPermissions.ManageUnits, MenuPlace.Settings),
        new("Settings", 903, "Leave and deputies", "/leave", "beach", null, MenuPlace.Settings),
        new("Settings", 903, "Working time", "/settings/working-time", "calendar-time", PlatformPermissions.ManageSettings, MenuPlace.Settings),
        new("Settings", 906, "Custom fields", "/settings/fields", "forms", PlatformPermissions.ManageFields, MenuPlace.Settings),
        new("Settings", 904, "API tokens", "/settings/tokens", "key", PlatformPermissions.ManageTokens, MenuPlace.Settings),
        new("Settings", 905, "Sign-in rules", "/settings/sign-in-rules", "shield-check", PlatformPermissions.ManageSettings, MenuPlace.Settings),
        new("Settings", 970, "Background work", "/work", "progress", null, MenuPlace.Settings),
        new("Settings", 906, "Ready texts", "/snippets", "quote", null, MenuPlace.Settings),
        new("Settings", 978, "Recycle bin", "/bin", "trash", null, MenuPlace.Settings),
        new("Settings", 979, "Log of sign-ins", "/settings/sign-ins", "login", PlatformPermissions.SeeSignIns, MenuPlace.Settings),
        new("Settings", 980, "History of changes", "/settings/audit", "history", PlatformPermissions.SeeAudit, MenuPlace.Settings),
        new("Settings", 981, "Stuck messages", "/settings/outbox", "alert-triangle", PlatformPermissions.ManageOutbox, MenuPlace.Settings),
    ];
}
