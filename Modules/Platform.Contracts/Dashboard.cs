using Crm.Core;

namespace Crm.Platform.Contracts;

/// <summary>
/// A block of the first page, contributed by a module. The markup lies beside the class, as with panels: <c>Modules/X/Dashboard/YBlock.cs</c> and <c>YBlock.cshtml</c>, whose model is what
/// <see cref="LoadAsync"/> gives. It is loaded after the page and kept for <see cref="Keep"/>, for each user by himself: the model must hold what it shows, not a query.
/// </summary>
[Contribution]
public interface IDashboardBlock
{
    /// <summary>Stable key, <c>module.block</c>: it stands in people's arrangements.</summary>
    string Key { get; }

    /// <summary>English title (translation key).</summary>
    string Title { get; }

    /// <summary>Tabler icon.</summary>
    string Icon { get; }

    /// <summary>Its place for those who never arranged anything; 10 stands first.</summary>
    int Order { get; }

    /// <summary>Takes the width of two: a chart, a table.</summary>
    bool Wide { get; }

    /// <summary>Who may have it; null for everybody who is signed in.</summary>
    string? Permission { get; }

    /// <summary>Page with the whole, or null.</summary>
    string? Url { get; }

    /// <summary>Live topic that loads it again, or null.</summary>
    string? Live { get; }

    /// <summary>How long an answer is kept; zero for what changes with the user's own hands, at most a minute.</summary>
    TimeSpan Keep { get; }

    /// <summary>The model of the markup, within the rights of the current user; null when there is nothing to show.</summary>
    Task<object?> LoadAsync(CancellationToken ct);
}
