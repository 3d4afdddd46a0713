using System.Diagnostics;
using Crm.Testing;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Fault 6: <c>--signals</c> waiting jobs (25,000), a tenth of them signalled each second for ten seconds: none stuck. And the start with 100,000 waiting jobs against the start without them. Works on a
/// copy of the database, which is dropped at the end.
/// </summary>
internal static class SignalFigures
{
    private const int Waves = 10;
    private const int Crowd = 100_000;

    public static async Task RunAsync(Bench bench, int signals)
    {
        await bench.DropDatabaseAsync("load_signals");
        await bench.CopyDatabaseAsync("load_signals");
        try
        {
            await MeasureAsync(bench, new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = "load_signals" }.ConnectionString, signals);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.DropDatabaseAsync("load_signals");
        }
    }

    private static async Task MeasureAsync(Bench bench, string database, int signals)
    {
        var calm = await StartsAsync(bench, database);
        var (host, _) = await Running.HostAsync(database, bench.Directory, 5795);
        await using (host)
        {
            using var api = await Api.OpenAsync(bench, database, host);
            var tellers = new List<Guid>();
            var routines = new List<Guid>();
            for (var wave = 0; wave < Waves; wave++)
            {
                var name = $"signal-{wave}-{Guid.NewGuid():n}";
                routines.Add(await api.PublishAsync("Waits", Api.Box("Elsa.Event", "Wait", ("eventName", name))));
                tellers.Add(await api.PublishAsync("Tells", Api.Box("Elsa.PublishEvent", "Tell", ("eventName", name))));
                var job = await api.StartAsync(routines[wave], "waits");
                while (await Api.AskAsync<long>(database, "select count(*) from routines.bookmarks where job_id = @job", ("job", job)) == 0) await Task.Delay(20);
                await WaitingJobs.CopyAsync(database, job, (signals / Waves) - 1);
            }

            var began = Stopwatch.GetTimestamp();
            for (var wave = 0; wave < Waves; wave++)
            {
                if (TimeSpan.FromSeconds(wave) - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early) await Task.Delay(early);
                await api.StartAsync(tellers[wave], "tells");
            }

            var told = Stopwatch.GetElapsedTime(began);
            const string open = "select count(*) from routines.jobs where routine_id = any(@routines) and ended_at is null";
            long left;
            while ((left = await Api.AskAsync<long>(database, open, ("routines", routines.ToArray()))) > 0 && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(10)) await Task.Delay(100);
            Console.WriteLine($"Fault 6: {signals} waiting jobs signalled in {told.TotalSeconds:0.0} s; {left} stuck; the last one ended {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after the first signal");

            var delayed = await api.PublishAsync("Rests", Api.Box("Elsa.Delay", "Wait", ("timeSpan", "30.00:00:00")));
            var one = await api.StartAsync(delayed, "rests");
            while (await Api.AskAsync<long>(database, "select count(*) from routines.bookmarks where job_id = @job", ("job", one)) == 0) await Task.Delay(20);
            await WaitingJobs.CopyAsync(database, one, Crowd);
        }

        var crowded = await StartsAsync(bench, database);
        Console.WriteLine($"Fault 6: ready after {crowded:0.00} s with {Crowd} waiting jobs, {calm:0.00} s without: {crowded - calm:+0.00;-0.00} s (asked: at most 2 s more)");
        Console.WriteLine((await Running.VerbAsync(database, bench.Directory, "check")).Trim());
    }

    /// <summary>Median of three starts.</summary>
    private static async Task<double> StartsAsync(Bench bench, string database)
    {
        List<double> all = [];
        for (var i = 0; i < 3; i++)
        {
            var (host, took) = await Running.HostAsync(database, bench.Directory, 5795);
            await host.DisposeAsync();
            all.Add(took.TotalSeconds);
        }

        return PageFigures.Median(all);
    }
}
