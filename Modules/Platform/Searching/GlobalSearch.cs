using System.Text;
using Crm.Core;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Searching;

/// <summary>What the search found.</summary>
/// <param name="Type">Kind of record (translation key).</param>
/// <param name="As">The text it was found as, where that is not what was typed: another keyboard, another spelling.</param>
internal sealed record Found(Guid Id, string Type, string Title, string Subtitle, string Url, string? As = null);

/// <summary>
/// The one box over everything. Words are compared folded, so every spelling of a Persian name and every script of digits is the same; each record is found only by who may
/// see it. Every word must occur. When that finds little, the text is read as typed on the other keyboard, and as a Persian name in Latin letters; what comes of it stands below.
/// </summary>
/// <remarks>
/// A fragment that a hundred thousand records hold would make the trigram index collect all of them before the first is shown. So three ways are tried in one statement, each
/// only when those before it did not fill the answer: titles that begin with it (an ordered index), the latest records of all (what is frequent stands among them), and the
/// trigram index for what is rare. See docs/performance.md, row 3.
/// </remarks>
[BypassesSave("Only reads: the ranking needs several indexes in one statement, over the plumbing's own table.")]
internal sealed class GlobalSearch(NpgsqlDataSource source, RecordTypes records, IEnumerable<ISearchSource> sources, ICurrentUser user) : ISoundSearch
{
    private const int Few = 5;

    // Rows looked at in the order of their last change, in the order of their titles, and taken from the trigram index before ranking.
    private const int Latest = 1000;
    private const int Starting = 1000;
    private const int Candidates = 1000;
    private const int MostBySound = 300;

    // So many names that fit as a whole among the latest records: what is that frequent is not looked for among all.
    private const int EnoughBySound = 24;

    private const string Columns = "id, type, title, " + Subtitle + ", url, updated_at, text";

    // What stands under the title may be what the user has hidden.
    private const string Subtitle = "case when s.record = any(@masked) then '' else s.subtitle end as subtitle";

    private sealed record Hit(Guid Id, string Type, string Title, string Subtitle, string Url, int Rank, bool Used, DateTime UpdatedAt);

    private sealed record SoundHit(Guid Id, string Type, string Title, string Subtitle, string Url, DateTime UpdatedAt);

    /// <summary>The best of each kind, the best first; below them what modules find by queries of their own.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="perType">At most so many of a kind.</param>
    /// <param name="all">At most so many together.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="type">Only this kind.</param>
    public async Task<IReadOnlyList<Found>> FindAsync(string? text, int perType, int all, CancellationToken ct, string? type = null)
    {
        if (SearchQuestion.Of(text) is not { } asked) return [];
        if (type is not null && sources.FirstOrDefault(s => s.Type == type) is { } one) return await OfSourcesAsync([one], AsTyped(text!).Concat(OnTheOtherKeyboard(text!)), perType, ct);
        // A few places are kept for them: a name that a hundred contacts bear must not hide the task about it.
        var take = Math.Max(1, Math.Min(perType, all / 4));
        var own = type is null ? await OfSourcesAsync(sources, AsTyped(text!), take, ct) : [];
        var table = await InTableAsync(asked, text!, perType, Math.Max(1, all - own.Count), ct, type);
        if (type is null && own.Count == 0 && table.Count == 0) own = await OfSourcesAsync(sources, OnTheOtherKeyboard(text!), take, ct);
        return own.Count == 0 ? table : [.. table, .. own];
    }

    private static IEnumerable<(string Words, string? As)> AsTyped(string text) => [(Short(text), null)];

    private static IEnumerable<(string Words, string? As)> OnTheOtherKeyboard(string text) => KeyboardLayout.Readings(Short(text)).Where(r => r.Length > 1).Select(r => (r, (string?)r));

    private static string Short(string text) => text.Length > 100 ? text[..100] : text;

