using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Searching;

/// <summary>What the search found.</summary>
/// <param name="Type">Kind of record (translation key).</param>
internal sealed record Found(Guid Id, string Type, string Title, string Subtitle, string Url);

/// <summary>
/// The one box over everything. Words are compared folded, so every spelling of a Persian name and every script of digits is the same; each record is found only by who may
/// see it. Every word must occur. Titles that begin with what was typed come first.
/// </summary>
internal sealed class GlobalSearch(NpgsqlDataSource source, RecordTypes records, ICurrentUser user)
{
    private const int MaxWords = 8;

    // Enough to fill every kind after ranking; the trigram index gives them without order.
    private const int Candidates = 1500;

    [BypassesSave("The ranking needs two indexes in one statement, over the plumbing's own table.")]
    public async Task<IReadOnlyList<Found>> FindAsync(string? text, int perType, int all, CancellationToken ct)
    {
        var q = PersianText.Fold(text is { Length: > 100 } ? text[..100] : text);
        if (q.Length == 0) return [];
        var words = q.Split(' ').Distinct().Take(MaxWords).ToArray();
        var access = user.Access;
        // Whoever has a field hidden that the text is made of finds records of that kind by their title, and is not told more than that.
        var masked = records.All.Where(r => r.Fields.Any(f => f.Searched && user.Hides(r.Key, f.Name))).Select(r => r.Key).ToArray();
        var within = RecordScope.SearchSql(records, user, "s");
        var policy = masked.Length == 0 ? within.Text : $"{within.Text} and (s.record is null or s.record <> all(@masked) or platform.fold_fa(s.title) like all(@parts))";
        var subtitle = masked.Length == 0 ? "subtitle" : "case when s.record = any(@masked) then '' else subtitle end as subtitle";
        var arguments = new DynamicParameters(within.Parameters);
        arguments.AddDynamicParams(new
        {
            start = Escape(q) + "%",
            parts = words.Select(w => "%" + Escape(Word(w)) + "%").ToArray(),
            free = user.IsSystem || access is { IsAdministrator: true },
            permissions = access?.Permissions.ToArray() ?? [],
            Candidates,
            masked,
            perType,
            all,
        });
        // One or two letters have no trigram: they are looked for at the beginning only.
        var contains = words.Any(w => Word(w).Length >= 3)
            ? $"""
              union all
              (select id, type, title, {subtitle}, url, 1 as near, updated_at, text from platform.search s
               where text like all(@parts) and (@free or permission = any(@permissions)) and {policy}
               limit @Candidates)
              """
            : "";
        var sql = $"""
            with hits as (
              (select id, type, title, {subtitle}, url, 0 as near, updated_at, text from platform.search s
               where left(text, 30) like left(@start, 31) and text like @start and (@free or permission = any(@permissions)) and {policy}
               order by left(text, 30) using ~<~ limit 200)
              {contains}),
            once as (select distinct on (id) * from hits order by id, near),
            ranked as (
              select *, case when platform.fold_fa(title) like @start then 0 when near = 0 then 1 when platform.fold_fa(title) like '% ' || @start then 2 else 3 end as rank from once),
            cut as (select *, row_number() over (partition by type order by rank, length(title), updated_at desc, id) as place from ranked)
            select id, type, title, subtitle, url from cut where place <= @perType order by rank, place, type limit @all
            """;
        await using var connection = await source.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<Found>(new CommandDefinition(sql, arguments, commandTimeout: 10, cancellationToken: ct))).AsList();
    }

    /// <summary>A telephone number without what people put before it: +98, 0098, 0 stand in the text in one form only.</summary>
    private static string Word(string word)
    {
        var digits = word.TrimStart('#', '+');
        if (digits.Length >= 7 && digits.All(char.IsAsciiDigit))
        {
            if (PhoneNumber.TryParse(word, out var phone)) return phone.Value.TrimStart('+');
            return digits.TrimStart('0');
        }

        return word.Length > 1 ? word.TrimStart('#') : word;
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
