using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Sending;

/// <summary>Writes a message as RFC 5322 and MIME want it: ASCII lines of at most 76 characters, whatever stands in the fields.</summary>
internal static partial class MailText
{
    /// <summary>The whole mail, lines ended by CR LF, without dot stuffing.</summary>
    public static byte[] Write(Letter letter, SmtpSettings settings, DateTimeOffset now)
    {
        var b = new StringBuilder();
        Header(b, "From", Mailbox(settings.FromName, settings.FromAddress));
        Header(b, "To", Mailbox(letter.RecipientName, letter.Address));
        if (settings.ReplyTo is { Length: > 0 } reply) Header(b, "Reply-To", Mailbox(null, reply));
        Header(b, "Subject", Words(letter.Subject));
        Header(b, "Date", now.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        // The same for every try: who gets a mail twice can tell.
        Header(b, "Message-ID", $"<{letter.Id:N}@{Domain(settings.FromAddress)}>");
        Header(b, "Auto-Submitted", "auto-generated");
        Header(b, "Content-Language", letter.Language == "fa" ? "fa" : "en");
        Header(b, "MIME-Version", "1.0");
        if (letter.Format == BodyFormat.Text)
        {
            Part(b, "text/plain", letter.Body);
        }
        else
        {
            var boundary = $"part-{letter.Id:N}";
            Header(b, "Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
            b.Append("\r\n--").Append(boundary).Append("\r\n");
            Part(b, "text/plain", PlainOf(letter.Body));
            b.Append("\r\n--").Append(boundary).Append("\r\n");
            Part(b, "text/html", Page(letter));
            b.Append("\r\n--").Append(boundary).Append("--\r\n");
        }

        return Encoding.ASCII.GetBytes(b.ToString());
    }

    /// <summary>What stands after the at sign.</summary>
    public static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();

    /// <summary>A mail's HTML with language and direction.</summary>
    public static string Page(Letter letter) =>
        $"<!doctype html><html lang=\"{(letter.Language == "fa" ? "fa" : "en")}\" dir=\"{(letter.Language == "fa" ? "rtl" : "ltr")}\"><head><meta charset=\"utf-8\"></head><body style=\"font-family:Vazirmatn,Tahoma,sans-serif\">{letter.Body}</body></html>";

    /// <summary>The words of an HTML text, for programs that do not show HTML.</summary>
    public static string PlainOf(string html)
    {
        var text = Hidden().Replace(html, "");
        text = Breaks().Replace(text, "\n");
        text = WebUtility.HtmlDecode(Tags().Replace(text, ""));
        return ManyLines().Replace(text, "\n\n").Trim();
    }

    private static void Header(StringBuilder b, string name, string value) => b.Append(name).Append(": ").Append(value).Append("\r\n");

    private static string Mailbox(string? name, string address) => string.IsNullOrWhiteSpace(name) ? $"<{address}>" : $"{Words(name)}\r\n <{address}>";

    /// <summary>RFC 2047: plain words as they are, everything else in encoded words of at most 75 characters that never cut a letter.</summary>
    public static string Words(string text)
    {
        var clean = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
        if (clean.Length <= 60 && clean.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '!' or '+' or '#') && !clean.Contains("=?", StringComparison.Ordinal)) return clean;
        var b = new StringBuilder();
        var word = new List<byte>();
        foreach (var rune in clean.EnumerateRunes())
        {
            var bytes = Encoding.UTF8.GetBytes(rune.ToString());
            if (word.Count + bytes.Length > 45) Flush();
            word.AddRange(bytes);
        }

        Flush();
        return b.ToString();

        void Flush()
        {
            if (word.Count == 0) return;
            if (b.Length > 0) b.Append("\r\n ");
            b.Append("=?UTF-8?B?").Append(Convert.ToBase64String(word.ToArray())).Append("?=");
            word.Clear();
        }
    }

    private static void Part(StringBuilder b, string type, string text)
    {
        Header(b, "Content-Type", type + "; charset=utf-8");
        Header(b, "Content-Transfer-Encoding", "quoted-printable");
        b.Append("\r\n");
        QuotedPrintable(b, text);
        b.Append("\r\n");
    }

    /// <summary>RFC 2045, section 6.7.</summary>
    public static void QuotedPrintable(StringBuilder b, string text)
    {
        foreach (var (line, last) in Lines(text))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            var width = 0;
            for (var i = 0; i < bytes.Length; i++)
            {
                var c = bytes[i];
                var blankAtEnd = c is (byte)' ' or (byte)'\t' && i == bytes.Length - 1;
                var plain = (c is >= 33 and <= 126 && c != (byte)'=') || (c is (byte)' ' or (byte)'\t' && !blankAtEnd);
                var size = plain ? 1 : 3;
                if (width + size > 75)
                {
                    b.Append("=\r\n");
                    width = 0;
                }

                if (plain) b.Append((char)c);
                else b.Append('=').Append(c.ToString("X2", CultureInfo.InvariantCulture));
                width += size;
            }

            if (!last) b.Append("\r\n");
        }
    }

    private static IEnumerable<(string Line, bool Last)> Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++) yield return (lines[i], i == lines.Length - 1);
    }

    [GeneratedRegex(@"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", RegexOptions.Singleline | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Hidden();

    [GeneratedRegex(@"<(?:br|/p|/div|/h[1-6]|/tr|/li)\b[^>]*>", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Breaks();

    [GeneratedRegex(@"<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\n\s*\n\s*", RegexOptions.NonBacktracking)]
    private static partial Regex ManyLines();
}
