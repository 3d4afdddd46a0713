using System.IO.Compression;
using System.Text;
using Crm.Core;

namespace Crm.Data.Import;

/// <summary>What a file is.</summary>
public enum TableKind
{
    /// <summary>Text with a delimiter.</summary>
    Csv,

    /// <summary>An xlsx workbook; its first sheet with content is read.</summary>
    Excel,

    /// <summary>vCards; each is a row.</summary>
    VCard,
}

/// <summary>How a file is read.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Encoding">Of text: utf-8, utf-16, utf-16BE or windows-1256.</param>
/// <param name="Delimiter">Of CSV.</param>
public sealed record TableShape(TableKind Kind, string Encoding, char Delimiter)
{
    /// <summary>Encodings that are taken.</summary>
    public static readonly IReadOnlyList<string> Encodings = ["utf-8", "utf-16", "utf-16BE", "windows-1256"];

    /// <summary>Delimiters that are taken.</summary>
    public static readonly IReadOnlyList<char> Delimiters = [',', ';', '\t'];
}

/// <summary>A file as rows under heads, read one after another.</summary>
public abstract class TableReader : IDisposable
{
    /// <summary>Heads of the columns.</summary>
    public abstract IReadOnlyList<string> Heads { get; }

    /// <summary>Number of the row that was read last, the first under the heads being 1.</summary>
    public long Row { get; protected set; }

    /// <summary>The next row, as many cells as heads; null at the end. Rows without any content are counted and left out.</summary>
    public abstract string[]? Read();

    /// <summary>Which part of the file was read, 0 to 1; null where nobody knows.</summary>
    public virtual double? Share => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>Tells what a file is and reads it.</summary>
public static class TableFile
{
    private const int Looked = 64 * 1024;

    static TableFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>What the file is, by its content.</summary>
    /// <exception cref="RuleBroken">It is none of the kinds that are read.</exception>
    public static TableShape Detect(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var head = new byte[Looked];
        file.Position = 0;
        var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var bytes = head.AsSpan(0, length);
        if (bytes.StartsWith("PK\x03\x04"u8)) return new(TableKind.Excel, "utf-8", ',');
        if (bytes.StartsWith(new byte[] { 0xD0, 0xCF, 0x11, 0xE0 })) throw new RuleBroken("import.unreadable", "This is an old Excel file (.xls). Save it as .xlsx or CSV.");
        if (bytes.StartsWith("%PDF"u8)) throw new RuleBroken("import.unreadable", "This is no table: CSV, xlsx and vCard files are read.");
        var encoding = EncodingOf(file, bytes);
        var text = Encoding.GetEncoding(encoding).GetString(bytes).TrimStart('\uFEFF');
        if (text.TrimStart().StartsWith("BEGIN:VCARD", StringComparison.OrdinalIgnoreCase)) return new(TableKind.VCard, encoding, ',');
        if (text.AsSpan().IndexOfAny("\0\u0001\u0002\u0003") >= 0) throw new RuleBroken("import.unreadable", "This is no table: CSV, xlsx and vCard files are read.");
        return new(TableKind.Csv, encoding, DelimiterOf(text, length == Looked));
    }

    /// <summary>Opens the file from its beginning. The stream is closed with the reader.</summary>
    /// <exception cref="RuleBroken">It cannot be read.</exception>
    public static TableReader Open(Stream file, TableShape shape)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(shape);
        file.Position = 0;
        return shape.Kind switch
        {
            TableKind.Excel => new ExcelTable(file),
            TableKind.VCard => new VCardTable(new VCardReader(file, Encoding.GetEncoding(shape.Encoding)), file),
            _ => new CsvTable(new StreamReader(file, Encoding.GetEncoding(shape.Encoding), detectEncodingFromByteOrderMarks: true, 64 * 1024), shape.Delimiter),
        };
    }

    private static string EncodingOf(Stream file, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(new byte[] { 0xEF, 0xBB, 0xBF })) return "utf-8";
        if (head.StartsWith(new byte[] { 0xFF, 0xFE })) return "utf-16";
        if (head.StartsWith(new byte[] { 0xFE, 0xFF })) return "utf-16BE";
        // Without a mark: in UTF-16 every other byte of a delimiter or line end is zero, always on the same side.
        int even = 0, odd = 0;
        for (var i = 0; i + 1 < head.Length; i += 2)
        {
            if (head[i] == 0) even++;
            if (head[i + 1] == 0) odd++;
        }

