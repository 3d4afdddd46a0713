using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;

namespace Crm.Contacts.Features.ContactList;

[Requires(ContactsPermissions.See)]
internal sealed class ContactListPage(RecordLists lists) : RecordListPage(lists)
{
    protected override string Record => ContactRecords.RecordKey;
}
