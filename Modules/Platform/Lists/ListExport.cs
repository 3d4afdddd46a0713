using System.Globalization;
using Crm.Core;
using Crm.Data;
using Crm.Web;

namespace Crm.Platform.Lists;

/// <summary>A list as a file: as the user sees it, or raw for programs.</summary>
internal sealed class ListExport(RecordLists lists, DateView dates)
{
    private const int Batch = 1000;

    /// <summary>Writes all rows in batches, so that titles of choices are looked up a thousand rows at a time and memory stays flat. Answers how many.</summary>
    public async Task<long> WriteAsync(IRecordType type, RecordQuery query, Stream to, string format, bool raw, Func<long, Task>? progress, CancellationToken ct)
    {
        query = query with { For = Operation.Export };
        var fields = await lists.FieldsAsync(type, ct);
        List<ListField> columns = [.. query.Columns.Select(k => fields.FirstOrDefault(f => f.Key == k && f.Listed)).Where(f => f is not null).Select(f => f!).Distinct()];
        await using var sheet = format == "csv" ? SheetWriter.Csv(to) : SheetWriter.Xlsx(to, Texts.Get(type.Title), Texts.IsPersian);
        await sheet.RowAsync([.. columns.Select(c => (object)(raw ? c.Key : c.Text))]);
        var cells = new RecordCells(dates);
        var batch = new List<RecordRow>(Batch);
        long done = 0;
        await foreach (var row in lists.Reader.AllAsync(type, query, ct))
        {
            batch.Add(row);
            if (batch.Count == Batch) await FlushAsync();
        }

        await FlushAsync();
        return done;

        async Task FlushAsync()
        {
            var titles = raw ? null : await lists.TitlesAsync(columns, batch, ct);
            foreach (var row in batch)
            {
                var texts = new object?[columns.Count];
                for (var i = 0; i < texts.Length; i++) texts[i] = raw ? Raw(columns[i], row.Values[i]) : Shown(cells, columns[i], row.Values[i], titles![i], row.Note(i), format);
                await sheet.RowAsync(texts);
            }

            done += batch.Count;
            batch.Clear();
            if (progress is not null) await progress(done);
        }
    }

    // A spreadsheet computes with numbers and, in the Gregorian calendar, with dates; a Jalali date is a text, as the user sees it.
    private object? Shown(RecordCells cells, ListField field, object? value, IReadOnlyDictionary<string, FieldOption> titles, string? note, string format)
    {
        if (format == "xlsx")
        {
            if (field.Kind is FieldType.Number or FieldType.Money or FieldType.Formula) return value;
            if (dates.Calendar == CalendarKind.Gregorian && value is DateOnly) return value;
            if (dates.Calendar == CalendarKind.Gregorian && value is DateTime moment) return TimeZoneInfo.ConvertTimeFromUtc(moment, dates.Zone);
        }

        return cells.Text(field, value, titles, note);
    }

    private static object? Raw(ListField field, object? value) => value switch
    {
        Guid[] many => string.Join(';', many),
        Guid id => id.ToString(),
        DateTime moment => moment.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        string json when field.Kind == FieldType.Choices => string.Join(';', System.Text.Json.JsonSerializer.Deserialize<string[]>(json)!),
        _ => value,
    };
}
