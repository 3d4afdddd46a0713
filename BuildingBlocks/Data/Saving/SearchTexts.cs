using Crm.Core;

namespace Crm.Data;

/// <summary>What the global search keeps of a record, in one form for the save, the seeds and whoever writes many rows at once.</summary>
public static class SearchTexts
{
    private const int LongestJoined = 60;

    /// <summary>Folded words between spaces, the title first and once more without its spaces (علی رضا, علی‌رضا and علیرضا are one name); and the keys of the title's sound.</summary>
    public static (string Text, string Sound) Of(SearchEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var title = PersianText.Fold(entry.Title);
        var all = PersianText.Fold(entry.Text).Replace("+", "", StringComparison.Ordinal);
        var text = all.StartsWith(title, StringComparison.Ordinal) ? all : title + " " + all;
        var joined = title.Replace(" ", "", StringComparison.Ordinal);
        if (joined.Length < title.Length && joined.Length <= LongestJoined) text += " " + joined;
        return ($" {text} ", PersianSound.KeysOfTitle(entry.Title));
    }
}
