namespace Crm.Core;

/// <summary>Check digits of bank accounts and bank cards. What is typed with spaces or dashes is taken without them.</summary>
public static class BankNumbers
{
    /// <summary>Its letters and digits alone; null for nothing.</summary>
    public static string? Bare(string? typed) => typed is null ? null : new string([.. typed.Where(char.IsAsciiLetterOrDigit)]).ToUpperInvariant() is { Length: > 0 } bare ? bare : null;

    /// <summary>An IBAN in its own spelling; an Iranian one may be typed without its «IR».</summary>
    public static string? Iban(string? typed) => Bare(typed) is not { } bare ? null : bare.Length == 24 && bare.All(char.IsAsciiDigit) ? "IR" + bare : bare;

    /// <summary>Country, two check digits and the account: the whole, turned round, leaves 1 when divided by 97. Those of Iran have 26 signs.</summary>
    public static bool IsIban(string? iban)
    {
        if (iban is not { Length: >= 15 and <= 34 } || !iban.All(char.IsAsciiLetterOrDigit) || !char.IsAsciiLetterUpper(iban[0]) || !char.IsAsciiLetterUpper(iban[1])) return false;
        if (iban.StartsWith("IR", StringComparison.Ordinal) && (iban.Length != 26 || !iban.AsSpan(2).ContainsOnlyDigits())) return false;
        var rest = 0;
        foreach (var c in iban[4..] + iban[..4])
        {
            rest = char.IsAsciiDigit(c) ? ((rest * 10) + (c - '0')) % 97 : char.IsAsciiLetterUpper(c) ? ((rest * 100) + (c - 'A' + 10)) % 97 : -1;
            if (rest < 0) return false;
        }

        return rest == 1;
    }

    /// <summary>Sixteen digits with Luhn's check digit.</summary>
    public static bool IsCard(string? card)
    {
        if (card is not { Length: 16 } || !card.AsSpan().ContainsOnlyDigits() || card.All(c => c == '0')) return false;
        var sum = 0;
        for (var i = 0; i < 16; i++)
        {
            var digit = (card[i] - '0') * (i % 2 == 0 ? 2 : 1);
            sum += digit > 9 ? digit - 9 : digit;
        }

        return sum % 10 == 0;
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) return false;
        }

        return true;
    }
}
