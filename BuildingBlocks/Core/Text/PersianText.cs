using System.Globalization;
using System.Text;

namespace Crm.Core;

/// <summary>Persian text as it is stored, shown and searched.</summary>
public static class PersianText
{
    /// <summary>Digits ۰–۹ and ٠–٩ become 0–9; everything else stays.</summary>
    public static string LatinDigits(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0660', '\u06F9')) return text;
        return string.Create(text.Length, text, static (span, t) =>
        {
            for (var i = 0; i < t.Length; i++)
            {
                span[i] = t[i] switch
                {
                    >= '\u06F0' and <= '\u06F9' and var c => (char)('0' + (c - '\u06F0')),
                    >= '\u0660' and <= '\u0669' and var c => (char)('0' + (c - '\u0660')),
                    var c => c,
                };
            }
        });
    }

    /// <summary>0–9 become ۰–۹, for showing; everything else stays.</summary>
    public static string PersianDigits(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('0', '9')) return text;
        return string.Create(text.Length, text, static (span, t) =>
        {
            for (var i = 0; i < t.Length; i++)
                span[i] = t[i] is >= '0' and <= '9' and var c ? (char)('\u06F0' + (c - '0')) : t[i];
        });
    }

    /// <summary>Digits in the language of the moment.</summary>
    public static string Digits(string text) => Texts.IsPersian ? PersianDigits(text) : text;

    /// <summary>
    /// What people type becomes what is stored: Arabic ي ى ك become Persian ی ک, digits become Latin, white space is folded, control
    /// characters go, half-spaces between letters stay. Null for nothing at all.
    /// </summary>
    /// <param name="text">As typed.</param>
    /// <param name="multiline">Keep line ends.</param>
    public static string? Clean(string? text, bool multiline = false)
    {
        if (text is null) return null;
        var b = new StringBuilder(text.Length);
        var space = false;
        foreach (var raw in text.Normalize(NormalizationForm.FormC))
        {
            var c = raw switch { 'ي' or 'ى' => 'ی', 'ك' => 'ک', '\u00A0' => ' ', _ => raw };
            if (c == '\n' && multiline)
            {
                while (b.Length > 0 && b[^1] == ' ') b.Length--;
                b.Append('\n');
                space = false;
            }
            else if (c is ' ' or '\t' or '\n' or '\r')
            {
                space = b.Length > 0 && b[^1] != '\n';
            }
            else if (char.IsControl(c) || c is '\uFEFF' or '\u202A' or '\u202B' or '\u202C' or '\u202D' or '\u202E')
            {
                continue;
            }
            else
            {
                if (space) b.Append(' ');
                space = false;
                b.Append(c);
            }
        }

        var result = LatinDigits(b.ToString()).Trim(' ', '\n', '\u200C', '\u200B');
        return result.Length == 0 ? null : result;
    }

    /// <summary>
    /// The form that is compared in a search: ي→ی ك→ک ة→ه أإآٱ→ا ؤ→و ئ→ی, digits Latin, no half-space, tatweel or harakat, lower case, single spaces.
    /// The SQL function <c>platform.fold_fa</c> does the same; a test holds them together.
    /// </summary>
    public static string Fold(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var b = new StringBuilder(text.Length);
        foreach (var raw in text)
        {
            var c = raw switch
            {
                'ي' or 'ى' or 'ئ' => 'ی',
                'ك' => 'ک',
                'ة' or 'ۀ' => 'ه',
                'أ' or 'إ' or 'آ' or 'ٱ' => 'ا',
                'ؤ' => 'و',
                >= '\u06F0' and <= '\u06F9' => (char)('0' + (raw - '\u06F0')),
                >= '\u0660' and <= '\u0669' => (char)('0' + (raw - '\u0660')),
                '\u00A0' or '\t' or '\n' or '\r' => ' ',
                _ => raw,
            };
            if (c is '\u0640' or '\u0621' or '\u200B' or '\u200C' or '\u200D' or '\u200E' or '\u200F' or (>= '\u064B' and <= '\u065F') or '\u0670') continue;
            if (c == ' ' && (b.Length == 0 || b[^1] == ' ')) continue;
            b.Append(char.ToLowerInvariant(c));
        }

        if (b.Length > 0 && b[^1] == ' ') b.Length--;
        return b.ToString();
    }

    /// <summary>A number as it is, with the decimal point and digits of the language: <c>۱۲٫۵</c> or <c>12.5</c>.</summary>
    public static string Decimal(decimal value) => Digits(value.ToString("0.############################", CultureInfo.InvariantCulture)).Replace(".", Texts.IsPersian ? "٫" : ".", StringComparison.Ordinal);

    /// <summary>Money in Rials with thousands separators and digits of the language.</summary>
    public static string Number(long value) => Digits(value.ToString("#,0", CultureInfo.InvariantCulture)).Replace(",", Texts.IsPersian ? "٬" : ",", StringComparison.Ordinal);
}
