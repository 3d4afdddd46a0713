using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Dapper;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>Host and probe over one seeded database, and somebody signed in: what every figure starts from.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private Stage(Bench bench, Running host, Running probe, string cookie)
    {
        Bench = bench;
        Host = host;
        Probe = probe;
        Cookie = cookie;
    }

    public Bench Bench { get; }

    public Running Host { get; }

    public Running Probe { get; }

    /// <summary>Of the seller.</summary>
    public string Cookie { get; }

    public static async Task<Stage> OpenAsync(Bench bench, int port = 5791, string? connectionString = null)
    {
        var (host, _) = await Running.HostAsync(connectionString ?? bench.ConnectionString, bench.Directory, port);
        var (probe, _) = await Running.ProbeAsync(connectionString ?? bench.ConnectionString, port + 1);
        return new(bench, host, probe, await host.SignInAsync("load", Bench.Password));
    }

    /// <summary>A browser's client, signed in as somebody.</summary>
    public async Task<HttpClient> ClientAsync(string user)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Host.Url, Timeout = TimeSpan.FromHours(1) };
        client.DefaultRequestHeaders.Add("Cookie", user == "load" ? Cookie : await Host.SignInAsync(user, Bench.Password));
        return client;
    }

    /// <summary>A client of the API with a token.</summary>
    public async Task<HttpClient> ApiAsync(string user)
    {
        var token = (await Running.VerbAsync(Bench.ConnectionString, Bench.Directory, "token", "create", "--user", user, "--name", "load", "--days", "1")).Trim().Split('\n')[^1].Trim();
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = Host.Url, Timeout = TimeSpan.FromHours(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>
    /// Ours against the floor, interleaved; medians of the rounds. A round counts only if a bare «hello» before and after it differ by at most 15 %, or when the machine was never that quiet.
    /// </summary>
    public async Task<(T[] Ours, T[] Floor, int ThrownAway)> RoundsAsync<T>(Func<Task<T>> ours, Func<Task<T>> floor, int? rounds = null)
    {
        List<T> a = [], b = [];
        var thrownAway = 0;
        while (a.Count < (rounds ?? Bench.Options.Rounds))
        {
            var before = await HelloAsync();
            var oursNow = await ours();
            var floorNow = await floor();
            var after = await HelloAsync();
            if (Math.Abs(before - after) / before > 0.15 && thrownAway++ < Bench.Options.Rounds * 2) continue;
            a.Add(oursNow);
            b.Add(floorNow);
        }

        return ([.. a], [.. b], thrownAway);
    }

    private async Task<double> HelloAsync() => (await Load.RunAsync(new Uri(Probe.Url, "/hello"), "", 4, TimeSpan.FromSeconds(0.5), [])).PerSecond;

    /// <summary>Median milliseconds of a statement on one connection, and how many a second eight connections do.</summary>
    public async Task<(double P50, double PerSecond)> SqlAsync(string sql, object args, int clients = 1)
    {
        var end = TimeSpan.FromSeconds(Bench.Options.Seconds);
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Bench.ConnectionString) { MaxAutoPrepare = 20, AutoPrepareMinUsages = 2 }.ConnectionString);
            await connection.OpenAsync();
            List<double> times = [];
            while (Stopwatch.GetElapsedTime(started) < end)
            {
                var one = Stopwatch.GetTimestamp();
                (await connection.QueryAsync(sql, args)).AsList();
                times.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
            }

            return times;
        })));
        var sorted = all.SelectMany(t => t).Order().ToArray();
        return (sorted[sorted.Length / 2], sorted.Length / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Waits for the last work that was started; throws what became of it when that is not «done».</summary>
    public async Task WorkAsync(NpgsqlConnection connection)
    {
        await Task.Delay(200);
        while (true)
        {
            await using var command = new NpgsqlCommand("select stage || coalesce(' ' || problem::text, '') from platform.background_work order by id desc limit 1", connection);
            var stage = (string?)await command.ExecuteScalarAsync() ?? "";
            if (stage.StartsWith("Done", StringComparison.Ordinal)) return;
            if (stage.StartsWith("Failed", StringComparison.Ordinal) || stage.StartsWith("Cancelled", StringComparison.Ordinal)) throw new InvalidOperationException(stage);
            await Task.Delay(100);
        }
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Probe.DisposeAsync();
    }
}
