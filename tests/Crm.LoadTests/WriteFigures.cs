using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>Rows 5 (create), 6 (change one field), 9 (change many) and 21 (sign-in).</summary>
internal static class WriteFigures
{
    private static int s_next = Environment.TickCount & 0xFFFFFF;

    public static async Task RunAsync(Bench bench)
    {
        await using var stage = await Stage.OpenAsync(bench);
        using var api = await stage.ApiAsync("load");
        var only = bench.Options.Only;
        if (only is null or "create") await CreateAsync(stage, api);
        if (only is null or "change") await ChangeAsync(stage, api);
        if (only is null) await ManyAsync(stage);
        if (only is null or "sign-in") await SignInAsync(stage);
    }

    /// <summary>Row 9 alone.</summary>
    public static async Task BulkAsync(Bench bench)
    {
        await using var stage = await Stage.OpenAsync(bench);
        await ManyAsync(stage);
    }

    private static async Task CreateAsync(Stage stage, HttpClient api)
    {
        var seconds = TimeSpan.FromSeconds(stage.Bench.Options.Seconds);
        Task<double> Ours() => RateAsync(8, seconds, async _ =>
        {
            var n = Interlocked.Increment(ref s_next);
            using var answer = await api.PostAsJsonAsync("/api/v1/contacts", new { kind = "person", firstName = "بهرام", lastName = $"آزمون {n}", phones = new[] { new { kind = "mobile", number = $"0913{n % 10_000_000:0000000}" } } });
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        });

        Task<double> Raw() => OnConnectionsAsync(stage.Bench, 8, seconds, async connection =>
        {
            var n = Interlocked.Increment(ref s_next);
            await connection.ExecuteAsync("""
                insert into contacts.contacts (id, kind, number, name, first_name, last_name, standing, role_ids, main_phone, search_text, branch_id, created_at, updated_at)
                select gen_random_uuid(), 'Person', nextval('contacts.contacts_number'), 'بهرام ' || @n, 'بهرام', @n::text, 'Potential', '{}', '+98913' || @n, ' بهرام ' || @n || ' 0913' || @n, branch_id, now(), now() from platform.users where user_name = 'load'
                """, new { n });
        });

        await WarmAsync(stage, Ours);
        await Raw();
        var (ours, raw, away) = await stage.RoundsAsync(Ours, Raw);
        Tell("Row 5, create by API, 8 clients", ours, raw, "raw inserts into contacts alone", away);
    }

    private static async Task ChangeAsync(Stage stage, HttpClient api)
    {
        var seconds = TimeSpan.FromSeconds(stage.Bench.Options.Seconds);
        var branch = await stage.Bench.AskAsync<Guid>("select branch_id from platform.users where user_name = 'load'");
        Guid[] ids;
        await using (var connection = new NpgsqlConnection(stage.Bench.ConnectionString)) ids = [.. await connection.QueryAsync<Guid>("select id from contacts.contacts where branch_id = @branch order by number limit 20000", new { branch })];
        await stage.Bench.AskAsync<string?>("create table if not exists public.probe_accounts as select g as aid, 0 as abalance, repeat(' ', 84) as filler from generate_series(1, 100000) g; create unique index if not exists ix_probe_accounts on public.probe_accounts (aid); create table if not exists public.probe_history (aid int, delta int, mtime timestamp); select ''");
        Task<double> Ours() => RateAsync(8, seconds, async random =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/contacts/{ids[random.Next(ids.Length)]}") { Content = JsonContent.Create(new { notes = $"note {random.Next()}" }) };
            using var answer = await api.SendAsync(request);
            if (!answer.IsSuccessStatusCode && answer.StatusCode != System.Net.HttpStatusCode.PreconditionFailed && answer.StatusCode != System.Net.HttpStatusCode.Conflict) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        });

        // pgbench's simple update.
        Task<double> Raw() => OnConnectionsAsync(stage.Bench, 8, seconds, async connection =>
        {
            var aid = Random.Shared.Next(1, 100_000);
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("update public.probe_accounts set abalance = abalance + 1 where aid = @aid", new { aid }, transaction);
            await connection.ExecuteScalarAsync("select abalance from public.probe_accounts where aid = @aid", new { aid }, transaction);
            await connection.ExecuteAsync("insert into public.probe_history (aid, delta, mtime) values (@aid, 1, now())", new { aid }, transaction);
            await transaction.CommitAsync();
        });

