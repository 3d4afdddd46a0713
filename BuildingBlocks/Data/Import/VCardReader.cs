using System.Text;
using Crm.Core;

namespace Crm.Data.Import;

/// <summary>A property of a vCard.</summary>
/// <param name="Name">In capitals, without its group.</param>
/// <param name="Types">Values of TYPE and bare types, in capitals.</param>
/// <param name="Value">As it stands there, decoded but not unescaped.</param>
public sealed record VCardProperty(string Name, IReadOnlySet<string> Types, string Value)
{
    /// <summary>The value without its escapes.</summary>
    public string Text => Unescape(Value);

    /// <summary>Components of a structured value (N, ADR, ORG), without their escapes.</summary>
    public IReadOnlyList<string> Parts
    {
        get
        {
            List<string> parts = [];
            var from = 0;
            for (var i = 0; i <= Value.Length; i++)
            {
                if (i < Value.Length && Value[i] == '\\') i++;
                else if (i == Value.Length || Value[i] == ';')
                {
                    parts.Add(Unescape(Value[from..i]).Trim());
                    from = i + 1;
                }
            }

            if (from < Value.Length) parts.Add(Unescape(Value[from..]).Trim());
            return parts;
        }
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        var b = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length) b.Append(text[i]);
            else b.Append(text[++i] switch { 'n' or 'N' => '\n', var c => c });
        }

        return b.ToString();
    }
}

/// <summary>
/// Reads vCards 2.1, 3.0 and 4.0 one after another: folded lines, quoted-printable with its charset, bare types, groups, quoted parameters. Pictures, sounds and keys are skipped without being kept;
/// cards within cards (AGENT) too.
/// </summary>
public sealed class VCardReader(Stream file, Encoding encoding)
{
    private const int MaxValue = 200_000;
    private const int MaxProperties = 2_000;
    private static readonly HashSet<string> s_skipped = ["PHOTO", "LOGO", "SOUND", "KEY", "AGENT"];

    private readonly StreamReader _text = new(file, encoding, detectEncodingFromByteOrderMarks: true, 64 * 1024, leaveOpen: true);
    private string? _ahead;

    /// <summary>Cards read so far.</summary>
    public long Cards { get; private set; }

    /// <summary>The next card; null at the end.</summary>
    /// <exception cref="RuleBroken">It is broken.</exception>
    public IReadOnlyList<VCardProperty>? Read()
    {
        while (Line() is { } line)
        {
            if (Is(line, "BEGIN:VCARD")) return Card();
        }

        return null;
    }

    private List<VCardProperty> Card()
    {
        Cards++;
        List<VCardProperty> card = [];
        var within = 0;
        while (Line() is { } line)
        {
            if (Is(line, "BEGIN:VCARD"))
            {
                within++;
            }
            else if (Is(line, "END:VCARD"))
            {
                if (within == 0) return card;
                within--;
            }
            else if (Property(line) is { } property && within == 0)
            {
                card.Add(property);
                if (card.Count > MaxProperties) break;
            }
        }

        throw new RuleBroken("import.unreadable", "The end of card {0} is missing.", Cards);
    }

