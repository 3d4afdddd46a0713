using Crm.Contacts.Records;
using Crm.Core;
using Crm.Web;

namespace Crm.Contacts.Features.FollowUps;

[Requires(ContactsPermissions.SeeCommunications)]
internal sealed class FollowUpListPage(RecordLists lists) : RecordListPage(lists)
{
    protected override string Record => FollowUpRecords.RecordKey;
}
