using System.Diagnostics;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Row 14: steps of routines, each committed, against D, a plain durable step (read a state row for update, write it, write one journal row, commit)
/// on the same database in the same run. The routine is a chain of ten waits that fall due at once, so each of its steps is a burst of its own.
/// </summary>
internal static class StepFigures
{
    private const int Steps = 10;

    public static async Task RunAsync(Bench bench)
    {
        var (host, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5795);
        await using var running = host;
        using var api = await Api.OpenAsync(bench, bench.ConnectionString, host);
        var routine = await api.PublishAsync("Ten steps", [.. Enumerable.Range(0, Steps).Select(Wait)]);
        await PlainAsync(bench, 500);
        await JobsAsync(bench, api, routine, 100);
        List<double> ours = [], plain = [];
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            plain.Add(await PlainAsync(bench, 20_000));
            ours.Add(await JobsAsync(bench, api, routine, bench.Options.Jobs));
        }

        double a = PageFigures.Median(ours), b = PageFigures.Median(plain);
        Console.WriteLine($"Row 14: {a:0} steps/s = {a / b:P0} of {b:0} plain durable steps/s");
    }

    private static JsonObject Wait(int i)
    {
        var wait = Api.Box("Elsa.Delay", $"wait{i}");
        wait["timeSpan"] = Api.Value("Literal", "00:00:00.001", "TimeSpan");
        return wait;
    }

    /// <summary>Starts jobs from 16 clients and waits until all are over. Steps a second, the start counted as one.</summary>
    private static async Task<double> JobsAsync(Bench bench, Api api, Guid routine, int jobs)
    {
        var before = await bench.AskAsync<long>("select count(*) from routines.jobs where ended_at is not null");
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await api.StartAsync(routine, "load"));
        while (await bench.AskAsync<long>("select count(*) from routines.jobs where ended_at is not null") < before + jobs) await Task.Delay(50);
        return jobs * (Steps + 1) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> PlainAsync(Bench bench, int steps)
    {
        await bench.AskAsync<string?>("create table if not exists public.probe_state (id int primary key, state jsonb not null); create table if not exists public.probe_journal (id bigserial primary key, job int, entry jsonb not null); truncate public.probe_journal; insert into public.probe_state select n, '{}' from generate_series(1, 1000) n on conflict do nothing; select ''");
        var state = "{\"executions\":[" + string.Join(',', Enumerable.Range(0, 10).Select(i => $"{{\"id\":\"{Guid.NewGuid()}\",\"node\":\"wait{i}\"}}")) + "]}";
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(bench.ConnectionString);
            await connection.OpenAsync();
            for (var i = 0; i < steps / 8; i++)
            {
                var id = 1 + (i * 8 + client) % 1000;
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.ExecuteScalarAsync("select state from public.probe_state where id = @id for update", new { id }, transaction);
                await connection.ExecuteAsync("update public.probe_state set state = @state::jsonb where id = @id", new { id, state }, transaction);
                await connection.ExecuteAsync("insert into public.probe_journal (job, entry) values (@id, @state::jsonb)", new { id, state }, transaction);
                await transaction.CommitAsync();
            }
        })));
        return steps / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
