namespace Crm.Platform.Contracts;

/// <summary>One change of a record, as people read it.</summary>
/// <param name="Id">Id of the change, in order of time.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Who">Name at the time.</param>
/// <param name="Through">Through what: a page's route, api, a routine's run, an import, a job.</param>
/// <param name="Action">added, changed, deleted or restored.</param>
/// <param name="What">Kind of record, in the language of the moment.</param>
/// <param name="RecordId">The record or its part.</param>
/// <param name="Fields">What changed, from what, to what; in the language of the moment, ids of users, roles and branches as names.</param>
public sealed record HistoryEntry(Guid Id, DateTimeOffset At, string Who, string Through, string Action, string What, Guid RecordId, IReadOnlyList<HistoryField> Fields);

/// <summary>A field that changed.</summary>
/// <param name="Name">Title of the field.</param>
/// <param name="Old">What stood there; null for nothing.</param>
/// <param name="New">What stands there now; null for nothing.</param>
public sealed record HistoryField(string Name, string? Old, string? New);

/// <summary>
/// The history of one record with its parts. Shown by <c>&lt;partial name="/Modules/Platform/Shared/_History.cshtml" model="entries" /&gt;</c>.
/// The caller has asked whether the user may see the record.
/// </summary>
public interface IRecordHistory
{
    /// <summary>The latest changes, newest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> OfAsync(Guid recordId, int take, CancellationToken ct);
}
