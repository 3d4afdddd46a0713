namespace Crm.Core;

/// <summary>What somebody probably meant who typed a name that there is not.</summary>
public static class NearMiss
{
    private const int Longest = 100;

    /// <summary>The known name that is the fewest slips away (a letter missing, too many, wrong, or two changed places); null when none is near.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">The names there are.</param>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        if (typed.Length is 0 or > Longest) return null;
        var (best, fewest) = ((string?)null, 1 + Math.Max(1, typed.Length / 4));
        foreach (var name in known.Where(n => Math.Abs(n.Length - typed.Length) < fewest && n.Length <= Longest))
        {
            if (Slips(typed.ToUpperInvariant(), name.ToUpperInvariant()) is var slips && slips < fewest) (best, fewest) = (name, slips);
        }

        return best;
    }

    private static int Slips(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
