using Crm.Core;

namespace Crm.Tasks;

internal sealed class TasksPermissions : IPermissionSource
{
    /// <summary>Have tasks: see and do one's own.</summary>
    public const string See = "tasks.see";

    public const string Add = "tasks.add";

    public const string SeeAll = "tasks.see-all";

    public const string EditAll = "tasks.edit-all";

    public const string Export = "tasks.export";

    public const string Purge = "tasks.purge";

    public IEnumerable<Permission> Permissions =>
    [
        new(See, "Have tasks and do them"),
        new(Add, "Give tasks to oneself and others"),
        new(SeeAll, "See everybody's tasks"),
        new(EditAll, "Change everybody's tasks"),
        new(Export, "Export tasks"),
        new(Purge, "Remove tasks for good"),
    ];
}
