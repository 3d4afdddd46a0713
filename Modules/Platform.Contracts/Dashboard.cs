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

    /// <summary>Whether it is offered to this user at all.</summary>
    bool IsFor(ICurrentUser user) => Permission is null || user.Can(Permission);

    /// <summary>Page with the whole, or null.</summary>
    string? Url { get; }

    /// <summary>Live topic that loads it again, or null.</summary>
    string? Live { get; }

    /// <summary>How long an answer is kept; zero for what changes with the user's own hands, at most a minute.</summary>
    TimeSpan Keep { get; }

    /// <summary>The model of the markup, within the rights of the current user; null when there is nothing to show.</summary>
    Task<object?> LoadAsync(CancellationToken ct);
}

/// <summary>One number of the strip at the head of the first page, contributed by a module: what there is now, and what there was before.</summary>
[Contribution]
public interface IDashboardFigure
{
    /// <summary>English title (translation key).</summary>
    string Title { get; }

    /// <summary>Its place; 10 stands first.</summary>
    int Order { get; }

    /// <summary>Who sees it.</summary>
    string Permission { get; }

    /// <summary>The number, within the rights of the current user; null when there is nothing to say.</summary>
    Task<DashboardFigure?> LoadAsync(CancellationToken ct);
}

/// <summary>A number with what tells whether it is good.</summary>
/// <param name="Value">The number.</param>
/// <param name="Url">The list behind it.</param>
public sealed record DashboardFigure(long Value, string Url)
{
    /// <summary>The same number in the time before; null where nothing is compared.</summary>
    public long? Before { get; init; }

    /// <summary>English sentence with {0} for <see cref="Before"/>: «{0} last week by now» (translation key).</summary>
    public string? BeforeSays { get; init; }

    /// <summary>How many of them are late.</summary>
    public long Late { get; init; }
}