    // The first reading that finds something.
    private async Task<IReadOnlyList<Found>> OfSourcesAsync(IEnumerable<ISearchSource> all, IEnumerable<(string Words, string? As)> readings, int take, CancellationToken ct)
    {
        var allowed = all.Where(s => user.IsSystem || user.Can(s.Permission)).ToList();
        foreach (var (words, foundAs) in readings)
        {
            var found = new List<Found>();
            foreach (var from in allowed) found.AddRange((await from.FindAsync(words, take, ct)).Select(f => new Found(f.Id, from.Type, f.Title, f.Subtitle, f.Url, foundAs)));
            if (found.Count > 0) return found;
        }

        return [];
    }

    /// <inheritdoc/>
    async Task<(IReadOnlyList<Guid> Ids, string? As)> ISoundSearch.FindAsync(string record, string text, CancellationToken ct)
    {
        var plain = Short(text);
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = await SoundAsync(connection, plain, PersianSound.IsLatin(plain) ? 1 : 2, null, ct, record);
        return ([.. found.Select(f => f.Id)], found.Count == 0 ? null : found[0].As);
    }

    private async Task<IReadOnlyList<Found>> InTableAsync(SearchQuestion asked, string text, int perType, int all, CancellationToken ct, string? type)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var hits = await PlainAsync(connection, asked, Math.Max(all, perType), type, ct);
        var found = Cut(hits.Select(h => new Found(h.Id, h.Type, h.Title, h.Subtitle, h.Url)), [], perType, all);
        if (found.Count >= Few || asked.IsNumber) return found;

        // The rest of what was typed may be the answer to another question.
        var plain = Short(text);
        foreach (var reading in KeyboardLayout.Readings(plain))
        {
            if (SearchQuestion.Of(reading) is not { IsNumber: false } other || other.Whole.Length < 2) continue;
            var more = await PlainAsync(connection, other, all, type, ct);
            found = Cut(more.Select(h => new Found(h.Id, h.Type, h.Title, h.Subtitle, h.Url, reading)), found, perType, all);
            if (found.Count >= Few) return found;
        }