        if (odd > head.Length / 40 && even == 0) return "utf-16";
        if (even > head.Length / 40 && odd == 0) return "utf-16BE";
        return IsUtf8(file) ? "utf-8" : "windows-1256";
    }

    // The whole file: a Persian name may come late, and a letter must not be lost because it did.
    private static bool IsUtf8(Stream file)
    {
        file.Position = 0;
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var bytes = new byte[Looked];
        var chars = new char[Looked + 1];
        try
        {
            int n;
            while ((n = file.Read(bytes)) > 0) decoder.GetChars(bytes, 0, n, chars, 0, flush: false);
            decoder.GetChars([], 0, 0, chars, 0, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The delimiter by which the first records have the same number of columns, and most of them.</summary>
    private static char DelimiterOf(string text, bool cut)
    {
        if (text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.Length > 4 && TableShape.Delimiters.Contains(text[4])) return text[4];
        var best = (Score: 0.0, Delimiter: ',');
        foreach (var delimiter in TableShape.Delimiters)
        {
            List<int> counts = [];
            try
            {
                var reader = new CsvReader(new StringReader(text), delimiter);
                var fields = new List<string>();
                while (counts.Count < 30 && reader.Read(fields)) counts.Add(fields.Count);
            }
            catch (RuleBroken)
            {
                // Cut in the middle of a quoted field, or not this delimiter.
            }

            if (cut && counts.Count is > 1 and < 30) counts.RemoveAt(counts.Count - 1);
            if (counts.Count == 0 || counts[0] < 2) continue;
            var same = counts.Count(c => c == counts[0]) / (double)counts.Count;
            var score = same * same * (1 + Math.Log(counts[0]));
            if (score > best.Score) best = (score, delimiter);
        }

        return best.Delimiter;
    }

    /// <summary>Heads as they are shown: empty ones are called by their place, doubles are told apart.</summary>
    internal static string[] Named(IEnumerable<string> heads)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. heads.Select((h, i) =>
        {
            var name = FormulaGuard.Original(PersianText.Clean(h) ?? "");
            if (name.Length == 0) name = Texts.Get("Column {0}", PersianText.Digits((i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));
            if (name.Length > 200) name = name[..200];
            var unique = name;
            for (var n = 2; !seen.Add(unique); n++) unique = $"{name} ({n})";
            return unique;
        })];
    }
}

internal sealed class CsvTable : TableReader
{
    private readonly StreamReader _file;
    private readonly CsvReader _csv;
    private readonly List<string> _fields = [];
    private readonly string[] _heads;

    public CsvTable(StreamReader file, char delimiter)
    {
        _file = file;
        _csv = new CsvReader(file, delimiter);
        if (!_csv.Read(_fields)) throw new RuleBroken("import.unreadable", "This file is empty.");
        // «sep=;» is a note of Excel to itself.
        if (_fields[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && _fields.TrueForAll(f => f.Length <= 5) && !_csv.Read(_fields)) throw new RuleBroken("import.unreadable", "This file is empty.");
        _heads = TableFile.Named(_fields);
    }

    public override IReadOnlyList<string> Heads => _heads;

    public override double? Share => _file.BaseStream.Length is > 0 and var length ? (double)_file.BaseStream.Position / length : null;

    public override string[]? Read()
    {
        while (_csv.Read(_fields))
        {
            Row++;
            if (_fields.TrueForAll(string.IsNullOrWhiteSpace)) continue;
            var cells = new string[_heads.Length];
            for (var i = 0; i < cells.Length; i++) cells[i] = i < _fields.Count ? FormulaGuard.Original(_fields[i]) : "";
            if (_fields.Count > cells.Length && _fields.Skip(cells.Length).Any(f => f.Length > 0)) throw new RuleBroken("import.unreadable", "More cells than heads in row {0}. Is the delimiter right?", Row);
            return cells;
        }

        return null;
    }

    protected override void Dispose(bool disposing) => _file.Dispose();
}

internal static class ZipGuard
{
    // ExcelDataReader keeps the shared strings in memory; all else is streamed.
    private const long MaxStrings = 96L * 1024 * 1024;
    private const long MaxWhole = 4L * 1024 * 1024 * 1024;

    /// <summary>Refuses workbooks that unfold to more than a real one would.</summary>
    public static void Check(Stream file)
    {
        try
        {
            file.Position = 0;
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.Entries.Count > 2_000 || !zip.Entries.Any(e => e.FullName.Equals("xl/workbook.xml", StringComparison.OrdinalIgnoreCase))) throw Unreadable();
            foreach (var entry in zip.Entries)
            {
                var most = entry.FullName.StartsWith("xl/worksheets/", StringComparison.OrdinalIgnoreCase) ? MaxWhole : MaxStrings;
                // XML of tables packs to a tenth or twentieth; a thousandth is a trap.
                if (entry.Length > most || (entry.Length > 4 * 1024 * 1024 && entry.Length / Math.Max(1, entry.CompressedLength) > 400)) throw new RuleBroken("import.unreadable", "This workbook unfolds to too much. Save it as CSV.");
            }
        }
        catch (InvalidDataException)
        {
            throw Unreadable();
        }

        file.Position = 0;
    }

    public static RuleBroken Unreadable() => new("import.unreadable", "This workbook cannot be read. Save it anew as .xlsx or CSV.");
}
