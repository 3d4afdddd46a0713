using System.Text;
using Crm.Core;
using Microsoft.AspNetCore.Html;

namespace Crm.Platform.Searching;

/// <summary>Marks, in a title, what was searched for: compared folded, marked as it is written.</summary>
internal static class Highlight
{
    public static IHtmlContent Html(string text, string? q)
    {
        var html = new HtmlContentBuilder();
        var at = 0;
        foreach (var (from, to) in Ranges(text, q))
        {
            html.Append(text[at..from]).AppendHtml("<mark>").Append(text[from..to]).AppendHtml("</mark>");
            at = to;
        }

        return html.Append(text[at..]);
    }

    /// <summary>Parts of the text that are words of the question, in order, not overlapping.</summary>
    public static IReadOnlyList<(int From, int To)> Ranges(string text, string? q)
    {
        var words = PersianText.Fold(q).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return [];
        // Each folded letter with the place it comes from; a half-space or a vowel sign gives none.
        var folded = new StringBuilder(text.Length);
        var places = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i] == ' ' ? " " : PersianText.Fold(text[i].ToString());
            foreach (var c in letter)
            {
                folded.Append(c);
                places.Add(i);
            }
        }

        var marked = new bool[text.Length];
        foreach (var word in words.Append(string.Concat(words)))
        {
            for (var at = folded.ToString().IndexOf(word, StringComparison.Ordinal); at >= 0; at = folded.ToString().IndexOf(word, at + 1, StringComparison.Ordinal))
            {
                // One or two letters only where a word begins, as they are searched.
                if (word.Length < 3 && at > 0 && folded[at - 1] != ' ') continue;
                for (var i = places[at]; i <= places[at + word.Length - 1]; i++) marked[i] = true;
            }
        }

        // A vowel sign belongs to the letter before it.
        for (var i = 1; i < text.Length; i++)
        {
            if (marked[i - 1] && char.GetUnicodeCategory(text[i]) == System.Globalization.UnicodeCategory.NonSpacingMark) marked[i] = true;
        }

        var ranges = new List<(int, int)>();
        for (var i = 0; i < marked.Length; i++)
        {
            if (!marked[i]) continue;
            var from = i;
            while (i < marked.Length && marked[i]) i++;
            ranges.Add((from, i));
        }

        return ranges;
    }
}