        found = Cut(await SoundAsync(connection, plain, PersianSound.IsLatin(plain) ? 1 : 2, type, ct), found, perType, all);
        // A name in Latin letters typed on the Persian keyboard: two guesses at once, so it has to be a longer one.
        foreach (var reading in KeyboardLayout.Readings(plain).Where(PersianSound.IsLatin)) found = Cut(await SoundAsync(connection, reading, 3, type, ct), found, perType, all);
        return found;
    }

    private static List<Found> Cut(IEnumerable<Found> more, List<Found> before, int perType, int all)
    {
        var known = before.Select(f => f.Id).ToHashSet();
        var counts = before.GroupBy(f => f.Type).ToDictionary(g => g.Key, g => g.Count());
        List<Found> result = [.. before];
        foreach (var f in more)
        {
            if (result.Count >= all) break;
            if (!known.Add(f.Id)) continue;
            var n = counts.GetValueOrDefault(f.Type);
            if (n >= perType) continue;
            counts[f.Type] = n + 1;
            result.Add(f);
        }

        return result;
    }

    private async Task<IReadOnlyList<Hit>> PlainAsync(NpgsqlConnection connection, SearchQuestion q, int all, string? type, CancellationToken ct)
    {
        var (visible, arguments) = Rights(type);
        var whole = LikePattern.Escape(q.Whole);
        arguments.Add("word", $"% {whole} %");
        arguments.Add("wordStart", $"% {whole}%");
        arguments.Add("wordEnd", $"%{whole} %");
        arguments.Add("anywhere", $"%{whole}%");
        arguments.Add("titleWord", $" {whole} %");
        arguments.Add("title", $" {whole}%");
        arguments.Add("from", Cut(" " + q.Whole));
        arguments.Add("until", Cut(" " + q.Whole) + "\U0010FFFF");
        arguments.Add("enough", Math.Max(30, all));
        arguments.Add("all", all * 2);
        var condition = new StringBuilder("(");
        for (var i = 0; i < q.Parts.Count; i++)
        {
            arguments.Add("p" + i, q.Parts[i]);
            condition.Append(i > 0 ? " and " : "").Append("text like @p").Append(i);
        }

        if (q.Joined is not null)
        {
            arguments.Add("joined", q.Joined);
            condition.Append(" or text like @joined");
        }

        condition.Append(')');
        // Whoever has a field hidden that the text is made of finds records of that kind by their title.
        if (Masked().Length > 0)
        {
            condition.Append(" and (s.record is null or s.record <> all(@masked) or (");
            for (var i = 0; i < q.Parts.Count; i++) condition.Append(i > 0 ? " and " : "").Append("' ' || platform.fold_fa(s.title) like @p").Append(i);
            condition.Append("))");
        }

        var rank = q.IsNumber
            ? "case when text like @word then 0 when text like @wordEnd then 1 when text like @wordStart then 2 else 3 end"
            : "case when text like @titleWord then 0 when text like @title then 1 when text like @word then 2 when text like @wordStart then 3 when text like @anywhere then 4 else 5 end";
        var sql = $"""
            with starting as materialized (
              select {Columns} from (
                select * from platform.search where left(text, 30) ~>=~ @from and left(text, 30) ~<~ @until order by left(text, 30) using ~<~ limit {Starting}) s
              where text like @title and {visible} limit @enough),
            latest as materialized (
              select {Columns} from (select * from platform.search order by updated_at desc limit {Latest}) s
              where (select count(*) from starting) < @enough and {condition} and {visible} limit @enough),
            hits as (
              select * from starting
              union all select * from latest
              union all
              (select {Columns} from platform.search s
               where (select count(*) from starting) < @enough and (select count(*) from latest) < @enough and {condition} and {visible} limit {Candidates})),
            ranked as (
              select distinct on (h.id) h.id, h.type, h.title, h.subtitle, h.url, {rank} as rank, r.record_id is not null as used, h.updated_at
              from hits h left join platform.recent_records r on r.user_id = @me and r.record_id = h.id)
            select * from ranked order by rank, used desc, length(title), updated_at desc, id limit @all
            """;
        return (await connection.QueryAsync<Hit>(new CommandDefinition(sql, arguments, commandTimeout: 10, cancellationToken: ct))).AsList();

        // The index holds the first thirty characters.
        static string Cut(string text) => text.Length > 30 ? text[..30] : text;
    }

    /// <summary>By sound: the index gives what shares the consonants, letter by letter it is decided.</summary>
    private async Task<IReadOnlyList<Found>> SoundAsync(NpgsqlConnection connection, string reading, int shortest, string? type, CancellationToken ct, string? record = null)
    {
        var words = PersianSound.Words(reading).Take(4).Where(w => w.Length >= 2).ToArray();
        if (words.Length == 0 || words.Any(w => w.Any(char.IsDigit))) return [];
        var latin = words.All(PersianSound.IsLatin);
        if (!latin && words.Any(w => w.Any(char.IsAsciiLetter))) return [];
        var (visible, arguments) = Rights(type);
        var condition = new StringBuilder();
        for (var i = 0; i < words.Length; i++)
        {
            var keys = (latin ? PersianSound.KeysOfLatin(words[i]) : [PersianSound.KeyOfPersian(words[i])]).Where(k => k.Length > 0).ToArray();
            // One consonant is shared by too many to be a guess.
            if (keys.Length == 0 || keys[0].Length < shortest) return [];
            condition.Append(i > 0 ? " and (" : "(");
            for (var k = 0; k < keys.Length; k++)
            {
                arguments.Add($"k{i}_{k}", $"% {keys[k]}%");
                condition.Append(k > 0 ? " or " : "").Append("sound like @k").Append(i).Append('_').Append(k);
            }

            condition.Append(')');
        }

        if (record is not null)
        {
            arguments.Add("record", record);
            visible += " and s.record = @record";
        }

        // Two words may be one: ali reza, علیرضا.
        if (words.Length == 2)
        {
            arguments.Add("both", $"% {PersianSound.KeysOfTitle(reading).Trim().Split(' ')[0]}%");
            condition.Insert(0, "(").Append(" or sound like @both)");
        }

        // Names come again and again: each word is compared once.
        var known = new Dictionary<(string, string), SoundFit>();
        var found = await ReadAsync($"(select * from platform.search order by updated_at desc limit {Latest}) s");
        if (found.Count(f => f.Fit == SoundFit.Whole) < EnoughBySound)
        {
            var latest = found.Select(f => f.Row.Id).ToHashSet();
            found.AddRange((await ReadAsync("platform.search s")).Where(f => !latest.Contains(f.Row.Id)));
        }

        return [.. found.OrderByDescending(x => x.Fit).ThenBy(x => x.Row.Title.Length).ThenByDescending(x => x.Row.UpdatedAt)
            .Select(x => new Found(x.Row.Id, x.Row.Type, x.Row.Title, x.Row.Subtitle, x.Row.Url, x.As))];

        async Task<List<(SoundHit Row, SoundFit Fit, string? As)>> ReadAsync(string from)
        {
            var sql = $"select id, type, title, {Subtitle}, url, updated_at from {from} where {condition} and {visible} limit {MostBySound}";
            var rows = await connection.QueryAsync<SoundHit>(new CommandDefinition(sql, arguments, commandTimeout: 10, cancellationToken: ct));
            return [.. rows.Select(r => (Row: r, Answer: FitOf(r.Title))).Where(x => x.Answer.Fit > SoundFit.None).Select(x => (x.Row, x.Answer.Fit, x.Answer.As))];
        }

        // The worst of the words decides; the first one's name is what it was found as.
        (SoundFit Fit, string? As) FitOf(string title)
        {
            var (worst, found) = (SoundFit.Whole, (string?)null);
            foreach (var word in words)
            {
                var (fit, name) = Best(word, title);
                found ??= name;
                if (fit < worst) worst = fit;
            }

            return worst == SoundFit.None && words.Length == 2 && latin ? Best(words[0] + words[1], title) : (worst, found);
        }

        (SoundFit Fit, string? Name) Best(string word, string title)
        {
            var (best, name) = (SoundFit.None, (string?)null);
            foreach (var t in Titles(title))
            {
                if (!known.TryGetValue((word, t), out var fit))
                {
                    fit = PersianSound.IsLatin(t) == latin ? SoundFit.None : latin ? PersianSound.Fit(word, t) : PersianSound.Fit(t, word, TypedIn.Persian);
                    known[(word, t)] = fit;
                }

                if (fit > best) (best, name) = (fit, t);
            }

            return (best, name);
        }
    }

    // The words, and each with the one that follows.
    private static IEnumerable<string> Titles(string title)
    {
        var words = PersianSound.Words(title).ToArray();
        for (var i = 0; i < words.Length; i++)
        {
            yield return words[i];
            if (i + 1 < words.Length) yield return words[i] + words[i + 1];
        }
    }

    /// <summary>Kinds of record whose searched fields are hidden from the user, one of them at least.</summary>
    private string[] Masked() => [.. records.All.Where(r => r.Fields.Any(f => f.Searched && user.Hides(r.Key, f.Name))).Select(r => r.Key)];

    /// <summary>The one condition of who finds what, over the rows <c>s</c>: the permission of the entry and the scope of the user's right to see its kind.</summary>
    private (string Condition, DynamicParameters Arguments) Rights(string? type)
    {
        var access = user.Access;
        var within = RecordScope.SearchSql(records, user, "s");
        var arguments = new DynamicParameters(within.Parameters);
        arguments.Add("free", user.IsSystem || access is { IsAdministrator: true });
        arguments.Add("permissions", access?.Permissions.ToArray() ?? []);
        arguments.Add("me", user.Id ?? Guid.Empty);
        arguments.Add("masked", Masked());
        if (type is not null) arguments.Add("type", type);
        return ($"(@free or permission = any(@permissions)) and {within.Text}{(type is null ? "" : " and type = @type")}", arguments);
    }
}
