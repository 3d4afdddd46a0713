using System.Text;

namespace Crm.Core;

/// <summary>How far a Latin spelling and a Persian word agree.</summary>
public enum SoundFit
{
    /// <summary>They are different words.</summary>
    None,

    /// <summary>One of them is the beginning of the other: somebody is still typing.</summary>
    Begins,

    /// <summary>They are the same word.</summary>
    Whole,
}

/// <summary>Which of two spellings was typed.</summary>
public enum TypedIn
{
    /// <summary>alir… for علیرضا.</summary>
    Latin,

    /// <summary>زیم… for Siemens.</summary>
    Persian,
}

/// <summary>
/// Persian words in Latin letters, as people spell them: alireza, mohammad, muhamad, khosrow. Two steps: a <em>key</em> of consonants that both spellings share, short enough
/// for an index and true for every spelling; and a <em>match</em> letter by letter, which throws out what only shares its consonants. Vowels that Persian does not write may
/// stand anywhere; letters that sound alike (ق غ, ز ذ ض ظ, س ص ث) are one.
/// </summary>
public static class PersianSound
{
    private const int MostKeys = 8;
    private const int LongestWord = 40;

    /// <summary>Whether the text has Latin letters and no Persian ones.</summary>
    public static bool IsLatin(string text) => text.Any(char.IsAsciiLetter) && !text.Any(IsPersianLetter);

    /// <summary>Whether the character is a letter of the Arabic script.</summary>
    public static bool IsPersianLetter(char c) => c is >= '\u0621' and <= '\u064A' or >= '\u0671' and <= '\u06D3';

    /// <summary>What stands in the index for a title: for each word its key with that of the next one, so that words written apart or together are both found.</summary>
    public static string KeysOfTitle(string? title)
    {
        if (string.IsNullOrEmpty(title)) return "";
        var keys = Words(title).Take(12).Select(w => IsLatin(w) ? KeysOfLatin(w)[0] : KeyOfPersian(w)).Where(k => k.Length > 0).ToList();
        if (keys.Count == 0) return "";
        var b = new StringBuilder(keys.Count * 8).Append(' ');
        for (var i = 0; i < keys.Count; i++)
        {
            // Within the joined word the vowel that begins the second one is a vowel like others.
            var pair = new StringBuilder(keys[i]);
            if (i + 1 < keys.Count) pair.Append(keys[i + 1].AsSpan(keys[i + 1][0] is 'a' or 'y' or 'v' ? 1 : 0));
            b.Append(Once(pair)).Append(' ');
        }

        return b.ToString();
    }

