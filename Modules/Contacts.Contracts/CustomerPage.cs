using Crm.Core;

namespace Crm.Contacts.Contracts;

/// <summary>
/// A block on the customer's page, contributed by another module. The markup lies beside the class: <c>Modules/X/Panels/YPanel.cs</c> and <c>YPanel.cshtml</c>,
/// whose model is what <see cref="LoadAsync"/> gives. At most one query and eight rows; a panel that takes over 300 ms or throws never breaks the page.
/// </summary>
[Contribution]
public interface IContactPanel
{
    /// <summary>Stable key.</summary>
    string Key { get; }

    /// <summary>English title (translation key).</summary>
    string Title { get; }

    /// <summary>Order on the page; 10 stands first.</summary>
    int Order { get; }

    /// <summary>Across the page's main column (<c>main</c>), at its side (<c>side</c>) or as the rail over everything (<c>rail</c>).</summary>
    string Place { get; }

    /// <summary>Who sees it; null for everybody who sees the contact.</summary>
    string? Permission { get; }

    /// <summary>The model of the markup; null when there is nothing to show at all.</summary>
    Task<object?> LoadAsync(Guid contactId, CancellationToken ct);

    /// <summary>
    /// What of it belongs into the strip at the head of the page, for whoever has the customer on the telephone: open tasks, where a job stands, the last quote, the debt. Made of the model that is there already: no
    /// queries. At most three facts.
    /// </summary>
    /// <param name="contactId">The contact.</param>
    /// <param name="model">What <see cref="LoadAsync"/> gave.</param>
    IEnumerable<GlanceFact> Glance(Guid contactId, object model) => [];
}

/// <summary>One fact in the strip at the head of the customer's page.</summary>
/// <param name="Title">English title (translation key): «Open tasks», «Last invoice», «Debt».</param>
/// <param name="Text">In the language of the moment, short: «3», «Home lift: survey».</param>
/// <param name="Url">Where it leads; may be null.</param>
/// <param name="Color">Colour of a mark (<c>red, orange, green, blue, gray</c>) where it asks for attention, else null.</param>
/// <param name="At">When, where that matters.</param>
public sealed record GlanceFact(string Title, string Text, string? Url = null, string? Color = null, DateTimeOffset? At = null);

/// <summary>What is asked of a time line.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Take">At most so many, the newest first.</param>
public sealed record TimelineWish(Guid ContactId, int Take)
{
    /// <summary>Only of this kind; null for all.</summary>
    public string? Kind { get; init; }

    /// <summary>Only what lies before this moment (UTC).</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only what lies at or behind this moment (UTC).</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only what this user did.</summary>
    public Guid? PersonId { get; init; }

    /// <summary>Only what says this, however it is spelt.</summary>
    public string? Text { get; init; }

    /// <summary>Whether items of a kind are asked for.</summary>
    public bool Wants(string kind) => Kind is null || Kind == kind;

    /// <summary><see cref="Text"/> for <c>platform.fold_fa(…) like</c>; null without one.</summary>
    public string? Pattern => PersianText.Fold(Text) is { Length: > 0 } folded
        ? LikePattern.Anywhere(folded)
        : null;
}

/// <summary>Something that happened with a contact.</summary>
/// <param name="Id">Id of the record behind it.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Kind">Stable kind for the filter: communication, message, task, job, change …</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Title">First line, in the language of the moment.</param>
/// <param name="Text">Further text; may be empty.</param>
/// <param name="Who">Who did it.</param>
/// <param name="Url">Where it leads; may be null.</param>
public sealed record TimelineItem(Guid Id, DateTimeOffset At, string Kind, string Icon, string Title, string Text, string? Who, string? Url);

/// <summary>Contributes to the one time line of a contact.</summary>
[Contribution]
public interface IContactTimeline
{
    /// <summary>Kinds that it gives, with English titles, for the filter.</summary>
    IReadOnlyList<(string Kind, string Title)> Kinds { get; }

    /// <summary>The newest items that are asked for. Whatever the user may not see is left out, and not found by its text either.</summary>
    Task<IReadOnlyList<TimelineItem>> LoadAsync(TimelineWish wish, CancellationToken ct);
}

/// <summary>An open job of a contact, as the form of a communication offers it.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Number">Its number.</param>
/// <param name="Routine">Name of the routine.</param>
/// <param name="Stages">Where it stands: open stage items with the ways on that the user may choose.</param>
public sealed record ContactJob(Guid JobId, long Number, string Routine, IReadOnlyList<ContactJobStage> Stages);

/// <summary>A stage a job stands at.</summary>
/// <param name="StageItemId">Id of the item in the worklist.</param>
/// <param name="Title">Title of the stage.</param>
/// <param name="Ways">Ways on that this user may choose; empty when he may choose none now, then <paramref name="Says"/> tells why.</param>
/// <param name="Url">Its own page. Takes <c>outcome</c> (the way that stands chosen there), <c>communication</c> (what goes with it) and <c>back</c> (where it leads when it is done) in its query.</param>
/// <param name="OnOwnPage">It asks for more than a way on (a form, files): whoever chooses a way is led to <paramref name="Url"/> and ends it there.</param>
/// <param name="Says">What its page asks for, or why there is no way on; in the language of the moment, may be null.</param>
/// <param name="DueAt">When it is due.</param>
public sealed record ContactJobStage(Guid StageItemId, string Title, IReadOnlyList<ContactJobWay> Ways, string Url, bool OnOwnPage, string? Says, DateTimeOffset? DueAt);

/// <summary>A way on from a stage.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Then">What comes after it, in the language of the moment.</param>
/// <param name="Why">Why it is suggested: how often it was taken in like cases; null when too few are known.</param>
/// <param name="Suggested">The way that like cases took most.</param>
public sealed record ContactJobWay(string Name, string Title, string Then, string? Why, bool Suggested);

/// <summary>Jobs of a contact. Implemented by Routines; absent when that module is.</summary>
[Contribution]
public interface IContactJobs
{
    /// <summary>Running jobs of the contact, newest first.</summary>
    Task<IReadOnlyList<ContactJob>> OpenAsync(Guid contactId, CancellationToken ct);

    /// <summary>Titles of jobs by id, for what refers to them.</summary>
    Task<IReadOnlyDictionary<Guid, string>> TitlesAsync(IReadOnlyCollection<Guid> jobIds, CancellationToken ct);
}
