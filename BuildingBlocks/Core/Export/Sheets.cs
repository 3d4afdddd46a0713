using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Crm.Core;

/// <summary>
/// Writes a table as a file, row by row: memory does not grow with it. Cells that a spreadsheet would take for a formula are neutralised: in CSV by an apostrophe
/// before them, which our import takes off again; in xlsx texts are texts.
/// </summary>
public abstract class SheetWriter : IAsyncDisposable
{
    /// <summary>A CSV file in UTF-8 with its mark, so that Excel reads Persian.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="delimiter">Between the cells.</param>
    /// <param name="quoted">Every text in quotes, not only those that need them.</param>
    public static SheetWriter Csv(Stream to, char delimiter = ',', bool quoted = false) => new CsvSheet(new StreamWriter(to, new UTF8Encoding(true), 1 << 16, leaveOpen: true), delimiter, quoted);

    /// <summary>A CSV file into a writer, which ends with it.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="delimiter">Between the cells.</param>
    public static SheetWriter Csv(TextWriter to, char delimiter = ',') => new CsvSheet(to, delimiter, false);

    /// <summary>An xlsx file of one sheet.</summary>
    /// <param name="to">Where to; need not be seekable.</param>
    /// <param name="name">Name of the sheet.</param>
    /// <param name="rightToLeft">Columns begin at the right.</param>
    public static SheetWriter Xlsx(Stream to, string name, bool rightToLeft) => new XlsxSheet(to, name, rightToLeft);

    /// <summary>Writes a row: texts, numbers, <see cref="DateOnly"/>, <see cref="DateTime"/> (as it is to be read, without a zone), booleans or null.</summary>
    public abstract Task RowAsync(IReadOnlyList<object?> cells);

    /// <summary>Ends the file; the stream stays open.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>The text as a cell of CSV: <see cref="FormulaGuard"/>'s, but for numbers and telephone numbers, which compute nothing.</summary>
    public static string Neutral(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsNumber(text) ? text : FormulaGuard.Neutral(text);
    }

    // «+98 912 345 67 89» and «-12.5» compute nothing.
    private static bool IsNumber(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]) && text[i] is not ('.' or ' ' or '(' or ')')) return false;
        }

        return text.Length > 1 && text[0] is '+' or '-';
    }
}

internal sealed class CsvSheet(TextWriter to, char delimiter, bool quoted) : SheetWriter
{
    public override async Task RowAsync(IReadOnlyList<object?> cells)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            if (i > 0) to.Write(delimiter);
            var text = cells[i] switch
            {
                null => "",
                string s => Neutral(s),
                bool b => b ? "true" : "false",
                DateOnly d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                DateTime t => t.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                var v => Convert.ToString(v, CultureInfo.InvariantCulture)!,
            };
            if (!(quoted && cells[i] is string) && text.AsSpan().IndexOfAny("\",\r\n;\t") < 0 && (text.Length == 0 || text[0] != ' ' && text[^1] != ' '))
            {
                to.Write(text);
            }
            else
            {
                to.Write('"');
                to.Write(text.Replace("\"", "\"\"", StringComparison.Ordinal));
                to.Write('"');
            }
        }

        await to.WriteAsync("\r\n");
    }

    public override async ValueTask DisposeAsync() => await to.DisposeAsync();
}

/// <summary>
/// The few parts of SpreadsheetML that a table needs, into a zip that streams. The library for it (Open XML SDK) wants a seekable stream and holds the package's parts;
/// a million rows of ours are one pass.
/// </summary>
internal sealed class XlsxSheet : SheetWriter
{
    private const int MaxText = 32_767;
    private const int MaxRows = 1_048_576;
    private readonly ZipArchive _zip;
    private readonly string _name;
    private readonly bool _rightToLeft;
    private readonly List<string> _sheets = [];
    private readonly StringBuilder _row = new(1024);
    private StreamWriter? _to;
    private int _rows;
    private IReadOnlyList<object?>? _head;

    public XlsxSheet(Stream to, string name, bool rightToLeft)
    {
        _zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        _name = new string([.. name.Where(c => c is not ('[' or ']' or ':' or '*' or '?' or '/' or '\\'))]) is { Length: > 0 } clean ? clean[..Math.Min(clean.Length, 25)] : "Sheet";
        _rightToLeft = rightToLeft;
        Part("[Content_Types].xml", null);
    }

