using Crm.Core;
using Crm.Tasks.Records;
using Crm.Web;

namespace Crm.Tasks.Features.TaskList;

[Requires(TasksPermissions.See)]
internal sealed class TaskListPage(RecordLists lists) : RecordListPage(lists)
{
    protected override string Record => TaskRecords.RecordKey;
}
