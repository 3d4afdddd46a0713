namespace Crm.Core;

/// <summary>Cells that a spreadsheet would take for a formula: exports put an apostrophe before them, imports take it off again.</summary>
public static class FormulaGuard
{
    /// <summary>The text as it is written to a file.</summary>
    public static string Neutral(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // «+98 912 …» is a telephone number and stays readable: digits after the plus are no formula that could reach anything.
        return text.Length > 0 && IsRisky(text) && !IsPhone(text) ? "'" + text : text;
    }

    /// <summary>The text that <see cref="Neutral"/> was given.</summary>
    public static string Original(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 1 && text[0] == '\'' && IsRisky(text[1..]) ? text[1..] : text;
    }

    // An apostrophe that was there before is doubled, so that each text comes back as it was.
    private static bool IsRisky(string text) => text.Length > 0 && (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠' || (text[0] == '\'' && IsRisky(text[1..])));

    private static bool IsPhone(string text) => text.Length is >= 8 and <= 20 && text[0] == '+' && text.AsSpan(1).IndexOfAnyExcept("0123456789 ") < 0;
}
