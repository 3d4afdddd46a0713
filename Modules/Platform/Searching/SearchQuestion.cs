using Crm.Core;

namespace Crm.Platform.Searching;

/// <summary>One reading of what was typed: patterns that must all be there, and the whole for the order.</summary>
/// <param name="Text">As it is shown: «found as …».</param>
/// <param name="Whole">Folded; how records are ranked.</param>
/// <param name="Parts">Patterns of LIKE that all occur.</param>
/// <param name="Joined">Pattern of the words without spaces, which may occur instead; null for one word.</param>
/// <param name="IsNumber">Digits: ends of numbers come before their middle.</param>
internal sealed record SearchQuestion(string Text, string Whole, IReadOnlyList<string> Parts, string? Joined, bool IsNumber)
{
    private const int MaxLength = 100;
    private const int MaxWords = 8;

    /// <summary>Null for nothing to look for.</summary>
    public static SearchQuestion? Of(string? typed)
    {
        if (typed is { Length: > MaxLength }) typed = typed[..MaxLength];
        var folded = PersianText.Fold(typed);
        if (folded.Length == 0) return null;
        if (Number(folded) is { } number)
        {
            // #1042 is the number itself; one or two digits begin or are one; more may be the end of a telephone or card number.
            var pattern = folded[0] == '#' ? $"% {number} %" : number.Length < 3 ? $"% {number}%" : $"%{number}%";
            return new(folded, number, [pattern], null, true);
        }

        var words = folded.Split(' ').Distinct().Take(MaxWords).Select(w => Number(w) ?? w).ToArray();
        var joined = words.Length > 1 ? folded.Replace(" ", "", StringComparison.Ordinal) : null;
        return new(folded, folded, [.. words.Select(w => w.Length < 3 ? $"% {LikePattern.Escape(w)}%" : $"%{LikePattern.Escape(w)}%")], joined is { Length: >= 3 } ? $"%{LikePattern.Escape(joined)}%" : null, false);
    }

    /// <summary>The digits of a number typed in any way; a telephone number without what people put before it: +98, 0098, 0.</summary>
    private static string? Number(string folded)
    {
        if (!folded.Any(char.IsAsciiDigit) || folded.Any(c => !char.IsAsciiDigit(c) && c is not (' ' or '+' or '-' or '(' or ')' or '.' or '/' or '#' or '–'))) return null;
        if (folded[0] != '#' && folded.Contains('#', StringComparison.Ordinal)) return null;
        var digits = new string([.. folded.Where(char.IsAsciiDigit)]);
        if (folded[0] == '#') return digits;
        if (PhoneNumber.TryParse(folded, out var phone) && digits.Length >= 10) return phone.Value.StartsWith("+98", StringComparison.Ordinal) ? phone.Value[3..] : phone.Value.TrimStart('+');
        return digits.Length >= 7 ? digits.TrimStart('0') is { Length: > 0 } rest ? rest : digits : digits;
    }
}
