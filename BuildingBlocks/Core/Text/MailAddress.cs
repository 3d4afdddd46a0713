using System.Text.RegularExpressions;

namespace Crm.Core;

/// <summary>Addresses of e-mail: the one rule for what forms, files and the API take and for what mail is sent to.</summary>
public static partial class MailAddress
{
    /// <summary>Longest that can be delivered to (RFC 5321, 4.5.3.1).</summary>
    public const int MaxLength = 254;

    /// <summary>Whether a mail could go there: one plain address that can stand in a command and in a header, with nothing outside of ASCII, no quotes and no line end. Empty is for other rules to judge.</summary>
    public static bool IsValid(string? text) => string.IsNullOrWhiteSpace(text) || Is(text);

    /// <summary>The same, and it is not empty.</summary>
    public static bool Is(string? text) => text is { Length: <= MaxLength } && Address().IsMatch(text);

    [GeneratedRegex(@"^(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
