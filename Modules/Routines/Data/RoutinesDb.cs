using Crm.Data;
using Crm.Routines.Domain;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Data;

internal sealed class RoutinesDb(DbContextOptions<RoutinesDb> options, ModuleScope scope, RuntimeSignal signal) : ModuleDb(options, scope, "routines")
{
    public DbSet<Job> Jobs => Set<Job>();

    public DbSet<StageItem> Stages => Set<StageItem>();

    public DbSet<Form> Forms => Set<Form>();

    public DbSet<FilledForm> FilledForms => Set<FilledForm>();

    public DbSet<JobIncident> Incidents => Set<JobIncident>();

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var wakes = ChangeTracker.Entries<QueuedStimulus>().Any(e => e.State == EntityState.Added);
        var count = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        if (wakes && Database.CurrentTransaction is null) signal.Pulse();
        else if (wakes) signal.PulseSoon();
        return count;
    }
}
