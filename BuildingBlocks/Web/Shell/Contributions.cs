using Crm.Core;

namespace Crm.Web;

/// <summary>A record somebody opened.</summary>
/// <param name="Type">Kind of record: a translation key, for example <c>Person</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Title">As shown.</param>
/// <param name="Url">Path of its page.</param>
public sealed record OpenedRecord(string Type, Guid Id, string Title, string Url);

/// <summary>Remembers what the current user opened lately. Implemented by Platform.</summary>
[Contribution]
public interface IRecentRecords
{
    /// <summary>Puts the record first.</summary>
    Task OpenedAsync(OpenedRecord record, CancellationToken ct);

    /// <summary>The latest first.</summary>
    Task<IReadOnlyList<OpenedRecord>> LatestAsync(int count, CancellationToken ct);
}

/// <summary>A number in the top bar. Several with one key are added up: both tasks and stages wait in the worklist.</summary>
[Contribution]
public interface IShellCount
{
    /// <summary><c>worklist</c> or <c>notifications</c>.</summary>
    string Key { get; }

    /// <summary>How many wait for the current user.</summary>
    Task<int> CountAsync(CancellationToken ct);
}

/// <summary>Keeps how the current user wants to see things. Implemented by Platform.</summary>
[Contribution]
public interface IUserPreferences
{
    /// <summary><c>fa</c> or <c>en</c>.</summary>
    Task SetLanguageAsync(string language, CancellationToken ct);

    /// <summary><c>light</c>, <c>dark</c> or <c>auto</c>.</summary>
    Task SetThemeAsync(string theme, CancellationToken ct);
}

/// <summary>One line of the global search's drop-down: what <c>/search/suggest?q=</c> answers, as a JSON list.</summary>
/// <param name="Type">Kind of record in the user's language.</param>
/// <param name="Title">First line.</param>
/// <param name="Sub">Second line; may be empty.</param>
/// <param name="Url">Path of its page.</param>
public sealed record SearchSuggestion(string Type, string Title, string Sub, string Url);

/// <summary>One line of a searching drop-down: what the JSON endpoint of a <c>&lt;lookup&gt;</c> answers for <c>?q=</c>, as a list.</summary>
/// <param name="Id">The value.</param>
/// <param name="Text">As shown.</param>
/// <param name="Sub">Second line, or null.</param>
public sealed record LookupItem(string Id, string Text, string? Sub = null);
