using Crm.Contacts.Contracts;

namespace Crm.Tasks.Panels;

/// <summary>«New task» in the header of the customer's page.</summary>
internal sealed class NewTaskAction : IContactAction
{
    public IEnumerable<ContactAction> For(Guid contactId, string kind) => [new(30, "New task", $"/tasks/new?contact={contactId}", "square-check", TasksPermissions.Add)];
}
