namespace Crm.Core;

/// <summary>Checkers that the fields of forms can name: numbers with check digits, telephones, addresses.</summary>
public static class FormChecks
{
    private static readonly (string Key, string Title, string Message, Func<string, string?> Take)[] s_all =
    [
        ("nationalId", "National ID of a person", "This is not a valid national ID.", t => Digits(t) is { } d && IranianId.IsPerson(d) ? d.PadLeft(10, '0') : null),
        ("companyId", "National ID of a company", "This is not a valid national ID of a company.", t => Digits(t) is { } d && IranianId.IsCompany(d) ? d : null),
        ("phone", "Telephone number", "This is not a telephone number.", t => PhoneNumber.TryParse(t, out var p) ? p.Value : null),
        ("mobile", "Mobile number", "This is not a mobile number.", t => PhoneNumber.TryParse(t, out var p) && p.IsMobile ? p.Value : null),
        ("iban", "IBAN (Sheba)", "This is not a valid IBAN.", t => BankNumbers.Iban(t) is { } i && BankNumbers.IsIban(i) ? i : null),
        ("card", "Number of a bank card", "This is not a valid card number.", t => BankNumbers.Bare(t) is { } c && BankNumbers.IsCard(c) ? c : null),
        ("postalCode", "Postal code", "This is not a valid postal code.", t => Digits(t) is { } d && IranianId.IsPostalCode(d) ? d : null),
        ("email", "E-mail", "This is not a valid e-mail address.", t => MailAddress.Is(t) ? t : null),
        ("url", "Address of a web page", "This is not the address of a web page.", t => Uri.TryCreate(t, UriKind.Absolute, out var u) && u.Scheme is "http" or "https" && u.Host.Contains('.', StringComparison.Ordinal) ? t : null),
    ];

    /// <summary>Keys with English titles (translation keys).</summary>
    public static IReadOnlyList<(string Key, string Title)> Keys { get; } = [.. s_all.Select(c => (c.Key, c.Title))];

    /// <summary>The text in the spelling that is kept; null where it does not pass, with the English message (translation key).</summary>
    public static string? Take(string check, string text, out string message)
    {
        foreach (var (key, _, says, take) in s_all)
        {
            if (key != check) continue;
            message = says;
            return take(text);
        }

        message = "";
        return text;
    }

    private static string? Digits(string text) => new string([.. text.Where(c => c is not (' ' or '-'))]) is { Length: > 0 } d && d.All(char.IsAsciiDigit) ? d : null;
}