    private VCardProperty? Property(string line)
    {
        var (colon, quoted) = (-1, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"') quoted = !quoted;
            if (line[i] == ':' && !quoted)
            {
                colon = i;
                break;
            }
        }

        // A stray quotation mark: take the first colon after all.
        if (colon < 0) colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return null;
        var head = Split(line[..colon]);
        var name = head[0].ToUpperInvariant();
        if (name.LastIndexOf('.') is >= 0 and var dot) name = name[(dot + 1)..];
        HashSet<string> types = [];
        string? charset = null;
        var printable = false;
        var binary = false;
        foreach (var parameter in head.Skip(1))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = equals < 0 ? ("TYPE", parameter) : (parameter[..equals].Trim().ToUpperInvariant(), parameter[(equals + 1)..].Trim().Trim('"'));
            switch (key)
            {
                case "CHARSET": charset = value; break;
                case "ENCODING" when value.Equals("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase): printable = true; break;
                case "ENCODING" when value.Equals("B", StringComparison.OrdinalIgnoreCase) || value.Equals("BASE64", StringComparison.OrdinalIgnoreCase): binary = true; break;
                case "TYPE":
                    foreach (var type in value.ToUpperInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    {
                        if (type == "QUOTED-PRINTABLE") printable = true;
                        else if (type is "BASE64") binary = true;
                        else types.Add(type);
                    }

                    break;
                case "PREF": types.Add("PREF"); break;
            }
        }

        var text = line[(colon + 1)..];
        if (printable)
        {
            var whole = new StringBuilder(text);
            // A soft line break: «=» at the end says that the next line belongs to it, as it is.
            while (whole.Length > 0 && whole[^1] == '=')
            {
                whole.Length--;
                if (RawLine() is not { } more) break;
                whole.Append(more);
                if (whole.Length > MaxValue) throw TooLong();
            }

            text = Printable(whole.ToString(), charset);
        }

        if (binary || s_skipped.Contains(name)) return null;
        return new(name, types, text);
    }

    private string Printable(string text, string? charset)
    {
        using var bytes = new MemoryStream(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.WriteByte((byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2])));
                i += 2;
            }
            else
            {
                bytes.Write(Encoding.UTF8.GetBytes([text[i]]));
            }
        }

        var raw = bytes.ToArray();
        if (charset is not null && Known(charset) is { } named) return named.GetString(raw).Replace("\r\n", "\n", StringComparison.Ordinal);
        // No charset is said: it is UTF-8 where it can be, else what the file is.
        try
        {
            return new UTF8Encoding(false, true).GetString(raw).Replace("\r\n", "\n", StringComparison.Ordinal);
        }
        catch (DecoderFallbackException)
        {
            return (encoding is UTF8Encoding ? Encoding.GetEncoding("windows-1256") : encoding).GetString(raw).Replace("\r\n", "\n", StringComparison.Ordinal);
        }
    }

    private static Encoding? Known(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static int Hex(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    /// <summary>A line with what is folded behind it.</summary>
    private string? Line()
    {
        var line = RawLine();
        while (line is { Length: 0 }) line = RawLine();
        if (line is null) return null;
        var skipped = s_skipped.Any(n => line.StartsWith(n, StringComparison.OrdinalIgnoreCase) || line.Contains("." + n, StringComparison.OrdinalIgnoreCase));
        StringBuilder? whole = null;
        while (Peek() is { Length: > 0 } next && next[0] is ' ' or '\t')
        {
            RawLine();
            if (skipped) continue;
            whole ??= new StringBuilder(line);
            whole.Append(next, 1, next.Length - 1);
            if (whole.Length > MaxValue) throw TooLong();
        }

        return whole?.ToString() ?? line;
    }

    private string? Peek() => _ahead ??= Take();

    private string? RawLine()
    {
        if (_ahead is not { } line) return Take();
        _ahead = null;
        return line;
    }

    // Not ReadLine: a file of one endless line must not fill the memory. What is longer than any text (a picture in one line) is cut off and thrown away.
    private string? Take()
    {
        var b = new StringBuilder(80);
        int c;
        while ((c = _text.Read()) >= 0)
        {
            if (c == '\n') return b.ToString();
            if (c == '\r')
            {
                if (_text.Peek() == '\n') _text.Read();
                return b.ToString();
            }

            if (b.Length < MaxValue) b.Append((char)c);
        }

        return b.Length > 0 ? b.ToString() : null;
    }

    private RuleBroken TooLong() => new("import.unreadable", "A value in card {0} is too long.", Cards);

    private static bool Is(string line, string what) => line.Trim().Equals(what, StringComparison.OrdinalIgnoreCase);

    private static List<string> Split(string head)
    {
        List<string> parts = [];
        var (from, quoted) = (0, false);
        for (var i = 0; i <= head.Length; i++)
        {
            if (i < head.Length && head[i] == '"') quoted = !quoted;
            if (i < head.Length && (head[i] != ';' || quoted)) continue;
            parts.Add(head[from..i].Trim());
            from = i + 1;
        }

        return parts;
    }
}

/// <summary>vCards as rows: what address books know of somebody, in columns that are always the same.</summary>
internal sealed class VCardTable(VCardReader cards, Stream file) : TableReader
{
    private static readonly string[] s_heads =
    [
        "Kind", "Salutation", "First name", "Last name", "Company", "Department", "Position", "Mobile", "Mobile 2", "Work phone", "Work phone 2", "Home phone", "Fax", "Other phone", "E-mail", "E-mail 2", "E-mail 3",
        "Address", "City", "Province", "Postal code", "Country", "Address 2", "City 2", "Province 2", "Postal code 2", "Birthday", "Notes",
    ];

    private static readonly Dictionary<string, int> s_at = s_heads.Select((h, i) => (h, i)).ToDictionary(p => p.h, p => p.i);

    public override IReadOnlyList<string> Heads => s_heads;

    public override double? Share => file.Length > 0 ? (double)file.Position / file.Length : null;

    public override string[]? Read()
    {
        while (cards.Read() is { } card)
        {
            Row++;
            var cells = RowOf(card);
            if (!Array.TrueForAll(cells, c => c.Length == 0)) return cells;
        }

        return null;
    }

    protected override void Dispose(bool disposing) => file.Dispose();

    private static string[] RowOf(IReadOnlyList<VCardProperty> card)
    {
        var cells = new string[s_heads.Length];
        Array.Fill(cells, "");
        var names = card.FirstOrDefault(p => p.Name == "N")?.Parts ?? [];
        var full = card.FirstOrDefault(p => p.Name == "FN")?.Text.Trim() ?? "";
        var org = card.FirstOrDefault(p => p.Name == "ORG")?.Parts ?? [];
        var company = Part(org, 0);
        Put("Last name", Part(names, 0));
        Put("First name", string.Join(' ', new[] { Part(names, 1), Part(names, 2).Replace(",", " ", StringComparison.Ordinal) }.Where(n => n.Length > 0)));
        Put("Salutation", Part(names, 3));
        var nameless = cells[s_at["Last name"]].Length == 0 && cells[s_at["First name"]].Length == 0;
        var kind = card.FirstOrDefault(p => p.Name == "KIND")?.Text.Trim();
        var isCompany = string.Equals(kind, "org", StringComparison.OrdinalIgnoreCase) || card.Any(p => p.Name == "X-ABSHOWAS" && p.Text.Trim().Equals("COMPANY", StringComparison.OrdinalIgnoreCase))
            || (nameless && company.Length > 0 && (full.Length == 0 || full == company));
        if (isCompany)
        {
            Put("Kind", "company");
            if (company.Length == 0) company = full;
            cells[s_at["First name"]] = cells[s_at["Last name"]] = cells[s_at["Salutation"]] = "";
        }
        else if (nameless && full.Length > 0)
        {
            var cut = full.LastIndexOf(' ');
            Put("First name", cut < 0 ? "" : full[..cut]);
            Put("Last name", full[(cut + 1)..]);
        }

        Put("Company", company);
        Put("Department", Part(org, 1));
        Put("Position", card.FirstOrDefault(p => p.Name == "TITLE")?.Text ?? "");
        foreach (var tel in card.Where(p => p.Name == "TEL"))
        {
            var number = tel.Text.Trim();
            if (number.StartsWith("tel:", StringComparison.OrdinalIgnoreCase)) number = number[4..].Split(';')[0];
            if (number.Length == 0) continue;
            if (tel.Types.Contains("FAX")) First(number, "Fax", "Other phone");
            else if (tel.Types.Contains("CELL") || tel.Types.Contains("IPHONE")) First(number, "Mobile", "Mobile 2", "Other phone");
            else if (tel.Types.Contains("HOME")) First(number, "Home phone", "Other phone");
            else if (tel.Types.Contains("WORK")) First(number, "Work phone", "Work phone 2", "Other phone");
            else if (tel.Types.Contains("PAGER")) continue;
            else First(number, PhoneNumber.TryParse(number, out var n) && n.IsMobile ? "Mobile" : "Other phone", "Mobile 2", "Work phone", "Work phone 2", "Home phone");
        }

        foreach (var mail in card.Where(p => p.Name == "EMAIL")) First(mail.Text.Trim(), "E-mail", "E-mail 2", "E-mail 3");
        var nth = 0;
        foreach (var address in card.Where(p => p.Name == "ADR").OrderBy(a => a.Types.Contains("PREF") ? 0 : 1))
        {
            var parts = address.Parts;
            var street = string.Join("، ", new[] { Part(parts, 2), Part(parts, 1), Part(parts, 0) }.Where(s => s.Length > 0)).Replace('\n', ' ');
            if (parts.All(p => p.Length == 0)) continue;
            var behind = nth++ switch { 0 => "", 1 => " 2", _ => null };
            if (behind is null) break;
            Put("Address" + behind, street);
            Put("City" + behind, Part(parts, 3));
            Put("Province" + behind, Part(parts, 4));
            Put("Postal code" + behind, Part(parts, 5));
            if (behind.Length == 0) Put("Country", Part(parts, 6));
        }

        Put("Birthday", Day(card.FirstOrDefault(p => p.Name == "BDAY")?.Text.Trim() ?? ""));
        Put("Notes", string.Join('\n', card.Where(p => p.Name == "NOTE").Select(p => p.Text.Trim())));
        return cells;

        void Put(string head, string text) => cells[s_at[head]] = text.Trim();

        void First(string text, params string[] heads)
        {
            if (heads.FirstOrDefault(h => cells[s_at[h]].Length == 0) is { } free) Put(free, text);
        }
    }

    private static string Part(IReadOnlyList<string> parts, int i) => i < parts.Count ? parts[i] : "";

    // 19800321, 1980-03-21, with or without a time; a day without a year is no date.
    private static string Day(string text)
    {
        var digits = text.Split('T')[0].Replace("-", "", StringComparison.Ordinal);
        return digits.Length == 8 && digits.All(char.IsAsciiDigit) && !text.StartsWith('-') ? $"{digits[..4]}-{digits[4..6]}-{digits[6..]}" : "";
    }
}
