using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Routines.Data;
using Crm.Routines.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines.Deadlines;

/// <param name="From">What is due later than this is reckoned again.</param>
/// <param name="Cause">Why, as a translation key with {0} for the title.</param>
/// <param name="Title">What it is called.</param>
internal sealed record MoveDeadlinesArguments(DateTimeOffset From, string Cause, string Title);

/// <summary>How far it came.</summary>
internal sealed record MoveDeadlinesAt(bool Stages, Guid After, int Looked, int Moved);

/// <summary>Moves due moments after the working time changed, a batch at a time: the batch and how far it came are one transaction, so each stage moves once however often a host dies.</summary>
[BypassesSave("A batch and its checkpoint are one transaction.")]
internal sealed class MoveDeadlinesJob(RuntimeSignal signal, IWorkingTime workingTime, TimeProvider time) : IBackgroundJob
{
    public const string JobKey = "routines.move-deadlines";

    public string Key => JobKey;

    public string Title => "Deadlines by the new working time";

    public bool IsHeavy => false;

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        // The word that the calendar changed may not have come to this host yet.
        workingTime.Forget();
        var args = run.Args<MoveDeadlinesArguments>();
        var at = run.Checkpoint<MoveDeadlinesAt>() ?? new(true, Guid.Empty, 0, 0);
        while (true)
        {
            var next = await run.InScopeAsync(services => BatchAsync(run, services, args, at, ct));
            if (next is null) break;
            at = next;
            await run.ReportAsync(at.Looked);
        }

        run.Result("{0} deadlines moved", at.Moved);
        if (at.Moved > 0) signal.Pulse();
    }

    private async Task<MoveDeadlinesAt?> BatchAsync(BackgroundRun run, IServiceProvider services, MoveDeadlinesArguments args, MoveDeadlinesAt at, CancellationToken ct)
    {
        var db = services.GetRequiredService<RoutinesDb>();
        var mover = services.GetRequiredService<DeadlineMover>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var (last, looked, moved) = at.Stages ? await mover.StagesAsync(at.After, args.From, args.Cause, args.Title, now, ct) : await mover.WaitsAsync(at.After, args.From, args.Cause, args.Title, now, ct);
        if (last is null && !at.Stages) return null;
        var next = last is { } id ? at with { After = id, Looked = at.Looked + looked, Moved = at.Moved + moved } : at with { Stages = false, After = Guid.Empty };
        await db.SaveChangesAsync(ct);
        await run.SaveCheckpointAsync(next, db.Database.GetDbConnection(), transaction.GetDbTransaction(), ct);
        await transaction.CommitAsync(ct);
        return next;
    }
}
