using Crm.Contacts.Contracts;

namespace Crm.Contacts.Actions;

/// <summary>What Contacts itself offers under «More» on a customer's page.</summary>
internal sealed class OwnActions : IContactAction
{
    public IEnumerable<ContactAction> For(Guid contactId, string kind)
    {
        yield return new(70, "Merge with…", $"/contacts/{contactId}/merge", "git-merge", ContactsPermissions.Merge);
        yield return new(80, "Print label or envelope", $"/contacts/labels?ids={contactId}", "printer", ContactsPermissions.Print);
        if (kind == "company") yield return new(81, "Labels for all staff", $"/contacts/labels?company={contactId}", "mail", ContactsPermissions.Print);
    }
}
