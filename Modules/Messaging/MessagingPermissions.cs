using Crm.Core;

namespace Crm.Messaging;

internal sealed class MessagingPermissions : IPermissionSource
{
    public const string See = "messaging.see";
    public const string Send = "messaging.send";
    public const string Templates = "messaging.templates";
    public const string Export = "messaging.export";
    public const string Purge = "messaging.purge";
    public const string Settings = "messaging.settings";
    public const string AllowHosts = "messaging.hosts.allow";

    public IEnumerable<Permission> Permissions =>
    [
        new(See, "See messages"),
        new(Send, "Write and send messages"),
        new(Export, "Export messages"),
        new(Templates, "Make message templates"),
        new(Purge, "Remove message templates for good"),
        new(Settings, "Set up the sending of messages"),
        new(AllowHosts, "Allow sending through servers of the inner network"),
    ];
}
