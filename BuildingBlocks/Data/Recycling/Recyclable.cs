using System.Linq.Expressions;
using Crm.Core;
using Microsoft.EntityFrameworkCore;

namespace Crm.Data;

/// <summary>A type of record that can be brought back from the recycle bin: what a module says of it is its name and its rights.</summary>
public abstract class Recyclable<T>(ModuleDb db, ICurrentUser me) : IRecyclable where T : Entity, ISoftDeletable
{
    /// <inheritdoc/>
    public abstract string Key { get; }

    /// <inheritdoc/>
    public abstract string Title { get; }

    /// <inheritdoc/>
    public abstract string One { get; }

    /// <inheritdoc/>
    public abstract string Permission { get; }

    /// <inheritdoc/>
    public abstract string PurgePermission { get; }

    /// <inheritdoc/>
    public Type Context => db.GetType();

    /// <summary>How the records are shown. <see cref="DeletedRecord.Missing"/> names a record without which they can't come back.</summary>
    protected abstract IQueryable<DeletedRecord> Show(IQueryable<T> deleted);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DeletedRecord>> ListAsync(DeletedWish wish, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var rows = Show(Mine());
        if (wish.DeletionId is { } deletion) rows = rows.Where(r => r.DeletionId == deletion);
        if (wish.Before is { } before) rows = rows.Where(r => r.DeletedAt < before);
        if (wish.By is { } by) rows = rows.Where(r => r.DeletedBy == by);
        if (!string.IsNullOrWhiteSpace(wish.Text)) rows = rows.Where(r => EF.Functions.ILike(r.Title, LikePattern.Anywhere(wish.Text), "\\"));
        return await rows.OrderByDescending(r => r.DeletedAt).ThenBy(r => r.Id).Take(wish.Take).ToListAsync(ct);
    }

    /// <inheritdoc/>
    public async Task<int> RestoreAsync(Guid deletionId, CancellationToken ct)
    {
        var rows = await Mine().Where(OfDeletion(deletionId)).ToListAsync(ct);
        foreach (var row in rows)
        {
            var entry = db.Entry(row);
            foreach (var name in (string[])[nameof(ISoftDeletable.DeletedAt), nameof(ISoftDeletable.DeletedBy), nameof(ISoftDeletable.DeletionId)])
            {
                entry.Property(name).CurrentValue = null;
                entry.Property(name).IsModified = true;
            }
        }

        return rows.Count;
    }

    /// <inheritdoc/>
    [BypassesSave("What is removed for good is removed by the database with all its parts; the save would only hide it again.")]
    public async Task<int> PurgeAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        if (!await db.MayPurgeAsync<T>(all, ct)) throw new Forbidden(PurgePermission);
        return await Deleted().Where(e => all.Contains(e.Id)).ExecuteDeleteAsync(ct);
    }

    /// <inheritdoc/>
    public Task<Guid?> DeletionOfAsync(Guid recordId, CancellationToken ct) => Show(Mine().Where(e => e.Id == recordId)).Select(r => r.DeletionId).FirstOrDefaultAsync(ct);

    // The filter of the branches stays.
    private IQueryable<T> Deleted() => db.Set<T>().IgnoreQueryFilters([Filters.SoftDelete]).Where(IsDeleted());

    private IQueryable<T> Mine()
    {
        if (me.Can(Permission)) return Deleted();
        var id = me.Id;
        return id is null ? Deleted().Where(_ => false) : Deleted().Where(By(id));
    }

    private static Expression<Func<T, bool>> IsDeleted() => e => e.DeletedAt != null;

    private static Expression<Func<T, bool>> By(Guid? user) => e => e.DeletedBy == user;

    private static Expression<Func<T, bool>> OfDeletion(Guid? deletion) => e => e.DeletionId == deletion;
}
