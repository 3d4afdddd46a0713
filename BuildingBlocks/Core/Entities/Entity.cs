namespace Crm.Core;

/// <summary>A record with an id of its own (uuid v7, made in the constructor, so nothing needs an early save) and the events it raised.</summary>
public abstract class Entity
{
    private List<IntegrationEvent>? _events;

    /// <summary>Id, in order of creation.</summary>
    public Guid Id { get; protected init; } = Guid.CreateVersion7();

    /// <summary>Events not yet written to the outbox.</summary>
    public IReadOnlyList<IntegrationEvent> PendingEvents => _events ?? (IReadOnlyList<IntegrationEvent>)[];

    /// <summary>Tells a fact; it is written to the outbox with the next save.</summary>
    protected void Raise(IntegrationEvent e) => (_events ??= []).Add(e);

    /// <summary>Forgets the events once they are in the outbox.</summary>
    public void ClearEvents() => _events = null;
}

/// <summary>The record belongs to a branch; who does not see the branch does not see the record.</summary>
public interface IBranchScoped
{
    /// <summary>The branch; filled from the current user when empty on adding.</summary>
    Guid BranchId { get; }
}

/// <summary>Deleting hides the record; it can be brought back until it is purged.</summary>
public interface ISoftDeletable
{
    /// <summary>When it was deleted, or null.</summary>
    DateTimeOffset? DeletedAt { get; }

    /// <summary>Who deleted it.</summary>
    Guid? DeletedBy { get; }

    /// <summary>Shared by everything that one command removed, so that restoring brings back the whole.</summary>
    Guid? DeletionId { get; }
}

/// <summary>Remembers who made and last changed it; filled on saving.</summary>
public interface IStamped
{
    /// <summary>When it was made (UTC).</summary>
    DateTimeOffset CreatedAt { get; }

    /// <summary>Who made it; null for the system.</summary>
    Guid? CreatedBy { get; }

    /// <summary>When it was last changed (UTC).</summary>
    DateTimeOffset UpdatedAt { get; }

    /// <summary>Who changed it last.</summary>
    Guid? UpdatedBy { get; }
}

/// <summary>Optimistic locking by PostgreSQL's xmin.</summary>
public interface IVersioned
{
    /// <summary>Version token; goes to the edit form and comes back.</summary>
    uint Version { get; }
}

/// <summary>Has a number that people say on the phone; drawn from a sequence on adding.</summary>
public interface INumbered
{
    /// <summary>The number, 1 and up; gaps are possible.</summary>
    long Number { get; }
}

/// <summary>Found by the global search: its entry is written in the same save.</summary>
public interface ISearchable
{
    /// <summary>The entry, or null when it should not be found.</summary>
    SearchEntry? ToSearchEntry();

    /// <summary>The properties of the record that its entry is made of, so that a change of others leaves the entry alone; null when more goes into it, and it is made anew at each save.</summary>
    IReadOnlyCollection<string>? SearchedBy => null;
}

/// <summary>What the global search knows of a record.</summary>
/// <param name="Type">Kind of record: a translation key, for example <c>Person</c>.</param>
/// <param name="Title">First line.</param>
/// <param name="Subtitle">Second line; may be empty.</param>
/// <param name="Text">Everything it is found by; folded before it is stored.</param>
/// <param name="Url">Path of its page.</param>
/// <param name="Permission">Who may find it.</param>
public sealed record SearchEntry(string Type, string Title, string Subtitle, string Text, string Url, string Permission);

/// <summary>The value never reaches the audit, a log or an export.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>A fact about a person that only those with a right of its own may read; the history shows others that it changed, not what it says.</summary>
/// <param name="permission">The right.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SensitiveAttribute(string permission) : Attribute
{
    /// <summary>The right.</summary>
    public string Permission { get; } = permission;
}

/// <summary>Changes of this property or entity are not audited: it is bookkeeping, not business.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
public sealed class NotAuditedAttribute : Attribute;

/// <summary>Stands in the audit, but is not shown to people: a key, a sum of a file, an address of a list that only programs read.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotToldAttribute : Attribute;

/// <summary>A part of another record: its changes stand in that record's history.</summary>
public interface IPartOf
{
    /// <summary>Id of the whole.</summary>
    Guid RootId { get; }
}
