using Crm.Core;

namespace Crm.Tasks;

/// <summary>
/// What roles can say about tasks. Who has to do a task, gave it or handed it on sees it whatever the roles say, so «own» is what everybody has; the scopes of these rights are about tasks of others.
/// </summary>
internal sealed class TasksRights : IRecordRightsSource
{
    public const string Tasks = "tasks";

    /// <summary>What roles close of tasks.</summary>
    public static RecordRights Of { get; } = new TasksRights().Records.First();

    public IEnumerable<RecordRights> Records { get; } =
    [
        new()
        {
            Key = Tasks, Title = "Tasks", Order = 20, Own = "The user has to do it, gave it or handed it on.", Offered = Scopes.Own | Scopes.Team | Scopes.Branch | Scopes.All,
            Permissions = new Dictionary<Operation, string> { [Operation.See] = TasksPermissions.SeeAll, [Operation.Add] = TasksPermissions.Add, [Operation.Change] = TasksPermissions.EditAll, [Operation.Export] = TasksPermissions.Export },
            // Whoever has tasks at all has these fields with them.
            Sees = TasksPermissions.See,
            Fields =
            [
                new("title", "Title", Hideable: false) { Begins = true }, new("dueAt", "Due", Hideable: false), new("assigneeIds", "Who does it", Hideable: false) { Properties = [], Part = nameof(Domain.TaskAssignee) },
                new("description", "Description"), new("priority", "Priority"), new("weight", "Weight"), new("percent", "Progress"), new("contactId", "Customer"), new("remindBefore", "Reminder"), new("endNote", "Note at the end"),
            ],
        },
    ];
}
