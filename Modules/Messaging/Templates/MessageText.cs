using System.Text;

namespace Crm.Messaging.Templates;

/// <summary>Texts of messages as they are kept: written letters stay, digits too; only line ends are made one kind and invisible controls go.</summary>
internal static class MessageText
{
    public static string Body(string? text)
    {
        var b = new StringBuilder(text?.Length ?? 0);
        foreach (var c in (text ?? "").ReplaceLineEndings("\n"))
        {
            // Overrides of direction can make a text read as something else than it is.
            if ((char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\uFEFF') continue;
            b.Append(c switch { 'ي' or 'ى' => 'ی', 'ك' => 'ک', _ => c });
        }

        return b.ToString().Trim();
    }

    /// <summary>One line.</summary>
    public static string Line(string? text) => Body(text).Replace('\n', ' ').Replace('\t', ' ');
}
