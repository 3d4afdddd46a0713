using System.Diagnostics.CodeAnalysis;

namespace Crm.Core;

/// <summary>
/// A telephone number in international form (<c>+989123456789</c>), so that it is the same number however it was typed.
/// Numbers without a country are taken as Iranian: <c>0912…</c>, <c>912…</c>, <c>021…</c>, <c>0098…</c>.
/// </summary>
public readonly record struct PhoneNumber
{
    private PhoneNumber(string value) => Value = value;

    /// <summary><c>+</c>, country and number: digits only.</summary>
    public string Value { get; }

    /// <summary>Whether it is an Iranian mobile number, which can take an SMS.</summary>
    public bool IsMobile => Value.Length == 13 && Value.StartsWith("+989", StringComparison.Ordinal);

    /// <summary>Reads a number in any spelling people use: digits of any script, spaces, dashes, brackets.</summary>
    /// <returns>False when it has other characters, or fewer than 4 or more than 15 digits.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        if (string.IsNullOrWhiteSpace(text)) return false;
        Span<char> digits = stackalloc char[24];
        var n = 0;
        var plus = false;
        foreach (var c in PersianText.LatinDigits(text.Trim()))
        {
            if (c is >= '0' and <= '9')
            {
                if (n == digits.Length) return false;
                digits[n++] = c;
            }
            else if (c == '+' && n == 0 && !plus)
            {
                plus = true;
            }
            else if (c is not (' ' or '-' or '(' or ')' or '.' or '/' or '\u00A0' or '\u200C' or '\u200E' or '\u200F' or '\u202A' or '\u202C' or '–'))
            {
                return false;
            }
        }

        var d = new string(digits[..n]);
        if (!plus && d.StartsWith("00", StringComparison.Ordinal))
        {
            d = d[2..];
            plus = true;
        }

        if (plus)
        {
            // +98 0912… : people keep the trunk zero after the country.
            if (d.StartsWith("980", StringComparison.Ordinal)) d = "98" + d[3..];
            if (d.Length is < 8 or > 15 || d[0] == '0') return false;
            if (d.StartsWith("98", StringComparison.Ordinal) && d.Length != 12) return false;
            number = new("+" + d);
            return true;
        }

        if (d.StartsWith("98", StringComparison.Ordinal) && d.Length == 12) number = new("+" + d);
        else if (d.Length == 11 && d[0] == '0' && d[1] != '0') number = new(string.Concat("+98", d.AsSpan(1)));
        else if (d.Length == 10 && d[0] == '9') number = new("+98" + d);
        // Short codes and local numbers without an area stay as they are: people do keep them.
        else if (d.Length is >= 4 and <= 8 && d[0] != '0') number = new(d);
        else return false;
        return true;
    }

    /// <summary>Reads a number that was validated before.</summary>
    /// <exception cref="FormatException">It is not a number.</exception>
    public static PhoneNumber Parse(string text) => TryParse(text, out var n) ? n : throw new FormatException($"“{text}” is not a telephone number.");

    /// <summary>Whether <see cref="TryParse"/> would take it.</summary>
    public static bool IsValid(string? text) => TryParse(text, out _);

    /// <summary>As people read it at home: <c>0912 345 6789</c>, <c>021 8888 7777</c>; foreign numbers with their plus. Latin digits.</summary>
    public string ToDisplay()
    {
        if (Value is null) return "";
        if (!Value.StartsWith("+98", StringComparison.Ordinal) || Value.Length != 13) return Value;
        var d = "0" + Value[3..];
        return IsMobile ? $"{d[..4]} {d[4..7]} {d[7..]}" : $"{d[..3]} {d[3..7]} {d[7..]}";
    }

    /// <inheritdoc/>
    public override string ToString() => Value ?? "";
}
