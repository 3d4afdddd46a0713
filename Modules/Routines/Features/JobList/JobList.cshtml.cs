using Crm.Core;
using Crm.Routines.Records;
using Crm.Web;

namespace Crm.Routines.Features.JobList;

[Requires(RoutinesPermissions.SeeJobs)]
internal sealed class JobListPage(RecordLists lists) : RecordListPage(lists)
{
    protected override string Record => JobRecords.RecordKey;
}
