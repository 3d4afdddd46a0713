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

    /// <summary>Whoever saves carries the job on himself, in the same transaction: nobody is to be woken for it.</summary>
    public bool CarriesOn { get; set; }

    /// <summary>The number of a new job, drawn before its save: the event that tells of the job carries it.</summary>
    public async Task<long> DrawJobNumberAsync(CancellationToken ct) => (await DrawNumbersAsync("routines.jobs_number", 1, ct))[0];

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var wakes = !CarriesOn && ChangeTracker.Entries<QueuedStimulus>().Any(e => e.State == EntityState.Added);
        var count = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        if (wakes && Database.CurrentTransaction is null) signal.Pulse();
        else if (wakes) signal.PulseSoon();
        return count;
    }
}
