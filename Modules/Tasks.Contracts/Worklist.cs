using Crm.Core;

namespace Crm.Tasks.Contracts;

/// <summary>Something that waits for a user: a task, a stage of a routine, a follow-up …</summary>
/// <param name="Id">Id of the record.</param>
/// <param name="Source">Key of the source: tasks, stages, follow-ups …</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Detail">Second line: routine, customer …</param>
/// <param name="ContactId">The customer, if any.</param>
/// <param name="DueAt">When it is due (UTC); null for some day.</param>
/// <param name="Since">Waits since (UTC).</param>
/// <param name="Url">Page where it is done.</param>
/// <param name="Icon">Tabler icon.</param>
public sealed record WorklistItem(Guid Id, string Source, string Title, string Detail, Guid? ContactId, DateTimeOffset? DueAt, DateTimeOffset Since, string Url, string Icon)
{
    /// <summary>What most often ends it, offered in the list itself; null where its page is needed.</summary>
    public WorklistQuick? Quick { get; init; }
}

/// <summary>One press in the worklist.</summary>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Url">Where it leads, or where the form is sent (with <c>ReturnUrl</c>).</param>
/// <param name="Sends">It does something at once: a form is sent, not a page opened.</param>
public sealed record WorklistQuick(string Title, string Icon, string Url, bool Sends = false);

/// <summary>Contributes to the worklist.</summary>
[Contribution]
public interface IWorklistSource
{
    /// <summary>Stable key.</summary>
    string Key { get; }

    /// <summary>English title of the group (translation key).</summary>
    string Title { get; }

    /// <summary>What waits for the user, most urgent first (due first, then oldest), at most <paramref name="take"/>.</summary>
    Task<IReadOnlyList<WorklistItem>> LoadAsync(UserAccess user, int take, CancellationToken ct);

    /// <summary>How many wait, and how many of them are late; counting stops at 1,000.</summary>
    Task<(int Open, int Late)> CountAsync(UserAccess user, DateTimeOffset now, CancellationToken ct);
}

/// <summary>A task was opened.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="AssigneeIds">Who has to do it; whoever does it has done it for all.</param>
/// <param name="ContactId">The customer.</param>
/// <param name="JobId">The job it belongs to.</param>
[EventName("tasks.task-opened")]
public sealed record TaskOpened(Guid TaskId, IReadOnlyList<Guid> AssigneeIds, Guid? ContactId, Guid? JobId) : IntegrationEvent;

/// <summary>A task came to its end.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Outcome">Done or Cancelled.</param>
/// <param name="ByUserId">Who ended it.</param>
/// <param name="ContactId">The customer.</param>
/// <param name="JobId">The job it belongs to.</param>
[EventName("tasks.task-ended")]
public sealed record TaskEnded(Guid TaskId, string Outcome, Guid? ByUserId, Guid? ContactId, Guid? JobId) : IntegrationEvent;

/// <summary>
/// Something came into the worklist of these users or left it. Any module may tell it (<see cref="IEventSink"/>) in the transaction of the change; Tasks tells their open pages.
/// </summary>
/// <param name="UserIds">Whose worklist it is.</param>
[EventName("tasks.worklist-changed")]
public sealed record WorklistChanged(IReadOnlyList<Guid> UserIds) : IntegrationEvent;
