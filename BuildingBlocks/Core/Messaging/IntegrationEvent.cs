namespace Crm.Core;

/// <summary>
/// A fact, told in the past tense by the module it happened in. Written to the outbox in the transaction of the change and
/// delivered to every <see cref="IReactTo{TEvent}"/> exactly once in its effect. Carries ids and values only: it must survive JSON.
/// </summary>
public abstract record IntegrationEvent;

/// <summary>The stable key of an event: what stands in the outbox, so a class can be renamed without losing what waits there.</summary>
/// <param name="name">module.past-tense, for example <c>contacts.contact-added</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    /// <summary>The stable key.</summary>
    public string Name { get; } = name;
}

/// <summary>What the outbox tells a reactor beside the event itself.</summary>
/// <param name="EventId">Id of the event; the inbox keeps it, so a repeat does nothing.</param>
/// <param name="OccurredAt">When the change was saved (UTC).</param>
/// <param name="BranchId">Branch of the record it happened to, where it has one.</param>
/// <param name="UserId">Who did it, where a user did.</param>
public sealed record EventInfo(Guid EventId, DateTimeOffset OccurredAt, Guid? BranchId, Guid? UserId);

/// <summary>On a reactor that reaches out of the database (open pages, other servers) and may have to wait there: its event is delivered in a transaction of its own, so that nothing else waits with it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReachesOutAttribute : Attribute;

/// <summary>
/// Reacts to another module's event, or to one of its own. Runs in the background in a transaction of its own module's database context;
/// whatever it changes there is saved together with the inbox row, so it takes effect once however often it is delivered.
/// Order is best effort: a reactor must not need it. Throwing means: try again later.
/// </summary>
public interface IReactTo<in TEvent> where TEvent : IntegrationEvent
{
    /// <summary>Takes the event in. Do not save: the pump does.</summary>
    Task ReactAsync(TEvent e, EventInfo info, CancellationToken ct);
}

/// <summary>Tells a fact that no entity raises; it goes to the outbox with the next save in this scope, in the same transaction.</summary>
public interface IEventSink
{
    /// <summary>Tells the fact.</summary>
    void Tell(IntegrationEvent e, Guid? branchId = null);
}
