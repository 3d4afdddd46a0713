using Crm.Core;

namespace Crm.Platform.Lists;

/// <summary>What came of a change of many rows.</summary>
/// <param name="Changed">How many got it.</param>
/// <param name="Refused">How many did not.</param>
/// <param name="Why">The first reason.</param>
internal sealed record BulkOutcome(long Changed, long Refused, CrmException? Why)
{
    /// <summary>The first reason in the language of the moment.</summary>
    public string? Reason => Why is InvalidInput i ? Texts.Get(i.Fields[0].Message, i.Fields[0].Args) : Why?.Localized;
}

/// <summary>Changes rows together; where one of them is refused, one by one, so that the others get what was asked for. In the page and in the background alike.</summary>
internal static class OneByOne
{
    /// <param name="ids">The rows.</param>
    /// <param name="apply">Changes some of them by one command, in a scope of its own: one that was refused leaves nothing behind for the next. Answers how many were changed.</param>
    public static async Task<BulkOutcome> ApplyAsync(IReadOnlyCollection<Guid> ids, Func<IReadOnlyList<Guid>, Task<int>> apply)
    {
        try
        {
            return new(await apply([.. ids]), 0, null);
        }
        catch (CrmException e) when (IsRefusal(e))
        {
            if (ids.Count == 1) return new(0, 1, e);
        }

        var (changed, refused, why) = (0L, 0L, (CrmException?)null);
        foreach (var id in ids)
        {
            try
            {
                changed += await apply([id]);
            }
            catch (CrmException one) when (IsRefusal(one))
            {
                (refused, why) = (refused + 1, why ?? one);
            }
        }

        return new(changed, refused, why);
    }

    // What one record can be refused for: rules, a newer version, or that the user's right to change it does not reach as far as his right to see it. Where he has no right at all, the work ends.
    private static bool IsRefusal(CrmException e) => e is RuleBroken or StaleRecord or InvalidInput or NotFound || (e is Forbidden { Permission: var p } && p.Contains(':', StringComparison.Ordinal));
}
