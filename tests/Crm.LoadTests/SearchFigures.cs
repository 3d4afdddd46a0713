using System.Diagnostics;

namespace Crm.LoadTests;

/// <summary>Rows 2 (flatness), 3 (search) and 10 (segment) on the million.</summary>
internal static class SearchFigures
{
    // What people type: nothing has it, few, many; a fragment of the middle; Latin letters; a number's end; one and two letters.
    private static readonly (string Text, string What)[] s_fragments =
    [
        ("قصطنطین", "nobody"), ("بهروز رستگار", "two words"), ("رستگ", "a fragment"), ("محمد", "100,000 have it"), ("mohammadi", "Latin"), ("alireza", "Latin"), ("4567", "end of numbers"), ("ع", "one letter"), ("مح", "two letters"),
    ];

    public static async Task RunAsync(Bench bench)
    {
        await using var stage = await Stage.OpenAsync(bench);
        await SearchAsync(stage);
        await SegmentAsync(stage);
        await DepthAsync(stage);
    }

    private static async Task SearchAsync(Stage stage)
    {
        var time = TimeSpan.FromSeconds(stage.Bench.Options.Seconds);
        foreach (var (text, what) in s_fragments)
        {
            var like = $"%{Crm.Core.PersianText.Fold(text).Replace(' ', '%')}%";
            // Written into the statement: with a parameter the planner can't know that few have it, and raw SQL would look worse than it is.
            var hits = await stage.Bench.AskAsync<long>("select count(*) from (select 1 from platform.search where text like @like limit 200000) x", new { like });
            foreach (var (name, url) in (IEnumerable<(string, string)>)[("box", $"/search/suggest?q={Uri.EscapeDataString(text)}"), ("list", $"/contacts?q={Uri.EscapeDataString(text)}")])
            {
                var (ours, floor, away) = await stage.RoundsAsync(
                    async () => (await Load.RunAsync(new Uri(stage.Host.Url, url), stage.Cookie, 1, time, [])) is var r ? (r.P50, r.PerSecond) : default,
                    () => stage.SqlAsync($"select id, title, subtitle, url from platform.search where text like '{like}' limit 30", new { }), 3);
                var (ordered, _) = await stage.SqlAsync($"select id, title, subtitle, url from platform.search where text like '{like}' order by updated_at desc limit 30", new { });
                Console.WriteLine(Stage.Text($"Row 3, {name}, «{text}» ({what}, {hits} hold it): p50 {Median(ours):0.0} ms; raw SQL {Median(floor):0.0} ms unordered, {ordered:0.0} ms ordered ({away} rounds thrown away)"));
            }
        }

        static double Median((double P50, double)[] rounds) => PageFigures.Median(rounds.Select(r => r.P50));
    }

    private static async Task SegmentAsync(Stage stage)
    {
        var branch = await stage.Bench.AskAsync<Guid>("select branch_id from platform.users where user_name = 'load'");
        var status = await stage.Bench.AskAsync<Guid>("select status_id from contacts.contacts where status_id is not null limit 1");
        var role = await stage.Bench.AskAsync<Guid>("select role_ids[1] from contacts.contacts where cardinality(role_ids) > 0 limit 1");
        var filter = $"status.is({status});roles.is({role});standing.is(Actual);email.filled();province.is(8)";
        var url = new Uri(stage.Host.Url, $"/contacts?count=1&filter={Uri.EscapeDataString(filter)}");
        const string sql = """
            select count(*) from contacts.contacts t where t.deleted_at is null and t.branch_id = @branch and t.status_id = @status and t.role_ids && array[@role] and t.standing = 'Actual'
              and exists (select 1 from contacts.contact_emails e where e.contact_id = t.id) and exists (select 1 from contacts.contact_addresses a where a.contact_id = t.id and a.province_id = 8)
            """;
        var (ours, floor, _) = await stage.RoundsAsync(() => TimedAsync(stage, url), async () => (await stage.SqlAsync(sql, new { branch, status, role })).P50, 3);
        Console.WriteLine(Stage.Text($"Row 10: {PageFigures.Median(ours):0} ms for page and count of a segment of five conditions, {PageFigures.Median(ours) / PageFigures.Median(floor):0.00} × raw SQL's {PageFigures.Median(floor):0} ms for the count alone"));
    }

    private static async Task<double> TimedAsync(Stage stage, Uri url) => (await Load.RunAsync(url, stage.Cookie, 1, TimeSpan.FromSeconds(stage.Bench.Options.Seconds), [])).P50;

    /// <summary>The page 10,000 by its cursor against the first, and the million against the hundred thousand.</summary>
    private static async Task DepthAsync(Stage stage)
    {
        var time = TimeSpan.FromSeconds(stage.Bench.Options.Seconds);
        foreach (var sort in (string[])["-number", "name", "-updatedAt"])
        {
            var column = sort.TrimStart('-') switch { "number" => "number", "name" => "name", _ => "updated_at" };
            var key = await stage.Bench.AskAsync<object>($"select {column} from contacts.contacts where deleted_at is null order by {column} {(sort[0] == '-' ? "desc" : "")} offset 499999 limit 1");
            var number = await stage.Bench.AskAsync<long>($"select number from contacts.contacts where deleted_at is null order by {column} {(sort[0] == '-' ? "desc" : "")}, number {(sort[0] == '-' ? "desc" : "")} offset 499999 limit 1");
            var text = key switch { DateTime t => t.ToUniversalTime().ToString("O"), IFormattable f => f.ToString(null, System.Globalization.CultureInfo.InvariantCulture), var o => o.ToString()! };
            var cursor = Convert.ToBase64String(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { s = sort, k = text, n = number.ToString(System.Globalization.CultureInfo.InvariantCulture) })).Replace('+', '-').Replace('/', '_').TrimEnd('=');
            var (deep, first, _) = await stage.RoundsAsync(
                () => Load.RunAsync(new Uri(stage.Host.Url, $"/contacts?sort={sort}&after={cursor}"), stage.Cookie, 1, time, []), () => Load.RunAsync(new Uri(stage.Host.Url, $"/contacts?sort={sort}"), stage.Cookie, 1, time, []), 3);
            Console.WriteLine(Stage.Text($"Row 2, by {sort}: page 10,000 p50 {P50(deep):0.00} ms, {P50(deep) / P50(first):0.00} × page 1; p95 {P95(deep):0.00} and {P95(first):0.00} ms"));
        }

        var small = new Npgsql.NpgsqlConnectionStringBuilder(stage.Bench.ConnectionString) { Database = "load_100000" }.ConnectionString;
        await using var other = await Stage.OpenAsync(stage.Bench, 5797, small);
        foreach (var url in (string[])["/contacts", "/contacts?sort=name", "/contacts?q=%D9%85%D8%AD%D9%85%D8%AF"])
        {
            var (big, little, _) = await stage.RoundsAsync(() => Load.RunAsync(new Uri(stage.Host.Url, url), stage.Cookie, 1, time, []), () => Load.RunAsync(new Uri(other.Host.Url, url), other.Cookie, 1, time, []), 3);
            Console.WriteLine(Stage.Text($"Row 2, {url}: p95 at the million {P95(big):0.00} ms, {P95(big) / P95(little):0.00} × {P95(little):0.00} ms at 100,000"));
        }
    }

    private static double P50(LoadResult[] rounds) => PageFigures.Median(rounds.Select(r => r.P50));

    private static double P95(LoadResult[] rounds) => PageFigures.Median(rounds.Select(r => r.P95));
}
