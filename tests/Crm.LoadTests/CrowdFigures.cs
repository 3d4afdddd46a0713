using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Crm.Testing;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Row 22: fifty users (70 % read, 20 % search, 10 % write, a second of thought between two clicks) while a campaign of <c>--messages</c> (100,000) leaves and <c>--rows</c> (give 100000) are imported. Holds when the list's p95
/// is at most three times that of the fifty alone, nothing answers an error, and each ten seconds everybody gets on: users, campaign and import, as long as there is something left of it. A campaign is what
/// Messaging makes of one: messages to as many addresses that all may leave at once. Works on a copy of the database, which is dropped at the end.
/// </summary>
internal static class CrowdFigures
{
    private const int Users = 50;
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    public static async Task<bool> RunAsync(Bench bench, int messages, int rows)
    {
        await bench.DropDatabaseAsync("load_crowd");
        await bench.CopyDatabaseAsync("load_crowd");
        var database = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = "load_crowd" }.ConnectionString;
        try
        {
            return await MeasureAsync(bench, database, messages, rows);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.DropDatabaseAsync("load_crowd");
        }
    }

    private static async Task<bool> MeasureAsync(Bench bench, string database, int messages, int rows)
    {
        await using var stage = await Stage.OpenAsync(bench, 5803, database);
        using var api = await Api.OpenAsync(bench, database, stage.Host);
        await using var gateway = await FaultyGateway.StartAsync();
        gateway.Takes = TimeSpan.FromMilliseconds(5);
        // Without a gateway a message waits: one is written, the others are copied from it.
        await api.PostAsync("/api/v1/messages", new { channel = "sms", address = "09120000000", body = "campaign" });
        await Api.AskAsync<int>(database, """
            insert into messaging.messages (id, channel, state, address, recipient_name, category, subject, body, format, language, awaited, attempts, due_at, branch_id, created_at, updated_at)
            select gen_random_uuid(), channel, state, left(address, -7) || lpad(n::text, 7, '0'), recipient_name, category, subject, body, format, language, awaited, attempts, due_at, branch_id, created_at, updated_at
            from messaging.messages, generate_series(1, @others) n returning 1
            """, ("others", messages - 1));
        var customers = await IdsAsync(database);
        using var admin = await stage.ClientAsync("admin");
        var file = FileFigures.Write(rows);
        var begin = await FileFigures.UploadAsync(admin, file);

        // As they are without the crowd's neighbours, once the runtime has compiled what it runs.
        await using (var warm = new Crowd(stage, api, customers)) await Task.Delay(TimeSpan.FromSeconds(bench.Options.Warm));
        double alone;
        await using (var crowd = new Crowd(stage, api, customers))
        {
            await Task.Delay(TimeSpan.FromSeconds(30));
            alone = crowd.ListP95;
        }

        await GatewaySettings.UseAsync(stage.Host, gateway.Url, parallel: 8, tries: 8);
        await begin();
        await using var together = new Crowd(stage, api, customers);
        var started = Stopwatch.GetTimestamp();
        var (sent, read, clicks) = (0L, 0L, 0L);
        List<string> starved = [];
        (TimeSpan? Campaign, TimeSpan? Import) over = default;
        while (over.Campaign is null || over.Import is null)
        {
            await Task.Delay(s_window);
            var (sentNow, readNow, clicksNow) = (gateway.Taken.Count, await Api.AskAsync<long>(database, "select coalesce(max(done), 0)::bigint from platform.background_work"), together.Clicks);
            var at = Stopwatch.GetElapsedTime(started);
            if (over.Campaign is null && sentNow == sent) starved.Add($"campaign at {at.TotalSeconds:0} s");
            if (over.Import is null && readNow == read) starved.Add($"import at {at.TotalSeconds:0} s");
            if (clicksNow - clicks < Users) starved.Add($"users at {at.TotalSeconds:0} s");
            (sent, read, clicks) = (sentNow, readNow, clicksNow);
            if (over.Campaign is null && await Api.AskAsync<long>(database, "select count(*) from messaging.messages where state <> 'Sent'") == 0) over.Campaign = at;
            if (over.Import is null && await Api.AskAsync<string?>(database, "select stage from platform.background_work order by id desc limit 1") == "Done") over.Import = at;
            if (at > TimeSpan.FromMinutes(30)) throw new TimeoutException($"{sent} of {messages} messages and {read} of {rows} rows after half an hour.");
        }

        var (p95, wrong) = (together.ListP95, together.Wrong);
        Console.WriteLine(Stage.Text($"Row 22: {Users} users, {messages} messages, {rows} rows: list p95 {p95:0.0} ms = {p95 / alone:0.0} × {alone:0.0} ms of the users alone; campaign {messages / over.Campaign.Value.TotalSeconds:0}/s, import {rows / over.Import.Value.TotalSeconds:0} rows/s, {clicks / Stopwatch.GetElapsedTime(started).TotalSeconds:0} clicks/s; {wrong.Count} wrong answers, {stage.Host.Errors.Count} errors in the log, starved: {(starved.Count == 0 ? "nobody" : string.Join(", ", starved))}"));
        foreach (var line in wrong.Take(5).Concat(stage.Host.Errors.Take(5))) Console.WriteLine("  " + line[..Math.Min(400, line.Length)]);
        File.Delete(file);
        return p95 <= 3 * alone && wrong.IsEmpty && stage.Host.Errors.Count == 0 && starved.Count == 0;
    }

    private static async Task<Guid[]> IdsAsync(string database) => await Api.AskAsync<Guid[]>(database, "select array_agg(id) from (select id from contacts.contacts where deleted_at is null and branch_id = (select branch_id from platform.users where user_name = 'load') order by number desc limit 500) c");

    /// <summary>The users at work, from now until it is disposed of.</summary>
    private sealed class Crowd : IAsyncDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly ConcurrentBag<double> _lists = [];
        private readonly Task _all;
        private long _clicks;

        public Crowd(Stage stage, Api api, Guid[] customers) => _all = Task.WhenAll(Enumerable.Range(0, Users).Select(n => Task.Run(() => WorkAsync(stage, api, customers, n))));

        public ConcurrentQueue<string> Wrong { get; } = [];

        public long Clicks => Interlocked.Read(ref _clicks);

        /// <summary>Milliseconds.</summary>
        public double ListP95
        {
            get
            {
                var times = _lists.Order().ToArray();
                return times[(int)(times.Length * 0.95)];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _all;
            _over.Dispose();
        }

        private async Task WorkAsync(Stage stage, Api api, Guid[] customers, int user)
        {
            using var http = await stage.ClientAsync("load");
            var random = new Random(user);
            string[] searches = ["/contacts?q=رضا", "/search/suggest?q=کریمی", "/contacts?q=0912", "/search/suggest?q=mohammadi"];
            while (!_over.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500 + random.Next(1000)), _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var customer = customers[random.Next(customers.Length)];
                try
                {
                    switch (random.Next(10))
                    {
                        case < 4:
                            var started = Stopwatch.GetTimestamp();
                            await GetAsync("/contacts");
                            _lists.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                            break;
                        case < 6:
                            await GetAsync($"/contacts/{customer}");
                            break;
                        case < 7:
                            await GetAsync("/worklist");
                            break;
                        case < 9:
                            await GetAsync(searches[random.Next(searches.Length)]);
                            break;
                        default:
                            await api.PostAsync("/api/v1/contacts", new { kind = "person", lastName = Stage.Text($"Crowd {user}-{_clicks}") });
                            break;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TaskCanceledException)
                {
                    Wrong.Enqueue(e.Message);
                }

                Interlocked.Increment(ref _clicks);
            }

            async Task GetAsync(string path)
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
                if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{path} → {(int)answer.StatusCode}");
                await answer.Content.ReadAsByteArrayAsync();
            }
        }
    }
}
