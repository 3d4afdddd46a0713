using Crm.Core;
using Crm.Data;
using Crm.Tasks.Domain;
using Microsoft.EntityFrameworkCore;

namespace Crm.Tasks.Data;

internal sealed class TasksDb(DbContextOptions<TasksDb> options, ModuleScope scope) : ModuleDb(options, scope, Schema)
{
    public const string Schema = "tasks";

    public DbSet<WorkTask> WorkTasks => Set<WorkTask>();

    public DbSet<TaskAssignee> Assignees => Set<TaskAssignee>();

    public DbSet<TaskEntry> Entries => Set<TaskEntry>();

    /// <summary>
    /// What the user may see. Who has to do a task, gave it or handed it on sees it whatever its branch: work must not vanish because two colleagues sit in
    /// different branches. Everybody else's tasks need the right, and stay within the visible branches.
    /// </summary>
    public IQueryable<WorkTask> Visible()
    {
        var user = Scope.User;
        if (user.IsSystem) return WorkTasks;
        var all = user.Can(TasksPermissions.SeeAll);
        var everywhere = user.SeesAllBranches;
        var branches = user.VisibleBranches;
        var me = user.Id;
        return WorkTasks.IgnoreQueryFilters([Filters.Branch]).Where(t =>
            (all && (everywhere || branches.Contains(t.BranchId)))
            || t.CreatedBy == me
            || t.Assignees.Any(a => a.UserId == me)
            || t.Entries.Any(e => e.Kind == TaskEntryKind.Referred && e.ByUserId == me));
    }

    /// <summary>A task to change, with those who do it and those who wait for it.</summary>
    /// <exception cref="NotFound">There is none, or not for this user.</exception>
    /// <exception cref="Forbidden">The user sees it but only looks on.</exception>
    public async Task<WorkTask> ToChangeAsync(Guid id, CancellationToken ct)
    {
        var task = await Visible().Include(t => t.Assignees).Include(t => t.Waits).FirstOrDefaultAsync(t => t.Id == id, ct) ?? throw new NotFound("task", id);
        var user = Scope.User;
        if (!user.IsSystem && !user.Can(TasksPermissions.EditAll) && !task.IsOf(user.Id)) throw new Forbidden(TasksPermissions.EditAll);
        return task;
    }
}
