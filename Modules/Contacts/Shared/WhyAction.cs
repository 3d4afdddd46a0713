using Crm.Contacts.Contracts;

namespace Crm.Contacts.Shared;

/// <summary>For administrators: who sees this contact, and why.</summary>
internal sealed class WhyAction : IContactAction
{
    public IEnumerable<ContactAction> For(Guid contactId, string kind) => [new(900, "Who can see this, and why?", $"/settings/why/{ContactsRights.Contacts}/{contactId}", "eye-search", "platform.roles.manage")];
}
