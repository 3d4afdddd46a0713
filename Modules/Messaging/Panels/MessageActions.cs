using Crm.Contacts.Contracts;

namespace Crm.Messaging.Panels;

/// <summary>Writing to a contact, from the head of its page.</summary>
internal sealed class MessageActions : IContactAction
{
    public IEnumerable<ContactAction> For(Guid contactId, string kind) =>
    [
        new(60, "Send SMS", $"/messages/new?channel=Sms&contact={contactId}", "message", MessagingPermissions.Send),
        new(61, "Send e-mail", $"/messages/new?channel=Email&contact={contactId}", "mail", MessagingPermissions.Send),
    ];
}
