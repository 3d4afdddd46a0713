using System.Diagnostics;
using Crm.Testing;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Row 16 and the figures of routines.md for jobs that wait: <c>--waiting</c> jobs stand at a delay (1,000,000), of which <c>--due</c> (100,000) come due within one second. Lateness of single timers among few and among
/// all, how fast the backlog drains against the steps of row 14 in the same run, memory and start with all of them there. Works on a copy of the database, which is dropped at the end.
/// </summary>
internal static class TimerFigures
{
    private const int Singles = 200;

    public static async Task RunAsync(Bench bench)
    {
        await bench.DropDatabaseAsync("load_timers");
        await bench.CopyDatabaseAsync("load_timers");
        var database = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = "load_timers" }.ConnectionString;
        try
        {
            await MeasureAsync(bench, database);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.DropDatabaseAsync("load_timers");
        }
    }

    private static async Task MeasureAsync(Bench bench, string database)
    {
        var (waiting, due) = (bench.Options.Waiting, bench.Options.Due);
        var (first, calmStart) = await Running.HostAsync(database, bench.Directory, 5792);
        Guid job;
        double few;
        await using (first)
        {
            using var api = await Api.OpenAsync(bench, database, first);
            var wait = Api.Box("Elsa.Delay", "wait");
            wait["timeSpan"] = Api.Value("Literal", "30.00:00:00", "TimeSpan");
            job = await api.StartAsync(await api.PublishAsync("Waits", wait), "waits");
            while (await Api.AskAsync<long>(database, "select count(*) from routines.bookmarks where job_id = @job", ("job", job)) == 0) await Task.Delay(20);
            await WaitingJobs.CopyAsync(database, job, Singles * 2);
            few = (await SinglesAsync(database, job, Singles)).P50;
        }

        var filled = Stopwatch.GetTimestamp();
        await WaitingJobs.CopyAsync(database, job, waiting);
        await Api.AskAsync<object?>(database, "analyze routines.jobs, routines.job_states, routines.bookmarks, routines.journal");
        Console.WriteLine($"{waiting} waiting jobs were laid down in {Stopwatch.GetElapsedTime(filled).TotalSeconds:0} s");

        var (host, start) = await Running.HostAsync(database, bench.Directory, 5792);
        await using var running = host;
        Console.WriteLine($"Start: ready after {start.TotalSeconds:0.0} s with them, {calmStart.TotalSeconds:0.0} s without (fault 6 asks for at most 2 s more)");
        var (p50, p99) = await SinglesAsync(database, job, Singles);
        Console.WriteLine($"Row 16, idle: timers are late by p50 {p50:0} ms, p99 {p99:0} ms among {waiting} that wait (p50 {few:0} ms among {Singles * 2})");

        // The backlog: all due within one second, drained as fast as it goes.
        var memory = running.Memory;
        await Api.AskAsync<object?>(database, """
            with d as (select id, row_number() over () as n from routines.bookmarks where due_at > now() + interval '1 day' limit @due)
            update routines.bookmarks b set due_at = now() + (d.n::float8 / @due) * interval '1 second' from d where b.id = d.id
            """, ("due", due));
        var before = await EndedAsync(database);
        var began = Stopwatch.GetTimestamp();
        // Jobs are counted only when no moment is left to come: a count of a million each 200 ms would take one of the two cores.
        while (await Api.AskAsync<bool>(database, "select exists (select 1 from routines.bookmarks where due_at < now() + interval '1 day')")) await Task.Delay(500);
        while (await EndedAsync(database) < before + due) await Task.Delay(500);
        var rate = due / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"Row 16, backlog: {due} timers due in a second were drained at {rate:0} jobs/s, each a step and an end; memory {memory:0} → {running.Memory:0} MB. Row 14's steps in the same way: run `-- steps` beside it");
    }

    /// <summary>Timers one by one, thirty milliseconds apart: how late each job went on. The job that the others are copies of goes on waiting.</summary>
    private static async Task<(double P50, double P99)> SinglesAsync(string database, Guid copied, int count)
    {
        await Api.AskAsync<object?>(database, """
            with d as (select id, row_number() over () as n from routines.bookmarks where due_at > now() + interval '1 day' and job_id <> @copied limit @count)
            update routines.bookmarks b set due_at = now() + interval '3 seconds' + d.n * interval '30 milliseconds' from d where b.id = d.id
            """, ("count", count), ("copied", copied));
        // What the moment was is emptied when it is handed over: it is kept here before.
        await Api.AskAsync<object?>(database, "drop table if exists public.probe_due; create table public.probe_due as select job_id, due_at from routines.bookmarks where due_at < now() + interval '1 hour'");
        while (await Api.AskAsync<long>(database, "select count(*) from public.probe_due p join routines.jobs j on j.id = p.job_id where j.ended_at is null") > 0) await Task.Delay(200);
        const string late = "select percentile_cont(@p) within group (order by extract(epoch from e.at - p.due_at) * 1000) from public.probe_due p join routines.journal e on e.job_id = p.job_id and e.event = 'Resumed'";
        return (await Api.AskAsync<double>(database, late, ("p", 0.5)), await Api.AskAsync<double>(database, late, ("p", 0.99)));
    }

    private static Task<long> EndedAsync(string database) => Api.AskAsync<long>(database, "select count(*) from routines.jobs where ended_at is not null");
}
