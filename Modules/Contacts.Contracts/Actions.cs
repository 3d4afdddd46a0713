using Crm.Core;

namespace Crm.Contacts.Contracts;

/// <summary>Contributes actions to the header of the customer's page: «Start routine», «New task».</summary>
[Contribution(Microsoft.Extensions.DependencyInjection.ServiceLifetime.Singleton)]
public interface IContactAction
{
    /// <summary>The actions for one contact. No queries here: the page shows them with the header.</summary>
    IEnumerable<ContactAction> For(Guid contactId, string kind);
}

/// <summary>One action.</summary>
/// <param name="Order">Place among the actions; 10 stands first. Contacts' own stand at 10 (log communication) and 20 (plan follow-up).</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Url">Path of the page that does it.</param>
/// <param name="Icon">Tabler icon without <c>ti-</c>.</param>
/// <param name="Permission">Who sees it; null for everybody who sees the contact.</param>
public sealed record ContactAction(int Order, string Title, string Url, string Icon, string? Permission);
