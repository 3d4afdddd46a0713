namespace Crm.Core;

/// <summary>A record in the recycle bin.</summary>
public sealed record DeletedRecord
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>As people know it.</summary>
    public required string Title { get; init; }

    /// <summary>When it was deleted.</summary>
    public required DateTimeOffset? DeletedAt { get; init; }

    /// <summary>By whom; null for the system.</summary>
    public required Guid? DeletedBy { get; init; }

    /// <summary>Shared by all that one command removed.</summary>
    public required Guid? DeletionId { get; init; }

    /// <summary>The record without which this one can't come back; null for none.</summary>
    public string? Missing { get; init; }
}

/// <summary>One type of record in the recycle bin. Implemented by deriving from <c>Recyclable</c> in Crm.Data.</summary>
[Contribution]
public interface IRecyclable
{
    /// <summary>Stable key, the API's name of the things: <c>contacts</c>.</summary>
    string Key { get; }

    /// <summary>What they are called together (translation key).</summary>
    string Title { get; }

    /// <summary>What one of them is called (translation key).</summary>
    string One { get; }

    /// <summary>Whose deleted records of others one sees and brings back with this right; one's own always.</summary>
    string Permission { get; }

    /// <summary>Who removes them for good.</summary>
    string PurgePermission { get; }

    /// <summary>The context they live in: a deletion never spans two.</summary>
    Type Context { get; }

    /// <summary>What the current user may bring back, latest deletion first.</summary>
    /// <param name="wish">Which.</param>
    /// <param name="ct">Cancels.</param>
    Task<IReadOnlyList<DeletedRecord>> ListAsync(DeletedWish wish, CancellationToken ct);

    /// <summary>Marks all of a deletion as there again; whoever calls it saves the context.</summary>
    Task<int> RestoreAsync(Guid deletionId, CancellationToken ct);

    /// <summary>Deletes records of the bin for good, in the transaction of the caller.</summary>
    Task<int> PurgeAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>The deletion that a record went in; null when it is not in the bin, or not for this user.</summary>
    Task<Guid?> DeletionOfAsync(Guid recordId, CancellationToken ct);
}

/// <summary>Which deleted records are asked for.</summary>
/// <param name="Take">At most.</param>
/// <param name="Before">Deleted before this moment.</param>
/// <param name="Text">A part of the title.</param>
/// <param name="DeletionId">Of this deletion only.</param>
/// <param name="By">Deleted by this user.</param>
public sealed record DeletedWish(int Take, DateTimeOffset? Before = null, string? Text = null, Guid? DeletionId = null, Guid? By = null);

/// <summary>A record that depends on another one.</summary>
/// <param name="On">The record it depends on.</param>
/// <param name="Id">Its own id.</param>
/// <param name="What">Kind (translation key).</param>
/// <param name="Title">As people know it.</param>
/// <param name="Url">Where it is; null when it is in the bin itself.</param>
/// <param name="Permission">Who may be told its name.</param>
public sealed record Dependant(Guid On, Guid Id, string What, string Title, string? Url, string Permission);

/// <summary>Each module says what of its own depends on records of any type: then these are not removed for good.</summary>
[Contribution]
public interface IDependants
{
    /// <summary>What depends on the records, also over the user's branches and also what is in the bin; at most <paramref name="take"/>.</summary>
    /// <param name="kind">Key of the type: <c>contacts</c>.</param>
    /// <param name="ids">The records.</param>
    /// <param name="take">At most.</param>
    /// <param name="ct">Cancels.</param>
    Task<IReadOnlyList<Dependant>> OfAsync(string kind, IReadOnlyCollection<Guid> ids, int take, CancellationToken ct);
}

/// <summary>Records were removed for good: whoever kept something for them (files, links, entries) lets it go.</summary>
/// <param name="Kind">Key of the type: <c>contacts</c>.</param>
/// <param name="Ids">The records.</param>
[EventName("records-purged")]
public sealed record RecordsPurged(string Kind, Guid[] Ids) : IntegrationEvent;
