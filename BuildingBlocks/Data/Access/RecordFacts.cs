using Crm.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Data;

/// <summary>What the rights ask of one record.</summary>
/// <param name="Key">Key of its kind.</param>
/// <param name="Id">Its id.</param>
/// <param name="BranchId">Its branch; null where it has none.</param>
/// <param name="Owners">Who is in charge.</param>
/// <param name="ProvinceId">Its province.</param>
/// <param name="Deleted">Whether it is in the recycle bin.</param>
/// <param name="Parent">What it hangs on.</param>
public sealed record RecordFact(string Key, Guid Id, Guid? BranchId, IReadOnlyList<Guid> Owners, int? ProvinceId, bool Deleted, RecordFact? Parent);

/// <summary>Tells of any record what the rights ask of it, and whether a user reaches it; for administrators who explain a decision.</summary>
public sealed class RecordFacts(RecordTypes types, ModuleDbs dbs, IServiceProvider services, IServiceScopeFactory scopes)
{
    /// <summary>The facts, or null when there is no such record or kind.</summary>
    public async Task<RecordFact?> FindAsync(string key, Guid id, CancellationToken ct)
    {
        if (types.EntityOf(key) is not { } type || RecordScope.Of(type) is not { } record || await dbs.Of(type, services).PeekAsync(type, id, ct) is not { } entity) return null;
        object? Of(string? property) => property is null ? null : type.GetProperty(property)!.GetValue(entity);
        var parent = record.Parent is { } above && Of(record.ParentId) is Guid parentId ? await FindAsync(RecordScope.Of(above)!.Key, parentId, ct) : null;
        var people = await dbs.Of(type, services).PeopleOfAsync(record, id, ct);
        return new(key, id, (entity as IBranchScoped)?.BranchId, [.. record.Owners.Select(Of).OfType<Guid>().Concat(people.Select(p => p.PersonId).OfType<Guid>()).Distinct()], (int?)Of(record.Province) ?? people.Select(p => p.ProvinceId).FirstOrDefault(p => p is not null), entity is ISoftDeletable { DeletedAt: not null }, parent);
    }

    /// <summary>Whether a user reaches the record with an operation, by the policy itself.</summary>
    public async Task<bool> ReachesAsync(UserAccess user, string key, Guid id, Operation operation, CancellationToken ct)
    {
        var type = types.EntityOf(key) ?? throw new InvalidOperationException($"{key} has no entity.");
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().Become(user, "why");
        return await dbs.Of(type, scope.ServiceProvider).ReachesAsync(type, id, operation, ct);
    }
}
