using Crm.Core;

namespace Crm.Contacts.Contracts;

/// <summary>Contributes what somebody did to his activity report.</summary>
[Contribution]
public interface IActivitySource
{
    /// <summary>Stable key of the section.</summary>
    string Key { get; }

    /// <summary>English title of the section (translation key).</summary>
    string Title { get; }

    /// <summary>Place among the sections; 10 stands first.</summary>
    int Order { get; }

    /// <summary>What the person did (or left) from one moment up to, not including, another; in order of time, at most 200 lines.</summary>
    Task<IReadOnlyList<ActivityLine>> LinesAsync(Guid userId, DateTimeOffset from, DateTimeOffset until, CancellationToken ct);
}

/// <summary>One line of an activity report.</summary>
/// <param name="Id">Id of the record behind it: the same record is one line, however often the report is filled.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Title">What it was, in the language of the moment.</param>
/// <param name="Url">Page of the record.</param>
/// <param name="ContactId">The contact it concerns.</param>
public sealed record ActivityLine(Guid Id, DateTimeOffset At, string Title, string? Url, Guid? ContactId);
