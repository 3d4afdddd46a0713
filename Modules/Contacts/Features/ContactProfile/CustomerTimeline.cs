using System.Globalization;
using Crm.Contacts.Contracts;
using Crm.Contacts.Shared;
using Microsoft.Extensions.Logging;

namespace Crm.Contacts.Features.ContactProfile;

/// <summary>One part of a contact's time line.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Older">Moment that the next part lies before, or null at the end.</param>
internal sealed record TimelinePart(IReadOnlyList<TimelineItem> Items, DateTimeOffset? Older);

/// <summary>Merges what all modules tell of a contact into one time line.</summary>
internal sealed partial class CustomerTimeline(IEnumerable<IContactTimeline> sources, InOwnScope own, ILogger<CustomerTimeline> log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Kinds for the filter, with English titles.</summary>
    public IReadOnlyList<(string Kind, string Title)> Kinds => [.. sources.SelectMany(s => s.Kinds).DistinctBy(k => k.Kind)];

    /// <summary>The newest items that are asked for.</summary>
    public async Task<TimelinePart> LoadAsync(TimelineWish wish, CancellationToken ct)
    {
        var take = wish.Take;
        var asked = sources.Where(s => s.Kinds.Any(k => wish.Wants(k.Kind)));
        var parts = await Task.WhenAll(asked.Select(s => OneAsync(s.GetType(), wish with { Take = take + 1 }, ct)));
        var all = parts.SelectMany(p => p).Where(i => wish.Wants(i.Kind)).OrderByDescending(i => i.At).ThenByDescending(i => i.Id).ToList();
        if (all.Count <= take) return new(all, null);
        // Items of one moment stay together: the next part begins before it.
        var last = all[take - 1].At;
        var shown = all.TakeWhile((i, n) => n < take || i.At == last).ToList();
        return new(shown, shown.Count < all.Count ? last : null);
    }

    /// <summary>The moment as it stands in an address.</summary>
    public static string Cursor(DateTimeOffset moment) => moment.UtcTicks.ToString(CultureInfo.InvariantCulture);

    public static DateTimeOffset? Moment(string? cursor) =>
        long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    private async Task<IReadOnlyList<TimelineItem>> OneAsync(Type source, TimelineWish wish, CancellationToken ct)
    {
        try
        {
            return await own.RunAsync<IContactTimeline, IReadOnlyList<TimelineItem>>(source, (s, token) => s.LoadAsync(wish, token), s_patience, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Broken(log, e, source.Name);
            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Source} could not tell its part of the time line")]
    private static partial void Broken(ILogger log, Exception e, string source);
}
