using System.Globalization;
using Crm.Core;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Web;

/// <summary>A report as a file: CSV or xlsx, by <see cref="SheetWriter"/>. Days are in the user's calendar, numbers are numbers.</summary>
public static class ReportFile
{
    /// <summary>The file, for <c>csv</c> or <c>xlsx</c>; one sheet, written from right to left where the language is.</summary>
    /// <param name="table">What stands in it.</param>
    /// <param name="format"><c>csv</c> or <c>xlsx</c>.</param>
    /// <param name="dates">Calendar and zone of the user.</param>
    /// <param name="title">What it holds, in the language of the moment: the file and its sheet are called so.</param>
    /// <param name="now">The moment, whose day stands in the name.</param>
    public static async Task<FileContentResult> OfAsync(ReportTable table, string format, DateView dates, string title, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(dates);
        var xlsx = format == "xlsx";
        using var bytes = new MemoryStream();
        await using (var sheet = xlsx ? SheetWriter.Xlsx(bytes, title, dates.Language == "fa") : SheetWriter.Csv(bytes, quoted: true))
        {
            await sheet.RowAsync([.. table.Columns.Select(c => (object?)c.Title)]);
            foreach (var row in table.Rows) await sheet.RowAsync(Cells(row));
            if (table.Totals is { } totals) await sheet.RowAsync(Cells(totals));
        }

        return new(bytes.ToArray(), xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8") { FileDownloadName = TakenNames.Of(title, dates, now, xlsx ? "xlsx" : "csv") };

        object?[] Cells(IReadOnlyList<ReportCell> row) => [.. row.Select(c => Plain(c.Value))];

        object Plain(object? value) => value switch
        {
            int or long or double or decimal => value,
            DateOnly day => Calendars.Format(day, dates.Calendar),
            DateTimeOffset moment => PersianText.LatinDigits(dates.DayAndTime(moment)),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
    }
}
