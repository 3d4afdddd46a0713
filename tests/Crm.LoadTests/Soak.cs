using System.Diagnostics;
using System.Globalization;
using Crm.Testing;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Fault 14: a mix of everything for <c>--minutes</c> (120): lists, records, search, new and changed contacts, jobs with waits and stages, messages through a gateway that fails now and then. Holds when the log has no error
/// (a task that failed and was forgotten is one), connections and handles are flat and memory rises by at most 5 MB an hour (asked of runs of an hour and more). Works on a copy of the database, which is dropped at the end.
/// </summary>
internal static class Soak
{
    private const int Readers = 4;
    private const int Writers = 2;

    public static async Task<bool> RunAsync(Bench bench, int minutes)
    {
        await bench.DropDatabaseAsync("load_soak");
        await bench.CopyDatabaseAsync("load_soak");
        try
        {
            return await MixAsync(bench, new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = "load_soak" }.ConnectionString, TimeSpan.FromMinutes(minutes));
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.DropDatabaseAsync("load_soak");
        }
    }

    private static async Task<bool> MixAsync(Bench bench, string database, TimeSpan time)
    {
        var (host, _) = await Running.HostAsync(database, bench.Directory, 5795);
        await using var running = host;
        using var api = await Api.OpenAsync(bench, database, host);
        await using var gateway = await FaultyGateway.StartAsync();
        gateway.Takes = TimeSpan.FromMilliseconds(20);
        gateway.Mood = (to, before) => before > 0 ? GatewayMood.Take : to[^1] switch { '3' => GatewayMood.Err, '6' => GatewayMood.TakeAndReset, _ => GatewayMood.Take };
        await GatewaySettings.UseAsync(host, gateway.Url, parallel: 8, tries: 8);
        var routine = await api.PublishAsync("Soak", Api.Box("Elsa.Delay", "Pause", ("timeSpan", "00:00:02")), Api.Box("Crm.Stage", "Look", ("title", "Look"), ("who", "Starter")), Api.Box("Elsa.Delay", "Rest", ("timeSpan", "00:00:01")));
        var cookie = await host.SignInAsync("load", Bench.Password);

        using var over = new CancellationTokenSource(time);
        var problems = new System.Collections.Concurrent.ConcurrentQueue<string>();
        long reads = 0, writes = 0;
        var clients = Enumerable.Range(0, Readers).Select(n => Task.Run(() => ReadAsync(n))).Concat(Enumerable.Range(0, Writers).Select(n => Task.Run(() => WriteAsync(n)))).Append(Task.Run(FinishAsync)).ToList();
        var samples = new List<Sample>();
        var clock = Stopwatch.StartNew();
        var every = TimeSpan.FromSeconds(Math.Clamp(time.TotalSeconds / 120, 5, 30));
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(every, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!host.IsRunning) throw new InvalidOperationException("The host ended.");
            var connections = await Api.AskAsync<long>(database, "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'crm%'");
            samples.Add(new(clock.Elapsed.TotalHours, host.Memory, host.Handles, (int)connections));
            if (samples.Count % 10 == 0) Console.WriteLine(Text($"{clock.Elapsed.TotalMinutes,6:0.0} min  {samples[^1].Memory:0} MB  {samples[^1].Handles} handles  {samples[^1].Connections} connections  {reads} reads  {writes} writes  {host.Errors.Count} errors"));
        }

        await Task.WhenAll(clients);
        // What came in a rush at the beginning (pools, caches) is not growth: the first quarter is left out.
        var settled = samples.Skip(samples.Count / 4).ToList();
        var slope = Slope(settled, s => s.Memory);
        var (handles, connectionsThen) = (Thirds(settled, s => s.Handles), Thirds(settled, s => s.Connections));
        var flat = handles.Last <= handles.First + 20 && connectionsThen.Last <= connectionsThen.First + 5;
        var open = await Api.AskAsync<long>(database, "select count(*) from routines.jobs where routine_id = @routine and status = 'Faulted'", ("routine", routine));
        Console.WriteLine(Text($"Fault 14: {time.TotalMinutes:0} minutes, {reads} reads and {writes} writes; {host.Errors.Count} errors in the log, {problems.Count} wrong answers, {open} jobs at an incident"));
        Console.WriteLine(Text($"  memory {settled.Min(s => s.Memory):0} to {settled.Max(s => s.Memory):0} MB, slope {slope:+0.0;-0.0} MB/h (asked: 5, and 480 MB at most); handles {handles.First:0} → {handles.Last:0}; connections {connectionsThen.First:0} → {connectionsThen.Last:0}"));
        foreach (var line in host.Errors.Take(10)) Console.WriteLine("  " + line[..Math.Min(600, line.Length)]);
        foreach (var line in problems.Take(10)) Console.WriteLine("  " + line[..Math.Min(300, line.Length)]);
        return host.Errors.Count == 0 && problems.IsEmpty && open == 0 && flat && settled.Max(s => s.Memory) <= 480 && (time < TimeSpan.FromHours(1) || slope <= 5);

        async Task ReadAsync(int reader)
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = host.Url };
            http.DefaultRequestHeaders.Add("Cookie", cookie);
            string[] pages = ["/contacts", "/contacts?q=رضا", "/worklist", "/jobs", "/messages", "/", "/contacts?q=09121", "/search?q=تهران"];
            for (var i = reader; !over.IsCancellationRequested; i++)
            {
                await TryAsync(async () =>
                {
                    using var answer = await http.GetAsync(new Uri(pages[i % pages.Length], UriKind.Relative), CancellationToken.None);
                    if ((int)answer.StatusCode >= 500) problems.Enqueue($"{pages[i % pages.Length]} → {(int)answer.StatusCode}");
                });
                Interlocked.Increment(ref reads);
                await PauseAsync(100);
            }
        }

        async Task WriteAsync(int writer)
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
            {
                var n = i;
                await TryAsync(async () =>
                {
                    var contact = (await api.PostAsync("/api/v1/contacts", new { kind = "person", lastName = Text($"Soak {writer}-{n}"), phones = new[] { new { kind = "mobile", number = Text($"0935{writer}{n % 1_000_000:000000}") } } }))["id"]!.ToString();
                    await api.PostAsync("/api/v1/jobs", new { routineId = routine, contactId = contact, title = Text($"soak {writer}-{n}") });
                    await api.PostAsync("/api/v1/messages", new { channel = "sms", address = Text($"0935{writer}{n % 1_000_000:000000}"), body = "soak" });
                    await api.GetAsync($"/api/v1/contacts/{contact}");
                });
                Interlocked.Add(ref writes, 3);
                await PauseAsync(500);
            }
        }

        // Somebody does the stages that stand open.
        async Task FinishAsync()
        {
            while (!over.IsCancellationRequested)
            {
                var stage = await Api.AskAsync<string?>(database, "select s.job_id || '/steps/' || s.id from routines.stage_items s join routines.jobs j on j.id = s.job_id where s.status = 'Open' and j.routine_id = @routine order by s.id limit 1", ("routine", routine));
                if (stage is not null)
                {
                    await TryAsync(() => api.PostAsync($"/api/v1/jobs/{stage}/complete", new { outcome = "Done" }));
                    Interlocked.Increment(ref writes);
                }

                await PauseAsync(stage is null ? 500 : 50);
            }
        }

        async Task TryAsync(Func<Task> act)
        {
            try
            {
                await act();
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TaskCanceledException)
            {
                problems.Enqueue(e.Message);
            }
        }

        Task PauseAsync(int ms) => Task.Delay(ms, over.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Least squares, per hour.</summary>
    private static double Slope(List<Sample> samples, Func<Sample, double> of)
    {
        double x = samples.Average(s => s.Hours), y = samples.Average(of), below = samples.Sum(s => (s.Hours - x) * (s.Hours - x));
        return below == 0 ? 0 : samples.Sum(s => (s.Hours - x) * (of(s) - y)) / below;
    }

    private static (double First, double Last) Thirds(List<Sample> samples, Func<Sample, double> of)
    {
        var third = Math.Max(1, samples.Count / 3);
        return (PageFigures.Median([.. samples.Take(third).Select(of)]), PageFigures.Median([.. samples.TakeLast(third).Select(of)]));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Sample(double Hours, double Memory, int Handles, int Connections);
}