    public override async Task RowAsync(IReadOnlyList<object?> cells)
    {
        // A sheet holds so many rows and no more: the rest goes on in the next one, under the same head.
        if (_to is null || _rows == MaxRows)
        {
            await OpenAsync();
            if (_head is not null) await WriteAsync(_head, true);
        }

        var head = _head is null;
        _head ??= [.. cells];
        await WriteAsync(cells, head);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_to is null) await OpenAsync();
        await CloseAsync();
        var sheets = Enumerable.Range(1, _sheets.Count).ToList();
        Part("xl/workbook.xml", "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>"
            + string.Concat(sheets.Select(i => $"<sheet name=\"{Escape(_sheets[i - 1])}\" sheetId=\"{i}\" r:id=\"s{i}\"/>")) + "</sheets></workbook>");
        Part("xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            + string.Concat(sheets.Select(i => $"<Relationship Id=\"s{i}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>"))
            + "<Relationship Id=\"st\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>");
        Part("_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"wb\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
        // 0 plain, 1 bold head, 2 date, 3 date and time.
        Part("xl/styles.xml", "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm\"/></numFmts>"
            + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
            + "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"4\"><xf xfId=\"0\"/><xf xfId=\"0\" fontId=\"1\" applyFont=\"1\"/><xf xfId=\"0\" numFmtId=\"164\" applyNumberFormat=\"1\"/><xf xfId=\"0\" numFmtId=\"165\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>");
        _zip.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<object?> cells, bool head)
    {
        _rows++;
        _row.Clear().Append("<row>");
        foreach (var cell in cells) Cell(cell, head);
        _row.Append("</row>");
        foreach (var chunk in _row.GetChunks()) await _to!.WriteAsync(chunk);
    }

    private void Cell(object? value, bool head)
    {
        switch (value)
        {
            case null or "":
                _row.Append("<c/>");
                break;
            case bool b:
                _row.Append("<c t=\"b\"><v>").Append(b ? '1' : '0').Append("</v></c>");
                break;
            case DateOnly d:
                Number(d.ToDateTime(TimeOnly.MinValue).ToOADate(), " s=\"2\"");
                break;
            case DateTime t:
                Number(t.ToOADate(), " s=\"3\"");
                break;
            case string s:
                _row.Append(head ? "<c t=\"inlineStr\" s=\"1\"><is><t xml:space=\"preserve\">" : "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">").Append(Escape(s)).Append("</t></is></c>");
                break;
            default:
                _row.Append("<c><v>").Append(Convert.ToString(value, CultureInfo.InvariantCulture)).Append("</v></c>");
                break;
        }
    }

    private void Number(double value, string style) => _row.Append("<c").Append(style).Append("><v>").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append("</v></c>");

    private async Task OpenAsync()
    {
        await CloseAsync();
        _sheets.Add(_sheets.Count == 0 ? _name : $"{_name} {_sheets.Count + 1}");
        _to = new StreamWriter(_zip.CreateEntry($"xl/worksheets/sheet{_sheets.Count}.xml", CompressionLevel.Fastest).Open(), new UTF8Encoding(false), 1 << 16);
        _rows = 0;
        await _to.WriteAsync("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView workbookViewId=\"0\"" + (_rightToLeft ? " rightToLeft=\"1\"" : "")
            + "><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\" defaultColWidth=\"18\"/><cols><col min=\"1\" max=\"1\" width=\"32\" customWidth=\"1\"/></cols><sheetData>");
    }

    private async Task CloseAsync()
    {
        if (_to is null) return;
        await _to.WriteAsync("</sheetData></worksheet>");
        await _to.DisposeAsync();
        _to = null;
    }

    // The types of the parts are told first; how many sheets there will be is not known yet, so as many are named as a workbook of ours can have.
    private void Part(string name, string? xml)
    {
        using var to = new StreamWriter(_zip.CreateEntry(name, CompressionLevel.Fastest).Open(), new UTF8Encoding(false));
        to.Write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>");
        to.Write(xml ?? "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
            + "<Default Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
            + "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
            + "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>");
    }

    private static string Escape(string text)
    {
        if (text.Length > MaxText) text = text[..MaxText];
        var b = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            switch (c)
            {
                case '&': b.Append("&amp;"); break;
                case '<': b.Append("&lt;"); break;
                case '>': b.Append("&gt;"); break;
                case '"': b.Append("&quot;"); break;
                // XML keeps no control characters.
                case < ' ' and not ('\t' or '\n' or '\r'): break;
                case '\uFFFE' or '\uFFFF': break;
                default: b.Append(c); break;
            }
        }

        return b.ToString();
    }
}
