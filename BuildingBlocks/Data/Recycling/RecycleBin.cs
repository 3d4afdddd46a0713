using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Data;

/// <summary>All that one command removed.</summary>
/// <param name="Id">Of the deletion.</param>
/// <param name="At">When.</param>
/// <param name="By">Who; null for the system.</param>
/// <param name="Records">What went together, with its type.</param>
public sealed record Deletion(Guid Id, DateTimeOffset At, Guid? By, IReadOnlyList<(IRecyclable Kind, DeletedRecord Record)> Records);

/// <summary>The recycle bin over the types of all modules.</summary>
public sealed class RecycleBin(IEnumerable<IRecyclable> kinds, IEnumerable<IDependants> dependants, IServiceProvider services, ModuleScope scope, ICurrentUser me)
{
    private const int MostOfOne = 500;
    private const int MostDependants = 20;

    /// <summary>Types whose records the current user may find here.</summary>
    public IReadOnlyList<IRecyclable> Kinds { get; } = [.. kinds.OrderBy(k => k.Key, StringComparer.Ordinal)];

    /// <summary>Deletions, latest first; one more than asked for when there are more.</summary>
    /// <param name="wish">Which records; a deletion is shown whole however few of it are meant.</param>
    /// <param name="kind">Only of this type.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<Deletion>> ListAsync(DeletedWish wish, string? kind, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(wish);
        List<(IRecyclable Kind, DeletedRecord Record)> found = [];
        foreach (var k in Kinds.Where(k => kind is null || k.Key == kind))
            found.AddRange((await k.ListAsync(wish, ct)).Select(r => (k, r)));
        return [.. found.Where(f => f.Record.DeletedAt is not null).GroupBy(f => f.Record.DeletionId ?? f.Record.Id)
            .Select(g => new Deletion(g.Key, g.Max(f => f.Record.DeletedAt!.Value), g.First().Record.DeletedBy, [.. g]))
            .OrderByDescending(d => d.At).ThenBy(d => d.Id).Take(wish.Take)];
    }

    /// <summary>Brings back all that went in one deletion.</summary>
    /// <exception cref="NotFound">There is none, or not for this user.</exception>
    /// <exception cref="RuleBroken">Something it needs is in the bin itself, or another record has its place.</exception>
    [BypassesSave("The records are of other modules' contexts: each saves its own, in one transaction of its own.")]
    public async Task<Deletion> RestoreAsync(Guid deletionId, CancellationToken ct)
    {
        var deletion = await FindAsync(deletionId, ct);
        if (deletion.Records.Select(r => r.Record.Missing).FirstOrDefault(m => m is not null) is { } missing)
            throw new RuleBroken("bin.missing", "“{0}” is in the recycle bin itself. Restore it first.", missing);
        scope.Command = "Restore";
        foreach (var context in deletion.Records.Select(r => r.Kind.Context).Distinct())
        {
            foreach (var kind in deletion.Records.Select(r => r.Kind).Distinct().Where(k => k.Context == context)) await kind.RestoreAsync(deletionId, ct);
            var db = (ModuleDb)services.GetRequiredService(context);
            try
            {
                await db.SaveChangesAsync(ct);
            }
            catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation)
            {
                db.ChangeTracker.Clear();
                var field = db.Model.GetEntityTypes().SelectMany(t => t.GetIndexes()).FirstOrDefault(i => i.GetDatabaseName() == violation.ConstraintName)?.Properties[0].PropertyInfo;
                throw new RuleBroken("bin.taken", "It can't come back: another record has the same “{0}” by now. Change that one first.", field is null ? violation.ConstraintName : Texts.Get(AuditedTypes.Title(field)));
            }
        }

        return deletion;
    }

    /// <summary>The deletion that a record went in.</summary>
    /// <exception cref="NotFound">It is not in the bin, or not for this user.</exception>
    public async Task<Guid> DeletionOfAsync(Guid recordId, CancellationToken ct)
    {
        foreach (var kind in Kinds)
        {
            if (await kind.DeletionOfAsync(recordId, ct) is { } deletion) return deletion;
        }

        throw new NotFound("deleted record", recordId);
    }

    /// <summary>What keeps a deletion from being removed for good: what depends on its records and does not go with them.</summary>
    public async Task<IReadOnlyList<Dependant>> DependantsAsync(Deletion deletion, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        var going = deletion.Records.Select(r => r.Record.Id).ToHashSet();
        List<Dependant> found = [];
        foreach (var kind in deletion.Records.GroupBy(r => r.Kind.Key))
        {
            var ids = kind.Select(r => r.Record.Id).ToArray();
            foreach (var source in dependants) found.AddRange((await source.OfAsync(kind.Key, ids, MostDependants + going.Count, ct)).Where(d => !going.Contains(d.Id)));
        }

        return [.. found.Take(MostDependants)];
    }

    /// <summary>Removes a deletion for good: its records with their parts, files and entries.</summary>
    /// <returns>What depends on them; then nothing was removed.</returns>
    [BypassesSave("The records are of other modules' contexts, and are removed by the database, not hidden.")]
    public async Task<IReadOnlyList<Dependant>> PurgeAsync(Guid deletionId, CancellationToken ct)
    {
        var deletion = await FindAsync(deletionId, ct);
        foreach (var kind in deletion.Records.Select(r => r.Kind).Distinct())
        {
            if (!me.Can(kind.PurgePermission)) throw new Forbidden(kind.PurgePermission);
        }

        var kept = await DependantsAsync(deletion, ct);
        if (kept.Count > 0) return kept;
        scope.Command = "Purge";
        foreach (var context in deletion.Records.GroupBy(r => r.Kind.Context))
        {
            var db = (ModuleDb)services.GetRequiredService(context.Key);
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            // Parts first: what was deleted together may hang on one another.
            foreach (var kind in context.GroupBy(r => r.Kind).OrderBy(g => g.First().Record.Missing is null ? 1 : 0).ThenByDescending(g => g.Key.Key, StringComparer.Ordinal))
            {
                var ids = kind.Select(r => r.Record.Id).ToArray();
                await kind.Key.PurgeAsync(ids, ct);
                foreach (var (_, record) in kind) db.AuditPurge(kind.Key.Key, record.Id, record.Title);
                db.AddToOutbox(new RecordsPurged(kind.Key.Key, ids), null);
            }

            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        scope.Signal.Pulse();
        return [];
    }

    private async Task<Deletion> FindAsync(Guid deletionId, CancellationToken ct) =>
        (await ListAsync(new(MostOfOne, DeletionId: deletionId), null, ct)) is [var one, ..] ? one : throw new NotFound("deletion", deletionId);
}
