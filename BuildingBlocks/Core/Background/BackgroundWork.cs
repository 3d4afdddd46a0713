using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>
/// A kind of long work that somebody starts and does not wait for: an import, a bulk change, an export. Found by the scan; started with <see cref="IBackgroundWork"/>. It runs as the user who
/// started it, with the rights he has at that moment, on whichever host is free, and goes on from its last checkpoint on another when that host dies: whatever it does after a checkpoint may be done twice.
/// </summary>
[Contribution]
public interface IBackgroundJob
{
    /// <summary>Stable key: module.verb-things, for example <c>contacts.import</c>.</summary>
    string Key { get; }

    /// <summary>What people call it: an English sentence (translation key), for example <c>Import of contacts</c>.</summary>
    string Title { get; }

    /// <summary>Who may do it; asked again all the time it runs. Null for everybody who is signed in.</summary>
    string? Permission => null;

    /// <summary>A host does one heavy work at a time, so that pages stay quick; light ones (seconds) do not wait behind it.</summary>
    bool IsHeavy => true;

    /// <summary>
    /// True when the job looks at <see cref="BackgroundRun.IsCancelRequested"/> itself and ends in its own way. Otherwise a cancelled run is stopped at its next
    /// <see cref="BackgroundRun.ReportAsync"/>.
    /// </summary>
    bool EndsItself => false;

    /// <summary>
    /// Does it. A <see cref="CrmException"/> is the end, told to the user as it is; any other is tried again from the last checkpoint, three times without progress, then given up.
    /// A database that is away for a moment does not count. <paramref name="ct"/> is cancelled when the host stops, another host has taken over, or the user lost the right.
    /// </summary>
    Task RunAsync(BackgroundRun run, CancellationToken ct);
}

/// <summary>Starts long work and tells how it stands.</summary>
public interface IBackgroundWork
{
    /// <summary>
    /// Starts work as the current user. The row is written with the save of the command that calls, in its transaction: nothing runs whose command failed, and nothing is lost that was saved.
    /// So it is called in the handler of a command.
    /// </summary>
    /// <param name="key">Key of an <see cref="IBackgroundJob"/>.</param>
    /// <param name="args">What it needs, as JSON. Null for nothing.</param>
    /// <param name="about">What it is about, in the user's words, beside the title of the job: the name of a file or a list. Null for nothing.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Id of the run; <c>/work</c> shows it, <c>/api/v1/work/{id}</c> too.</returns>
    /// <exception cref="RuleBroken">The user has too much waiting already.</exception>
    /// <exception cref="Forbidden">The user may not do this.</exception>
    Task<Guid> StartAsync(string key, object? args = null, string? about = null, CancellationToken ct = default);

    /// <summary>How a run stands; null when there is none or it is somebody else's.</summary>
    Task<BackgroundState?> FindAsync(Guid id, CancellationToken ct = default);

    /// <summary>Runs of the current user that are of this kind, newest first.</summary>
    Task<IReadOnlyList<BackgroundState>> OfAsync(string key, int take, CancellationToken ct = default);
}

/// <summary>State of a run.</summary>
public enum BackgroundStage
{
    /// <summary>Nobody has it in hand.</summary>
    Waiting,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Done,

    /// <summary>Given up; the reason is told.</summary>
    Failed,

    /// <summary>Ended by the user, or because he lost the right.</summary>
    Cancelled,
}

/// <summary>How a run stands.</summary>
/// <param name="Id">Id.</param>
/// <param name="Key">Kind of work.</param>
/// <param name="Title">What people call it, in the language of the moment.</param>
/// <param name="About">What it is about.</param>
/// <param name="Stage">State.</param>
/// <param name="Done">How much is done.</param>
/// <param name="Total">Of how much; null while nobody knows.</param>
/// <param name="Result">What came of it, in the language of the moment.</param>
/// <param name="Problem">Why it did not end well, in the language of the moment.</param>
/// <param name="Url">Where its result is looked at.</param>
/// <param name="FileId">The result file, at <c>/files/{id}</c>.</param>
/// <param name="FileName">Its name.</param>
/// <param name="CancelRequested">Whether the user asked for its end.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
public sealed record BackgroundState(
    Guid Id, string Key, string Title, string? About, BackgroundStage Stage, long Done, long? Total, string? Result, string? Problem, string? Url, Guid? FileId, string? FileName, bool CancelRequested,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt)
{
    /// <summary>Whether nothing more will come.</summary>
    public bool IsOver => Stage is BackgroundStage.Done or BackgroundStage.Failed or BackgroundStage.Cancelled;

    /// <summary>Hundredths of the whole that are done; null while nobody knows.</summary>
    public int? Percent => Total is > 0 and var total ? (int)Math.Min(100, Done * 100 / total) : null;
}

/// <summary>One run of a job, as the job sees it.</summary>
public abstract class BackgroundRun
{
    /// <summary>Id of the run, the same when it is taken up again.</summary>
    public abstract Guid Id { get; }

    /// <summary>Who started it; the system where it was no person.</summary>
    public abstract ICurrentUser User { get; }

    /// <summary>When it was asked for: a job that says «until now» means this moment, also when it is taken up later.</summary>
    public abstract DateTimeOffset CreatedAt { get; }

    /// <summary>Whether the user asked for its end.</summary>
    public abstract bool IsCancelRequested { get; }

    /// <summary>What it was started with.</summary>
    public abstract T Args<T>();

    /// <summary>The last saved checkpoint; null at the first begin.</summary>
    public abstract T? Checkpoint<T>() where T : class;

    /// <summary>Saves how far it came, at once.</summary>
    public abstract Task SaveCheckpointAsync<T>(T checkpoint, CancellationToken ct) where T : class;

    /// <summary>
    /// Saves how far it came within the transaction of the data, which may be any module's: both are there or none. Throws when another host has taken the run over, so that the data of this one are not
    /// committed.
    /// </summary>
    public abstract Task SaveCheckpointAsync<T>(T checkpoint, DbConnection connection, DbTransaction transaction, CancellationToken ct) where T : class;

    /// <summary>Tells how far it came; as often as one likes, it is shown about every second.</summary>
    /// <param name="done">How much is done.</param>
    /// <param name="total">Of how much; null while nobody knows.</param>
    public abstract Task ReportAsync(long done, long? total = null);

    /// <summary>Stores the result, for its user only and for a month. Bigger ones than attachments are taken.</summary>
    public abstract Task<Guid> ResultFileAsync(string name, Stream content, CancellationToken ct);

    /// <summary>What came of it: stands on the page and in the notification.</summary>
    /// <param name="text">English sentence (translation key) with <c>{0}</c>.</param>
    /// <param name="args">Fillers.</param>
    public abstract void Result(string text, params object?[] args);

    /// <summary>Where the result is looked at: a path of this application. The notification leads there.</summary>
    public abstract void ResultUrl(string path);

    /// <summary>Does something in a scope of its own, as the same user: a long run must not collect what it loaded.</summary>
    public abstract Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> act);

    /// <summary>Sends a command in a scope of its own, as the same user.</summary>
    public Task<T> SendAsync<T>(ICommand<T> command, CancellationToken ct) => InScopeAsync(services => services.GetRequiredService<MediatR.IMediator>().Send(command, ct));
}

/// <summary>The user cancelled the run and the job does not see to that itself.</summary>
public sealed class BackgroundCancelled() : OperationCanceledException("Cancelled by the user.");