        await WarmAsync(stage, Ours);
        await Raw();
        var (ours, raw, away) = await stage.RoundsAsync(Ours, Raw);
        Tell("Row 6, one field by API, 8 clients", ours, raw, "simple updates", away);
    }

    private static async Task ManyAsync(Stage stage)
    {
        const int Rows = 100_000;
        using var admin = await stage.ClientAsync("admin");
        await using var connection = new NpgsqlConnection(stage.Bench.ConnectionString);
        await connection.OpenAsync();
        var statuses = (await connection.QueryAsync<Guid>("select distinct status_id from (select status_id from contacts.contacts where status_id is not null limit 1000) x")).ToArray();
        // 100,000 that one condition finds: an economic code that only they have.
        var ids = (await connection.QueryAsync<Guid>("select id from contacts.contacts where deleted_at is null order by number limit @Rows", new { Rows })).ToArray();
        await connection.ExecuteAsync("update contacts.contacts set economic_code = '99999999999' where id = any(@ids)", new { ids }, commandTimeout: 600);
        await connection.ExecuteAsync("vacuum analyze contacts.contacts", commandTimeout: 600);
        List<double> ours = [], one = [];
        for (var round = 0; round < 3; round++)
        {
            var status = statuses[round % statuses.Length];
            var started = Stopwatch.GetTimestamp();
            await connection.ExecuteAsync("update contacts.contacts set status_id = @status, updated_at = now() where id = any(@ids)", new { status, ids }, commandTimeout: 600);
            one.Add(Rows / Stopwatch.GetElapsedTime(started).TotalSeconds);
            ours.Add(Rows / (await BulkAsync(stage, admin, connection, "filter=" + Uri.EscapeDataString("economicCode.is(99999999999)"), "status", statuses[(round + 1) % statuses.Length].ToString())).TotalSeconds);
        }

        Tell($"Row 9, one field of {Rows} with history", [.. ours], [.. one], "rows a second by one UPDATE", 0);
    }

    private static async Task<TimeSpan> BulkAsync(Stage stage, HttpClient admin, NpgsqlConnection connection, string query, string field, string value)
    {
        var page = await admin.GetStringAsync(new Uri("/contacts?" + query, UriKind.Relative));
        var token = System.Text.RegularExpressions.Regex.Match(page, "__RequestVerificationToken\"[^>]*value=\"([^\"]+)").Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["all"] = "true", ["query"] = query, ["field"] = field, ["value"] = value, ["back"] = "/contacts", ["__RequestVerificationToken"] = token });
        var started = Stopwatch.GetTimestamp();
        using var answer = await admin.PostAsync(new Uri("/lists/contacts/bulk", UriKind.Relative), form);
        if ((int)answer.StatusCode >= 400) throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        await stage.WorkAsync(connection);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task SignInAsync(Stage stage)
    {
        var seconds = TimeSpan.FromSeconds(stage.Bench.Options.Seconds);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 64 }) { BaseAddress = stage.Host.Url };
        using var first = await client.GetAsync(new Uri("/sign-in", UriKind.Relative));
        var page = await first.Content.ReadAsStringAsync();
        var token = System.Text.RegularExpressions.Regex.Match(page, "__RequestVerificationToken\"[^>]*value=\"([^\"]+)").Groups[1].Value;
        var cookie = string.Join("; ", first.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));
        Task<double> Ours() => RateAsync(2, seconds, async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["Command.UserName"] = "load", ["Command.Password"] = Bench.Password, ["__RequestVerificationToken"] = token }) };
            request.Headers.Add("Cookie", cookie);
            using var answer = await client.SendAsync(request);
            if (answer.StatusCode != System.Net.HttpStatusCode.Redirect) throw new InvalidOperationException(answer.StatusCode.ToString());
        });

        var kept = await stage.Bench.AskAsync<string>("select password_hash from platform.users where user_name = 'load'");
        var hasher = new Microsoft.AspNetCore.Identity.PasswordHasher<object>();
        Task<double> Hash() => RateAsync(2, seconds, _ =>
        {
            if (hasher.VerifyHashedPassword(new object(), kept, Bench.Password) == Microsoft.AspNetCore.Identity.PasswordVerificationResult.Failed) throw new InvalidOperationException("The hash is another one.");
            return Task.CompletedTask;
        });

        await WarmAsync(stage, Ours);
        var (ours, raw, away) = await stage.RoundsAsync(Ours, Hash);
        Tell("Row 21, sign-in, 2 clients", ours, raw, "checks of the hash alone", away);
        var (with, without, _) = await stage.RoundsAsync(
            async () =>
            {
                var signing = Ours();
                var list = await Load.RunAsync(new Uri(stage.Host.Url, "/contacts"), stage.Cookie, 1, seconds * 0.8, []);
                await signing;
                return list.P95;
            },
            async () => (await Load.RunAsync(new Uri(stage.Host.Url, "/contacts"), stage.Cookie, 1, seconds, [])).P95);
        Console.WriteLine(Stage.Text($"Row 21, others' list meanwhile: p95 {PageFigures.Median(with):0.0} ms = {PageFigures.Median(with) / PageFigures.Median(without):0.0} × {PageFigures.Median(without):0.0}"));
    }

    private static void Tell(string title, double[] ours, double[] floor, string what, int away) =>
        Console.WriteLine(Stage.Text($"{title}: {PageFigures.Median(ours):0}/s = {PageFigures.Median(ours) / PageFigures.Median(floor) * 100:0} % of {PageFigures.Median(floor):0} {what} ({away} rounds thrown away)"));

    private static async Task WarmAsync(Stage stage, Func<Task<double>> ours)
    {
        for (var spent = 0; spent < stage.Bench.Options.Warm; spent += stage.Bench.Options.Seconds) await ours();
    }

    private static async Task<double> RateAsync(int clients, TimeSpan time, Func<Random, Task> act)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(c => Task.Run(async () =>
        {
            var random = new Random(c);
            var n = 0;
            for (; Stopwatch.GetElapsedTime(started) < time; n++) await act(random);
            return n;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> OnConnectionsAsync(Bench bench, int clients, TimeSpan time, Func<NpgsqlConnection, Task> act)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(bench.ConnectionString) { MaxAutoPrepare = 20, AutoPrepareMinUsages = 2 }.ConnectionString);
            await connection.OpenAsync();
            var n = 0;
            for (; Stopwatch.GetElapsedTime(started) < time; n++) await act(connection);
            return n;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
