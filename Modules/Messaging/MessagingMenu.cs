using Crm.Core;

namespace Crm.Messaging;

internal sealed class MessagingMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items =>
    [
        new("Messages", 200, "Messages", "/messages", "send", MessagingPermissions.See, Key: "KeyS"),
        new("Messages", 210, "Message templates", "/messages/templates", "file-text", MessagingPermissions.Templates),
        new("Messages", 52, "Sending of messages", "/messages/settings", "server", MessagingPermissions.Settings, MenuPlace.Settings),
        new("Messages", 53, "SMS", "/messages/new?channel=Sms", "message", MessagingPermissions.Send, MenuPlace.New),
        new("Messages", 54, "E-mail", "/messages/new?channel=Email", "mail", MessagingPermissions.Send, MenuPlace.New),
    ];
}
