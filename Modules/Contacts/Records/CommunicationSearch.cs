using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Contacts.Records;

/// <summary>
/// What was said lately, in the global search: the latest communications are read along the index of time and compared. An index over the texts of five million would cost each of them more bytes than all else that
/// is kept beside it; older ones are found by the list, with a condition on the text.
/// </summary>
[BypassesSave("Only reads: the latest rows within the rights of the user, by one statement.")]
internal sealed class CommunicationSearch(NpgsqlDataSource source, ICurrentUser me, DateView dates) : ISearchSource
{
    // So many are looked through while one types, and for the page of results.
    private const int Latest = 2000;
    private const int LatestOfPage = 20_000;
    private const int Box = 10;
    private const int MaxWords = 6;
    private const int Around = 40;

    public string Type => "Communication";

    public string Permission => ContactsPermissions.SeeCommunications;

    public async Task<IReadOnlyList<SearchedRecord>> FindAsync(string text, int take, CancellationToken ct)
    {
        string[] words = [.. (PersianText.Clean(text) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w.Length > 1).Distinct().Take(MaxWords)];
        if (words.Length == 0 || words.All(w => w.All(char.IsDigit)) || me.Hides(ContactsRights.Communications, "text")) return [];
        var scope = RecordScope.Sql<Communication>(me, "t");
        var parameters = new DynamicParameters(scope.Parameters);
        parameters.Add("take", take);
        // Comparing without regard to capitals takes five times as long, and Persian has none: a Latin word is looked for as it is written by people.
        for (var i = 0; i < words.Length; i++) parameters.Add("w" + i, Spellings(words[i]).Select(w => LikePattern.Anywhere(w)).ToArray());
        var rows = await QueryAsync(
            $"""
            select t.id, c.name, t.text, t.started_at from (
              select * from contacts.communications where deleted_at is null order by started_at desc, id desc limit {(take > Box ? LatestOfPage : Latest)}) t
            join contacts.contacts c on c.id = t.contact_id and c.deleted_at is null
            where {string.Join(" and ", words.Select((_, i) => $"t.text like any(@w{i})"))} and {scope.Text} order by t.started_at desc limit @take
            """, parameters, ct);
        return [.. rows.Select(r => new SearchedRecord(r.Id, r.Name, $"{dates.Day(dates.DayOf(new DateTimeOffset(r.Started_At, TimeSpan.Zero)))} · {Excerpt(r.Text, words[0])}", $"/communications/{r.Id}"))];
    }

    private static IEnumerable<string> Spellings(string word)
    {
        var low = word.ToLowerInvariant();
        return new[] { word, low, word.ToUpperInvariant(), char.ToUpperInvariant(low[0]) + low[1..] }.Distinct();
    }

    private async Task<IEnumerable<Row>> QueryAsync(string sql, DynamicParameters parameters, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, commandTimeout: 10, cancellationToken: ct));
    }

    private static string Excerpt(string text, string word)
    {
        var at = Math.Max(0, text.IndexOf(word, StringComparison.OrdinalIgnoreCase));
        var (from, to) = (Math.Max(0, at - Around), Math.Min(text.Length, at + word.Length + Around));
        return (from > 0 ? "…" : "") + text[from..to].ReplaceLineEndings(" ").Trim() + (to < text.Length ? "…" : "");
    }

    private sealed class Row
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public string Text { get; init; } = "";

        public DateTime Started_At { get; init; }
    }
}
