using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
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
            var api = await ApiAsync(bench, database, first);
            var routine = await PublishAsync(api);
            job = await StartAsync(api, routine);
            while (await AskAsync<long>(database, "select count(*) from routines.bookmarks where job_id = @job", ("job", job)) == 0) await Task.Delay(20);
            await WaitingJobs.CopyAsync(database, job, Singles * 2);
            few = (await SinglesAsync(database, Singles)).P50;
        }

        var filled = Stopwatch.GetTimestamp();
        await WaitingJobs.CopyAsync(database, job, waiting);
        await AskAsync<object?>(database, "analyze routines.jobs, routines.job_states, routines.bookmarks, routines.journal");
        Console.WriteLine($"{waiting} waiting jobs were laid down in {Stopwatch.GetElapsedTime(filled).TotalSeconds:0} s");

        var (host, start) = await Running.HostAsync(database, bench.Directory, 5792);
        await using var running = host;
        Console.WriteLine($"Start: ready after {start.TotalSeconds:0.0} s with them, {calmStart.TotalSeconds:0.0} s without (fault 6 asks for at most 2 s more)");
        var (p50, p99) = await SinglesAsync(database, Singles);
        Console.WriteLine($"Row 16, idle: timers are late by p50 {p50:0} ms, p99 {p99:0} ms among {waiting} that wait (p50 {few:0} ms among {Singles * 2})");

        // The backlog: all due within one second, drained as fast as it goes.
        var memory = running.Memory;
        await AskAsync<object?>(database, """
            with d as (select id, row_number() over () as n from routines.bookmarks where due_at > now() + interval '1 day' limit @due)
            update routines.bookmarks b set due_at = now() + (d.n::float8 / @due) * interval '1 second' from d where b.id = d.id
            """, ("due", due));
        var before = await EndedAsync(database);
        var began = Stopwatch.GetTimestamp();
        while (await EndedAsync(database) < before + due) await Task.Delay(200);
        var rate = due / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"Row 16, backlog: {due} timers due in a second were drained at {rate:0} jobs/s, each a step and an end; memory {memory:0} → {running.Memory:0} MB. Row 14's steps in the same way: run `-- steps` beside it");
    }

    /// <summary>Timers one by one, thirty milliseconds apart: how late each job went on.</summary>
    private static async Task<(double P50, double P99)> SinglesAsync(string database, int count)
    {
        await AskAsync<object?>(database, """
            with d as (select id, row_number() over () as n from routines.bookmarks where due_at > now() + interval '1 day' limit @count)
            update routines.bookmarks b set due_at = now() + interval '3 seconds' + d.n * interval '30 milliseconds' from d where b.id = d.id
            """, ("count", count));
        // What the moment was is emptied when it is handed over: it is kept here before.
        await AskAsync<object?>(database, "drop table if exists public.probe_due; create table public.probe_due as select job_id, due_at from routines.bookmarks where due_at < now() + interval '1 hour'");
        while (await AskAsync<long>(database, "select count(*) from public.probe_due p join routines.jobs j on j.id = p.job_id where j.ended_at is null") > 0) await Task.Delay(200);
        const string late = "select percentile_cont(@p) within group (order by extract(epoch from e.at - p.due_at) * 1000) from public.probe_due p join routines.journal e on e.job_id = p.job_id and e.event = 'Resumed'";
        return (await AskAsync<double>(database, late, ("p", 0.5)), await AskAsync<double>(database, late, ("p", 0.99)));
    }

    private static Task<long> EndedAsync(string database) => AskAsync<long>(database, "select count(*) from routines.jobs where ended_at is not null");

    private static async Task<HttpClient> ApiAsync(Bench bench, string database, Running host)
    {
        var token = (await Running.VerbAsync(database, bench.Directory, "token", "create", "--user", "admin", "--name", "load", "--days", "1")).Trim().Split('\n')[^1].Trim();
        var api = new HttpClient { BaseAddress = host.Url };
        api.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return api;
    }

    private static async Task<Guid> PublishAsync(HttpClient api)
    {
        var definition = new JsonObject
        {
            ["name"] = $"Waits {Guid.NewGuid():n}",
            ["root"] = new JsonObject
            {
                ["id"] = "Flowchart1", ["nodeId"] = "Workflow1:Flowchart1", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["connections"] = new JsonArray(),
                ["activities"] = new JsonArray(new JsonObject
                {
                    ["id"] = "wait", ["nodeId"] = "Workflow1:Flowchart1:wait", ["name"] = "Wait", ["type"] = "Elsa.Delay", ["version"] = 1,
                    ["timeSpan"] = new JsonObject { ["typeName"] = "TimeSpan", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "30.00:00:00" } },
                }),
            },
        };
        var id = (Guid)(await PostAsync(api, "/api/v1/routines", definition))["id"]!;
        await PostAsync(api, $"/api/v1/routines/{id}/publish", null);
        return id;
    }

    private static async Task<Guid> StartAsync(HttpClient api, Guid routine) => (Guid)(await PostAsync(api, "/api/v1/jobs", new { routineId = routine, title = "waits" }))["id"]!;

    private static async Task<JsonNode> PostAsync(HttpClient api, string path, object? body)
    {
        using var answer = body is null ? await api.PostAsync(new Uri(path, UriKind.Relative), null) : await api.PostAsJsonAsync(path, body);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonNode>())! : throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<T> AskAsync<T>(string database, string sql, params (string Name, object Value)[] args)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        foreach (var (name, value) in args) command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync() is T value1 ? value1 : default!;
    }
}
