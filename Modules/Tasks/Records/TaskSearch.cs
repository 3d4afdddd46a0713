using Crm.Core;

namespace Crm.Tasks.Records;

/// <summary>
/// Tasks in the global search, by the trigram index that the list has anyway: a row of the search table costs more than a kilobyte, and could not say that a task is seen by who has it, whatever its branch.
/// </summary>
internal sealed class TaskSearch(IRecordTypes types, IRecordReader reader, DateView dates) : ISearchSource
{
    private static readonly string[] s_columns = ["title", "dueAt", "state"];

    public string Type => "Task";

    public string Permission => TasksPermissions.See;

    public async Task<IReadOnlyList<SearchedRecord>> FindAsync(string text, int take, CancellationToken ct)
    {
        if (PersianText.Fold(text).Length < 2) return [];
        var page = await reader.PageAsync(types.Find(TaskRecords.RecordKey)!, new() { Search = text, Columns = s_columns, Sort = "-number", Size = take }, ct);
        // What waits comes before what has ended.
        return [.. page.Rows.OrderBy(r => (string?)r.Values[2] == "Open" ? 0 : 1).Select(r => new SearchedRecord(r.Id, r.Values[0]?.ToString() ?? "", Beside(r), $"/tasks/{r.Id}"))];
    }

    private string Beside(RecordRow row) => (string?)row.Values[2] switch
    {
        "Open" => row.Values[1] is DateTime due ? dates.DayAndTime(new DateTimeOffset(due, TimeSpan.Zero)) : "",
        { } ended => Texts.Get(ended),
        null => "",
    };
}
