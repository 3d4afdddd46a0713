using Crm.Core;

namespace Crm.Contacts.Contracts;

/// <summary>A planned communication that waits for somebody.</summary>
/// <param name="Id">Id.</param>
/// <param name="ContactId">With whom.</param>
/// <param name="ContactName">Name of the contact.</param>
/// <param name="Kind">Kind of communication, in the language of the moment.</param>
/// <param name="Text">What it is about; may be empty.</param>
/// <param name="DueAt">When (UTC).</param>
/// <param name="CreatedAt">Planned since (UTC).</param>
/// <param name="JobId">The job it belongs to.</param>
/// <param name="Url">Page where it is done.</param>
public sealed record FollowUpCard(Guid Id, Guid ContactId, string ContactName, string Kind, string Text, DateTimeOffset DueAt, DateTimeOffset CreatedAt, Guid? JobId, string Url);

/// <summary>Open follow-ups of a user, for the worklist.</summary>
public interface IFollowUpDirectory
{
    /// <summary>What waits for the user, due first, at most <paramref name="take"/>.</summary>
    Task<IReadOnlyList<FollowUpCard>> WaitingAsync(Guid userId, int take, CancellationToken ct);

    /// <summary>How many wait, and how many of them are late; counting stops at 1,000.</summary>
    Task<(int Open, int Late)> CountAsync(Guid userId, DateTimeOffset now, CancellationToken ct);
}

/// <summary>A follow-up was planned, postponed, done or cancelled.</summary>
/// <param name="FollowUpId">The follow-up.</param>
/// <param name="ContactId">With whom.</param>
/// <param name="AssigneeId">Person in charge.</param>
/// <param name="DueAt">When (UTC).</param>
/// <param name="State">open, done or cancelled.</param>
[EventName("contacts.follow-up-changed")]
public sealed record FollowUpChanged(Guid FollowUpId, Guid ContactId, Guid AssigneeId, DateTimeOffset DueAt, string State) : IntegrationEvent;
