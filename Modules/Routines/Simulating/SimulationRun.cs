using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using Crm.Routines.Domain;
using Crm.Routines.DryRuns;
using Crm.Routines.Runtime;
using Crm.Web;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Simulating;

internal sealed record SimulationArguments(Guid SimulationId);

/// <summary>Simulates. Nothing of it is kept but the report, so a run that breaks off begins anew and comes to the same.</summary>
internal sealed class SimulationRun : IBackgroundJob
{
    public const string JobKey = "routines.simulate";
    private const int Batch = 50;
    private const int MostCandidates = 20_000;

    public string Key => JobKey;

    public string Title => "Simulation of a routine";

    public string? Permission => RoutinesPermissions.Design;

    [BypassesSave("The report is one text in one row, written at the end of a long run.")]
    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var id = run.Args<SimulationArguments>().SimulationId;
        // One world for all: who is where, and what was recorded, is read once.
        await run.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<RoutinesDb>();
            var simulation = await db.Set<Simulation>().AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, ct) ?? throw new NotFound("simulation", id);
            var settings = simulation.Settings;
            var worlds = services.GetRequiredService<DryWorlds>();
            var drawing = await worlds.VersionAsync(simulation.VersionId, ct);
            var world = await worlds.OfAsync(drawing, ct);
            var options = services.GetRequiredService<RuntimeOptions>();
            var history = settings.History ? await StageHistory.LoadAsync(db, services.GetRequiredService<IWorkingTime>(), simulation.RoutineId, ct) : new StageHistory();
            var simulator = new Simulator(world, settings, history, options.Zone);
            var cases = await CasesAsync(services, db, simulation, settings, options.Zone, ct);
            for (var place = 0; place < cases.Count; place++)
            {
                var (contact, start, starter) = cases[place];
                if (await worlds.CaseAsync(drawing, Keys.Of(contact, $"simulation:{settings.Seed}:{place}"), contact, starter, ct) is { } of) await simulator.RunAsync(of with { Starter = starter ?? of.Expert }, start, place, ct);
                else simulator.Missing();
                if (place % Batch == Batch - 1) await run.ReportAsync(place + 1, cases.Count);
            }

            var report = simulator.Report();
            var text = report.Write();
            await db.Database.ExecuteSqlAsync($"update routines.simulations set report = {text} where id = {id}", ct);
            run.Result("{0} jobs simulated: {1} came to their end, {2} are stuck.", report.Jobs, report.Finished + report.Ended, report.StuckJobs);
            return 0;
        });
        run.ResultUrl($"/routines/simulations/{id}");
    }

    /// <summary>Customers and the moments at which their jobs begin, in an order that hangs on nothing but the data and the seed.</summary>
    private static async Task<IReadOnlyList<(Guid Contact, DateTimeOffset Start, Guid? Starter)>> CasesAsync(IServiceProvider services, RoutinesDb db, Simulation simulation, SimulationSettings settings, TimeZoneInfo zone, CancellationToken ct)
    {
        var from = new DateTimeOffset(settings.From.ToDateTime(TimeOnly.MinValue), zone.GetUtcOffset(settings.From.ToDateTime(TimeOnly.MinValue))).ToUniversalTime();
        var to = new DateTimeOffset(settings.To.AddDays(1).ToDateTime(TimeOnly.MinValue), zone.GetUtcOffset(settings.To.AddDays(1).ToDateTime(TimeOnly.MinValue))).ToUniversalTime();
        var dice = Dice.Of(settings.Seed, "customers");
        List<(Guid Contact, DateTimeOffset? Start, Guid? Starter)> found;
        if (settings.Customers == SimulationCustomers.All)
        {
            var lists = services.GetRequiredService<RecordLists>();
            var type = lists.Type("contacts");
            var query = new RecordQuery { Filter = settings.TypeId is { } kind ? new(new FilterGroup(false, new List<FilterItem>().Is("type", kind))) : null };
            found = [.. (await lists.Reader.IdsAsync(type, query, null, MostCandidates, ct)).Select(c => (c, (DateTimeOffset?)null, (Guid?)null))];
        }
        else
        {
            var jobs = db.Jobs.AsNoTracking().Where(j => j.ContactId != null && j.StartedAt >= from && j.StartedAt < to);
            if (settings.Customers == SimulationCustomers.OfThisRoutine) jobs = jobs.Where(j => j.RoutineId == simulation.RoutineId);
            var rows = await jobs.OrderBy(j => j.StartedAt).ThenBy(j => j.Id).Take(MostCandidates).Select(j => new { Contact = j.ContactId!.Value, j.StartedAt, j.StartedBy, j.AgentIds }).ToListAsync(ct);
            // Who carried the real one out would carry this one out.
            found = [.. rows.Select(r => (r.Contact, (DateTimeOffset?)r.StartedAt, r.AgentIds.Length > 0 ? r.AgentIds[0] : r.StartedBy))];
        }

        // A fair part of them, shuffled by the seed alone.
        for (var i = found.Count - 1; i > 0; i--)
        {
            var other = dice.Below(i + 1);
            (found[i], found[other]) = (found[other], found[i]);
        }

        var seconds = Math.Max(1, (long)(to - from).TotalSeconds);
        return [.. found.Take(settings.Count).Select(f => (f.Contact, f.Start ?? from.AddSeconds(dice.Below(seconds)), f.Starter)).OrderBy(f => f.Item2).ThenBy(f => f.Contact)];
    }
}
