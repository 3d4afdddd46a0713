namespace Crm.Core;

/// <summary>Text that was typed with the other keyboard switched on: <c>sghl</c> is سلام, <c>شمهقثظش</c> is alireza.</summary>
public static class KeyboardLayout
{
    // The letters of a Latin keyboard by key, and what stands on the same key: ISIRI 9147, and the older layout of Windows where it differs.
    private const string Keys = "qwertyuiop[]asdfghjkl;'zxcvbnm,`\\";
    private const string Standard = "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو\u200D\\";
    private const string Windows = "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدئوپپ";
    private const string ShiftedKeys = "QWERTYUIOPASDFGHJKLZXCVBNM";
    private const string Shifted = "ضصثقفغعهخحشسیبلآتنمظطژرذدء";

    /// <summary>What the text would be on the other keyboard; nothing when it could not have been meant.</summary>
    public static IReadOnlyList<string> Readings(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Any(char.IsAsciiLetter))
        {
            if (text.Any(PersianSound.IsPersianLetter)) return [];
            return [.. new[] { Map(text, Keys, Standard), Map(text, Keys, Windows) }.Select(t => t.Replace("\u200D", "", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
        }

        if (!text.Any(PersianSound.IsPersianLetter)) return [];
        var latin = new string([.. text.Select(c => c switch { 'ي' => 'ی', 'ك' => 'ک', 'آ' => 'h', 'ژ' => 'c', 'ئ' => 'm', var o => o }).Select(c => Standard.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at ? Keys[at] : c)]);
        // A sign among the letters means that nobody meant Latin.
        return latin.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or '@' or '-') ? [latin] : [];
    }

    private static string Map(string text, string keys, string letters) => string.Create(text.Length, (text, keys, letters), static (span, a) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            var c = a.text[i];
            if (a.keys.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at) span[i] = a.letters[at];
            else if (ShiftedKeys.IndexOf(c, StringComparison.Ordinal) is >= 0 and var shifted) span[i] = Shifted[shifted];
            else span[i] = c;
        }
    });
}
