using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;

namespace Crm.Contacts.Features.CommunicationList;

[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class CommunicationListPage(RecordLists lists) : RecordListPage(lists)
{
    protected override string Record => CommunicationRecords.RecordKey;
}
