using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>A unit of the organisation chart.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="ParentId">The unit it belongs to; null at the top.</param>
public sealed record UnitCard(Guid Id, string Name, Guid? ParentId);

/// <summary>A post of the organisation chart.</summary>
/// <param name="Id">Id.</param>
/// <param name="Title">Title.</param>
/// <param name="UnitId">The unit it belongs to.</param>
/// <param name="Unit">Name of that unit.</param>
public sealed record PostCard(Guid Id, string Title, Guid UnitId, string Unit);

/// <summary>Somebody who does a work, for himself or as a deputy.</summary>
/// <param name="UserId">Who does it.</param>
/// <param name="ForId">Whom he stands in for while that one is away; null when the work is his own.</param>
public sealed record Hand(Guid UserId, Guid? ForId);

/// <summary>Somebody whom a user stands in for in one post only.</summary>
/// <param name="UserId">Who is away.</param>
/// <param name="PostId">The post.</param>
public sealed record PostStandIn(Guid UserId, Guid PostId);

/// <summary>Whose work a user does at a moment because they are away.</summary>
/// <param name="Users">Those whose whole work it is.</param>
/// <param name="Posts">Those whose work in one post it is.</param>
/// <param name="Roles">The roles of the first.</param>
public sealed record StandIn(IReadOnlyList<Guid> Users, IReadOnlyList<PostStandIn> Posts, IReadOnlyList<Guid> Roles)
{
    /// <summary>Nobody is away.</summary>
    public static readonly StandIn Nobody = new([], [], []);

    /// <summary>Of these people, who came by it through that post, the ones the user stands in for.</summary>
    public IEnumerable<Guid> Of(IEnumerable<Guid> users, Guid? postId) => users.Where(u => Users.Contains(u) || (postId is { } p && Posts.Contains(new PostStandIn(u, p))));
}

/// <summary>
/// The organisation chart at a moment: who holds a post, who leads, who stands in. Answers come from a cache of at most five seconds. Only active users are answered; an empty answer means that
/// nobody is there. Days are those of the company's zone.
/// </summary>
public interface IOrganisation
{
    /// <summary>All units, by name.</summary>
    Task<IReadOnlyList<UnitCard>> UnitsAsync(CancellationToken ct);

    /// <summary>All posts, by unit and title.</summary>
    Task<IReadOnlyList<PostCard>> PostsAsync(CancellationToken ct);

    /// <summary>Who holds a post at a moment, whether or not they are away.</summary>
    Task<IReadOnlyList<Guid>> HoldersAsync(Guid postId, DateTimeOffset at, CancellationToken ct);

    /// <summary>Who leads a unit: holders of its leading posts, else its head.</summary>
    Task<IReadOnlyList<Guid>> HeadsOfUnitAsync(Guid unitId, DateTimeOffset at, CancellationToken ct);

    /// <summary>Who leads the units that a person belongs to; the person himself where he leads.</summary>
    Task<IReadOnlyList<Guid>> HeadsOfAsync(Guid userId, DateTimeOffset at, CancellationToken ct);

    /// <summary>
    /// Whom a person answers to: the holder of the post that his post reports to (further up while that is vacant), else whoever leads his unit, else the unit above. Never the person himself.
    /// </summary>
    Task<IReadOnlyList<Guid>> SuperiorsOfAsync(Guid userId, DateTimeOffset at, CancellationToken ct);

    /// <summary>Whom the holder of a post answers to, also while it is vacant.</summary>
    Task<IReadOnlyList<Guid>> SuperiorsOfPostAsync(Guid postId, DateTimeOffset at, CancellationToken ct);

    /// <summary>The same people, each who is away replaced by his deputy. A deputy who is away himself is replaced by his own; where nobody is left the person stays.</summary>
    /// <param name="users">Whose work it is.</param>
    /// <param name="postId">The post through which it is theirs; a leave of one post means work of that post only.</param>
    /// <param name="at">The moment.</param>
    /// <param name="ct">Cancels.</param>
    Task<IReadOnlyList<Hand>> AfterDeputiesAsync(IReadOnlyCollection<Guid> users, Guid? postId, DateTimeOffset at, CancellationToken ct);

    /// <summary>Whose work a user does at a moment besides his own.</summary>
    Task<StandIn> StandInAsync(Guid userId, DateTimeOffset at, CancellationToken ct);
}

/// <summary>The chart, its holders, a leave, a role or a user changed: work that nobody could do may find its person now.</summary>
[EventName("platform.organisation-changed")]
public sealed record OrganisationChanged : IntegrationEvent;
