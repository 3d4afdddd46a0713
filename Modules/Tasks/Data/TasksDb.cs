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
    /// different branches. Everybody else's tasks need the right, as far as its scope reaches.
    /// </summary>
    public IQueryable<WorkTask> Visible()
    {
        var user = Scope.User;
        if (user.IsSystem) return WorkTasks;
        var reach = user.Can(TasksPermissions.SeeAll) ? user.ReachOf(TasksRights.Tasks) : Reach.Nothing;
        var me = user.Id;
        var tasks = WorkTasks.IgnoreQueryFilters([Filters.Branch]);
        if (reach.ByPerson is not null)
        {
            Guid[] people = reach.People ?? [reach.OnePerson!.Value];
            var anywhere = reach.AnyBranch is not null;
            var wall = user.VisibleBranches;
            return tasks.Where(t =>
                ((anywhere || wall.Contains(t.BranchId)) && (t.Assignees.Any(a => people.Contains(a.UserId)) || (t.CreatedBy != null && people.Contains(t.CreatedBy.Value))))
                || t.CreatedBy == me
                || t.Assignees.Any(a => a.UserId == me)
                || t.Entries.Any(e => e.Kind == TaskEntryKind.Referred && e.ByUserId == me));
        }

        var everywhere = reach.All is not null;
        Guid[] branches = reach.ByBranch is null ? [] : user.VisibleBranches;
        return tasks.Where(t =>
            everywhere
            || branches.Contains(t.BranchId)
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
        if (!user.IsSystem && !task.IsOf(user.Id) && !MayChangeOthers(task)) throw new Forbidden(TasksPermissions.EditAll);
        return task;
    }

    /// <summary>Some tasks to change together. One that the user only looks on at is told by its title, so that a list can go on with the others.</summary>
    /// <exception cref="NotFound">None of them is there for this user.</exception>
    /// <exception cref="RuleBroken">One of them is not the user's to change.</exception>
    public async Task<List<WorkTask>> ToChangeAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var tasks = await Visible().Include(t => t.Assignees).Include(t => t.Waits).Where(t => ids.Contains(t.Id)).AsSplitQuery().ToListAsync(ct);
        if (tasks.Count == 0) throw new NotFound("task", ids.FirstOrDefault());
        var user = Scope.User;
        if (!user.IsSystem && tasks.Find(t => !t.IsOf(user.Id) && !MayChangeOthers(t)) is { } other) throw new RuleBroken("task.not-yours", "“{0}” is not yours to change.", other.Title);
        return tasks;
    }

    /// <summary>
    /// A task comes to its end, or goes on after one: its progress and its note follow from that, so they are no change of a closed field. What is said with it is one.
    /// </summary>
    /// <exception cref="InvalidInput">A note, where that is closed to the user.</exception>
    public void Ends(WorkTask task, string? note = null)
    {
        if (note is not null && !Scope.User.IsSystem && Scope.User.ReadOnly(TasksRights.Tasks, "endNote")) throw new InvalidInput("Note", "You do not have the right to change this field.");
        AsConsequence(task);
    }

    /// <summary>Whether the user's right to change tasks of others reaches this one.</summary>
    public bool MayChangeOthers(WorkTask task) => Scope.User.Can(TasksPermissions.EditAll) && Reaches(Scope.User.ReachOf(TasksRights.Tasks, Operation.Change), task);

    private static bool Reaches(Reach reach, WorkTask task) =>
        reach.All is not null || (reach.InWall(task.BranchId) && (reach.ByBranch is not null || (reach.ByPerson is not null && (reach.IsOne(task.CreatedBy) || task.AssigneeIds.Any(u => reach.IsOne(u))))));
}
