using Crm.Core;

namespace Crm.Tasks;

internal sealed class TasksMenu : IMenuSource
{
    public IEnumerable<MenuItem> Items =>
    [
        new("Worklist", 1, "Worklist", "/worklist", "checklist", null, MenuPlace.Side, "KeyW"),
        new("Worklist", 2, "Tasks", "/tasks", "square-check", TasksPermissions.See, MenuPlace.Side, "KeyT"),
        new("Worklist", 30, "New task", "/tasks/new", "square-check", TasksPermissions.Add, MenuPlace.New, "KeyT"),
    ];
}