    /// <summary>The words of a title: a half-space parts them too, for one may ask for either half.</summary>
    public static IEnumerable<string> Words(string title) => title.Split([' ', '\u200C', '-', '_', '.', ',', '،', '(', ')', '«', '»', '/', '@'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Key of a Persian word; empty when it has no letter.</summary>
    public static string KeyOfPersian(string word)
    {
        // Tanvin is heard as n: حتماً, hatman.
        var letters = PersianText.Fold(word.Replace("اً", "ن", StringComparison.Ordinal));
        var b = new StringBuilder(letters.Length);
        for (var i = 0; i < letters.Length; i++)
        {
            var c = letters[i] switch
            {
                'ا' or 'ع' => i == 0 ? 'a' : '\0',
                'ی' => i == 0 ? 'y' : '\0',
                'و' => i == 0 ? 'v' : '\0',
                // At the end it is mostly a vowel: فاطمه, but عبدالله.
                'ه' => i == letters.Length - 1 && i > 0 && !letters.EndsWith("لله", StringComparison.Ordinal) ? '\0' : 'h',
                'ح' => 'h',
                'ب' => 'b', 'پ' => 'p',
                'ت' or 'ط' => 't',
                'ث' or 'س' or 'ص' => 's',
                'ج' or 'ژ' => 'j',
                'چ' => 'c',
                'خ' => 'x',
                'د' => 'd',
                'ذ' or 'ز' or 'ض' or 'ظ' => 'z',
                'ر' => 'r',
                'ش' => 'w',
                'غ' or 'ق' => 'q',
                'ف' => 'f', 'ک' => 'k', 'گ' => 'g', 'ل' => 'l', 'م' => 'm', 'ن' => 'n',
                >= '0' and <= '9' and var d => d,
                _ => '\0',
            };
            // A letter that is doubled in one spelling stands once in the other.
            if (c != '\0' && (b.Length == 0 || b[^1] != c)) b.Append(c);
        }

        return b.ToString();
    }

    /// <summary>Keys that a Latin spelling may have, the likeliest first: sh is ش or س with ه, c is ک or س.</summary>
    public static IReadOnlyList<string> KeysOfLatin(string word)
    {
        var l = Plain(word);
        List<StringBuilder> keys = [new()];
        for (var i = 0; i < l.Length;)
        {
            var pair = i + 1 < l.Length ? l.AsSpan(i, 2) : default;
            string[] options;
            var step = 2;
            if (pair is "sh") options = ["w", "sh"];
            else if (pair is "ch") options = ["c"];
            else if (pair is "kh") options = ["x", "kh"];
            else if (pair is "gh") options = ["q", "gh"];
            else if (pair is "zh") options = ["j", "zh"];
            else if (pair is "ph") options = ["f", "ph"];
            else if (pair is "ck") options = ["k"];
            else
            {
                step = 1;
                var c = l[i];
                var last = i == l.Length - 1;
                options = c switch
                {
                    'a' or 'e' or 'i' or 'o' or 'u' => [i == 0 ? "a" : ""],
                    'y' => [i == 0 ? "y" : ""],
                    'v' or 'w' => [i == 0 ? "v" : ""],
                    'h' when last && i > 0 && Vowel(l[i - 1]) => ["", "h"],
                    'c' => ["k", "s"],
                    'x' => ["ks"],
                    'q' => ["q"],
                    _ when i > 0 && l[i - 1] == c => [""],
                    _ => [c.ToString()],
                };
            }

            var before = keys.Count;
            for (var k = 0; k < before; k++)
            {
                for (var o = 1; o < options.Length && keys.Count < MostKeys; o++) keys.Add(new StringBuilder().Append(keys[k]).Append(options[o]));
                keys[k].Append(options[0]);
            }

            i += step;
        }

        return [.. keys.Select(k => Once(k)).Distinct()];
    }

    /// <summary>Whether the Latin word spells the Persian one.</summary>
    /// <param name="latin">In Latin letters.</param>
    /// <param name="persian">In Persian letters.</param>
    /// <param name="typed">The one that somebody types, and may not have ended.</param>
    public static SoundFit Fit(string latin, string persian, TypedIn typed = TypedIn.Latin)
    {
        ArgumentNullException.ThrowIfNull(persian);
        persian = persian.Replace("اً", "ن", StringComparison.Ordinal);
        var best = SoundFit.None;
        var plain = Plain(latin);
        foreach (var l in plain.Contains('c', StringComparison.Ordinal) ? [plain.Replace("ck", "k", StringComparison.Ordinal), SoftC(plain, 'k'), SoftC(plain, 's')] : (string[])[plain])
        {
            var fit = FitOf(l.Replace("x", "ks", StringComparison.Ordinal).Replace("ph", "f", StringComparison.Ordinal), persian, typed);
            if (fit > best) best = fit;
        }

        return best;
    }

    // All places in the Latin word that the Persian letters so far may have led to, at once.
    private static SoundFit FitOf(string l, string persian, TypedIn typed)
    {
        if (l.Length is 0 or > LongestWord || persian.Length is 0 or > LongestWord) return SoundFit.None;
        Span<bool> now = stackalloc bool[LongestWord + 1];
        Span<bool> next = stackalloc bool[LongestWord + 1];
        now.Clear();
        now[0] = true;
        var ended = false;
        for (var i = 0; i < persian.Length; i++)
        {
            var p = persian[i];
            if (p is '\u200C' or '\u0640' or >= '\u064B' and <= '\u065F') continue;
            next.Clear();
            var first = i == 0;
            var last = i == persian.Length - 1;
            foreach (var spelling in Spellings(p, first, last, i > 0 ? persian[i - 1] : '\0', last ? '\0' : persian[i + 1]))
            {
                for (var at = 0; at <= l.Length; at++)
                {
                    if (!now[at]) continue;
                    Take(l, at, spelling, next, ref ended);
                    // A vowel that is heard and not written, before a consonant.
                    if (at < l.Length && Vowel(l[at]) && !first) Take(l, at + 1, spelling, next, ref ended);
                }
            }

            next[..(l.Length + 1)].CopyTo(now);
        }

        if (now[l.Length] || (l.Length > 0 && Vowel(l[^1]) && now[l.Length - 1] && Ends(persian))) return SoundFit.Whole;
        return (typed == TypedIn.Latin ? ended : now[..l.Length].Contains(true)) ? SoundFit.Begins : SoundFit.None;

        // jam'e for جمع.
        static bool Ends(string persian) => persian[^1] is 'ع' or 'ء' or 'ئ';
    }

    private static void Take(string l, int at, string spelling, Span<bool> next, ref bool ended)
    {
        var rest = l.AsSpan(at);
        if (rest.Length < spelling.Length ? spelling.AsSpan().StartsWith(rest) && rest.Length > 0 : rest.StartsWith(spelling))
        {
            if (rest.Length < spelling.Length)
            {
                ended = true;
                return;
            }

            var to = at + spelling.Length;
            next[to] = true;
            // mohammad: a letter said twice is written once.
            if (spelling.Length == 1 && !Vowel(spelling[0]) && to < l.Length && l[to] == spelling[0]) next[to + 1] = true;
            if (to == l.Length) ended = true;
        }
    }

    private static readonly string[] s_any = ["", "a", "e", "o", "u", "i", "aa", "oo", "ee"];
    private static readonly string[] s_alef = ["a", "aa", "e", "o", "u", "i", ""];
    private static readonly string[] s_alefLast = ["a", "aa", "ah", "e", "o", ""];
    private static readonly string[] s_alefMadda = ["a", "aa"];
    private static readonly string[] s_yeh = ["i", "ee", "y", "e", "ey", "ei", "ay", "ai", "iy", "yi", "ie"];
    private static readonly string[] s_yehLast = ["i", "ee", "y", "ey", "ei", "ay", "ai", "ie", "e", "a", "aa"];
    private static readonly string[] s_yehFirst = ["y", "i", "ye", "e"];
    private static readonly string[] s_vav = ["v", "w", "o", "oo", "u", "ou", "ow", "ov", "uw", "vo", "voo", "vou", "vu"];
    private static readonly string[] s_vavSilent = ["v", "w", "o", "oo", "u", "ou", "ow", ""];
    private static readonly string[] s_hehLast = ["eh", "e", "h", "ah", "a", "i"];
    private static readonly string[] s_h = ["h"];
    private static readonly string[] s_s = ["s", "ss"];
    private static readonly string[] s_z = ["z"];
    private static readonly string[] s_q = ["gh", "q"];

    private static string[] Spellings(char p, bool first, bool last, char before, char after) => p switch
    {
        'آ' => s_alefMadda,
        'ا' or 'أ' or 'إ' or 'ٱ' => last ? s_alefLast : s_alef,
        'ع' or 'ء' or 'ئ' => s_any,
        'ؤ' => ["", "o", "oo", "u", "ou", "v", "a"],
        'ی' or 'ي' or 'ى' => first ? s_yehFirst : last ? s_yehLast : s_yeh,
        'و' => before == 'خ' && after is 'ا' or 'ی' ? s_vavSilent : s_vav,
        'ه' or 'ة' or 'ۀ' => last && !first ? s_hehLast : s_h,
        'ح' => s_h,
        'ب' => ["b"], 'پ' => ["p"],
        'ت' or 'ط' => ["t"],
        'ث' or 'س' or 'ص' => s_s,
        'ج' => ["j", "dj"],
        'ژ' => ["zh", "j"],
        'چ' => ["ch"],
        'خ' => ["kh"],
        'د' => ["d"],
        'ذ' or 'ز' or 'ض' or 'ظ' => s_z,
        'ر' => ["r"],
        'ش' => ["sh"],
        'غ' or 'ق' => s_q,
        'ف' => ["f"],
        'ک' or 'ك' => ["k"],
        'گ' => ["g"],
        'ل' => ["l"], 'م' => ["m"], 'ن' => ["n"],
        _ => [char.ToLowerInvariant(p).ToString()],
    };

    private static string Once(StringBuilder key)
    {
        for (var i = key.Length - 1; i > 0; i--)
        {
            if (key[i] == key[i - 1]) key.Remove(i, 1);
        }

        return key.ToString();
    }

    private static bool Vowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u';

    private static string Plain(string word)
    {
        var b = new StringBuilder(word.Length);
        foreach (var c in PersianText.LatinDigits(word))
        {
            if (char.IsAsciiLetterOrDigit(c)) b.Append(char.ToLowerInvariant(c));
        }

        return b.ToString();
    }

    private static string SoftC(string l, char with)
    {
        var b = new StringBuilder(l.Length);
        for (var i = 0; i < l.Length; i++) b.Append(l[i] == 'c' && !(i + 1 < l.Length && l[i + 1] == 'h') ? with : l[i]);
        return b.ToString();
    }
}
