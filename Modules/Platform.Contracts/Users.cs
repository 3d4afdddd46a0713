namespace Crm.Platform.Contracts;

/// <summary>What other modules show of a user.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name as shown.</param>
/// <param name="UserName">Sign-in name.</param>
/// <param name="Active">False once deactivated.</param>
public sealed record UserCard(Guid Id, string Name, string UserName, bool Active);

/// <summary>What other modules show of a role.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name, as administrators gave it.</param>
public sealed record RoleCard(Guid Id, string Name);

/// <summary>Looks up users and roles, in batches. Answers come from a cache of at most five seconds.</summary>
public interface IUserDirectory
{
    /// <summary>Cards by id; unknown ids are left out.</summary>
    Task<IReadOnlyDictionary<Guid, UserCard>> CardsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>All active users, by name.</summary>
    Task<IReadOnlyList<UserCard>> ActiveAsync(CancellationToken ct);

    /// <summary>All roles, by name.</summary>
    Task<IReadOnlyList<RoleCard>> RolesAsync(CancellationToken ct);

    /// <summary>Active users who hold a role.</summary>
    Task<IReadOnlyList<UserCard>> InRoleAsync(Guid roleId, CancellationToken ct);

    /// <summary>Active users who hold a permission (administrators included).</summary>
    Task<IReadOnlyList<UserCard>> WithPermissionAsync(string permission, CancellationToken ct);
}
