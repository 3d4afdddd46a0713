using System.Globalization;
using System.IO.Compression;
using System.Security;
using System.Text;
using Crm.Core;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Web;

/// <summary>A report as a file: CSV or xlsx. Texts that a spreadsheet would take for a formula are made plain; days are in the user's calendar, numbers are numbers.</summary>
public static class ReportFile
{
    /// <summary>The file, for <c>csv</c> or <c>xlsx</c>.</summary>
    public static FileContentResult Of(ReportTable table, string format, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(table);
        return format == "xlsx"
            ? new(Xlsx(table, dates), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") { FileDownloadName = table.Name + ".xlsx" }
            : new(Csv(table, dates), "text/csv; charset=utf-8") { FileDownloadName = table.Name + ".csv" };
    }

    /// <summary>UTF-8 with its mark, so that spreadsheets read Persian.</summary>
    public static byte[] Csv(ReportTable table, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(table);
        var b = new StringBuilder();
        b.AppendJoin(',', table.Columns.Select(c => Quoted(c.Title))).Append("\r\n");
        foreach (var row in Rows(table)) b.AppendJoin(',', row.Select(c => Number(c.Value) ?? Quoted(Plain(c.Value, dates)))).Append("\r\n");
        return [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(b.ToString())];
    }

    /// <summary>One sheet, written from right to left where the language is.</summary>
    public static byte[] Xlsx(ReportTable table, DateView dates)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(dates);
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put("[Content_Types].xml", """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>""");
            Put("_rels/.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
            Put("xl/workbook.xml", """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Report" sheetId="1" r:id="r1"/></sheets></workbook>""");
            Put("xl/_rels/workbook.xml.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""");
            var b = new StringBuilder("""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0" """)
                .Append(dates.Language == "fa" ? "rightToLeft=\"1\"" : "").Append("""/></sheetViews><cols><col min="1" max="1" width="32" customWidth="1"/><col min="2" max="40" width="18" customWidth="1"/></cols><sheetData>""");
            Row(table.Columns.Select(c => new ReportCell(c.Title)));
            foreach (var row in Rows(table)) Row(row);
            Put("xl/worksheets/sheet1.xml", b.Append("</sheetData></worksheet>").ToString());

            void Row(IEnumerable<ReportCell> cells)
            {
                b.Append("<row>");
                foreach (var cell in cells)
                {
                    if (Number(cell.Value) is { } number) b.Append("<c><v>").Append(number).Append("</v></c>");
                    else b.Append("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">").Append(SecurityElement.Escape(Printable(Plain(cell.Value, dates)))).Append("</t></is></c>");
                }

                b.Append("</row>");
            }

            void Put(string name, string xml)
            {
                using var writer = new StreamWriter(zip.CreateEntry(name, CompressionLevel.Fastest).Open(), new UTF8Encoding(false));
                writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" + xml);
            }
        }

        return bytes.ToArray();
    }

    private static IEnumerable<IReadOnlyList<ReportCell>> Rows(ReportTable table) => table.Totals is { } totals ? table.Rows.Append(totals) : table.Rows;

    private static string? Number(object? value) => value is int or long or double or decimal ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private static string Plain(object? value, DateView dates) => value switch
    {
        DateOnly day => Calendars.Format(day, dates.Calendar),
        DateTimeOffset moment => PersianText.LatinDigits(dates.DayAndTime(moment)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    // A text that a spreadsheet would reckon with becomes a text to it.
    private static string Safe(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text;

    private static string Quoted(string text) => "\"" + Safe(text).Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string Printable(string text) => new([.. text.Where(c => c >= ' ' || c is '\t' or '\n' or '\r')]);
}
