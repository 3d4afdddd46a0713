using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>
/// Records that the global search finds by a query of their own, where a row in the search table would cost too much or could not say who sees them. What they find stands below the records of the table.
/// Found by the scan.
/// </summary>
[Contribution]
public interface ISearchSource
{
    /// <summary>Kind of record (translation key), as the groups of the answer are called.</summary>
    string Type { get; }

    /// <summary>Permission to see such records.</summary>
    string Permission { get; }

    /// <summary>The best hits within the rights of the present user; quickly, for people wait at every letter.</summary>
    Task<IReadOnlyList<SearchedRecord>> FindAsync(string text, int take, CancellationToken ct);
}

/// <summary>One hit.</summary>
/// <param name="Id">Id.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Subtitle">What stands beside it; empty for nothing.</param>
/// <param name="Url">Its page.</param>
public sealed record SearchedRecord(Guid Id, string Title, string Subtitle, string Url);

/// <summary>Finds records whose title sounds like what was typed in Latin letters.</summary>
public interface ISoundSearch
{
    /// <summary>Ids of records of a kind, the best first, and the name they were found as.</summary>
    /// <param name="record">Key of the kind: <c>contacts</c>.</param>
    /// <param name="text">As typed.</param>
    /// <param name="ct">Stops it.</param>
    Task<(IReadOnlyList<Guid> Ids, string? As)> FindAsync(string record, string text, CancellationToken ct);
}
