using System.Diagnostics;
using System.Text.Json.Nodes;
using Crm.Testing;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>
/// Fault 12: what always fails is parked, and the rest is slowed by at most 5 %. Messages a second with and without some to a number that the gateway always fails, steps a second with and without some jobs whose step
/// the runtime itself can't take; interleaved, medians of the rounds. Works on a copy of the database, which is dropped at the end.
/// </summary>
internal static class PoisonFigures
{
    private const int Messages = 3000;
    private const int Jobs = 1500;
    private const int Poisons = 10;

    public static async Task RunAsync(Bench bench)
    {
        await bench.DropDatabaseAsync("load_poison");
        await bench.CopyDatabaseAsync("load_poison");
        try
        {
            await MeasureAsync(bench, new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = "load_poison" }.ConnectionString);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await bench.DropDatabaseAsync("load_poison");
        }
    }

    private static async Task MeasureAsync(Bench bench, string database)
    {
        var (host, _) = await Running.HostAsync(database, bench.Directory, 5795);
        await using var running = host;
        using var api = await Api.OpenAsync(bench, database, host);
        await using var gateway = await FaultyGateway.StartAsync();
        gateway.Mood = (to, _) => to.EndsWith("999", StringComparison.Ordinal) ? GatewayMood.Err : GatewayMood.Take;
        await GatewaySettings.UseAsync(host, gateway.Url, parallel: 16, tries: 3);

        await MessagesAsync(api, database, 300, 0);
        var (a, b) = await RoundsAsync(bench, poisons => MessagesAsync(api, database, Messages, poisons));
        Console.WriteLine($"Fault 12, messages: {b:0}/s with {Poisons} of {Messages} that always fail, {a:0}/s without: {(a - b) / a:P1} slower (asked: at most 5 %)");
        while (await Api.AskAsync<long>(database, "select count(*) from messaging.messages where state in ('Queued', 'Sending')") > 0) await Task.Delay(500);
        Console.WriteLine($"  parked after three tries: {await Api.AskAsync<long>(database, "select count(*) from messaging.messages where state = 'Failed' and attempts = 3")} of {Poisons * bench.Options.Rounds}");

        var routine = await api.PublishAsync("Ten steps", [.. Enumerable.Range(0, 10).Select(n => Api.Box("Elsa.Delay", $"wait{n}", ("timeSpan", "00:00:00.001")))]);
        var still = await api.PublishAsync("Stands", Api.Box("Elsa.Delay", "wait", ("timeSpan", "30.00:00:00")));
        await StepsAsync(api, database, routine, still, 100, 0);
        (a, b) = await RoundsAsync(bench, poisons => StepsAsync(api, database, routine, still, Jobs, poisons));
        Console.WriteLine($"Fault 12, steps: {b:0}/s with {Poisons} of {Jobs} jobs whose step always fails, {a:0}/s without: {(a - b) / a:P1} slower (asked: at most 5 %)");
        Console.WriteLine($"  parked with an incident: {await Api.AskAsync<long>(database, "select count(*) from routines.incidents where status = 'Open'")} of {Poisons * bench.Options.Rounds}");
    }

    /// <summary>Without and with, the other first in every second round: what grows meanwhile slows both alike.</summary>
    private static async Task<(double Calm, double Sick)> RoundsAsync(Bench bench, Func<int, Task<double>> measure)
    {
        List<double> calm = [], sick = [];
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var poisons in round % 2 == 0 ? (int[])[0, Poisons] : [Poisons, 0]) (poisons == 0 ? calm : sick).Add(await measure(poisons));
            Console.WriteLine($"  {calm[^1]:0}/s without, {sick[^1]:0}/s with");
        }

        return (PageFigures.Median(calm), PageFigures.Median(sick));
    }

    /// <summary>Lays messages down at once and waits until the good ones are sent. Those a second.</summary>
    private static async Task<double> MessagesAsync(Api api, string database, int good, int bad)
    {
        // One is written as a program does; the others are copied from it.
        var one = (Guid)(await api.PostAsync("/api/v1/messages", new { channel = "sms", address = "09120000001", body = "poison" }))["id"]!;
        var before = await SentAsync();
        var began = Stopwatch.GetTimestamp();
        await Api.AskAsync<object?>(database, """
            insert into messaging.messages (id, channel, state, address, recipient_name, category, subject, body, format, language, awaited, attempts, due_at, branch_id, created_at, updated_at)
            select gen_random_uuid(), channel, 'Queued', left(address, -4) || case when n <= @bad then '9999' else lpad((n % 9000)::text, 3, '0') || '0' end, recipient_name, category, subject, body, format, language, awaited, 0, now(), branch_id, created_at, updated_at
            from messaging.messages m, generate_series(1, @all) n where m.id = @one order by md5(n::text)
            """, ("one", one), ("all", good + bad), ("bad", bad));
        while (await SentAsync() < before + good) await Task.Delay(20);
        return good / Stopwatch.GetElapsedTime(began).TotalSeconds;

        Task<long> SentAsync() => Api.AskAsync<long>(database, "select count(*) from messaging.messages where state = 'Sent' and body = 'poison'");
    }

    /// <summary>Starts jobs of ten steps from 16 clients, among them such that get a stimulus nobody can read, and waits until the good ones are over. Steps a second.</summary>
    private static async Task<double> StepsAsync(Api api, string database, Guid routine, Guid still, int good, int bad)
    {
        List<Guid> sick = [];
        for (var n = 0; n < bad; n++) sick.Add(await api.StartAsync(still, "sick"));
        var before = await EndedAsync();
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, good, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, _) =>
        {
            // Spread over the run.
            if (bad > 0 && n % (good / bad) == 0 && n / (good / bad) is var which && which < sick.Count)
                await Api.AskAsync<object?>(database, "insert into routines.stimuli (job_id, body, ready, at, attempts) values (@job, 'Nonsense {}', true, now(), 0)", ("job", sick[which]));
            await api.StartAsync(routine, "steps");
        });
        while (await EndedAsync() < before + good) await Task.Delay(50);
        return good * 11 / Stopwatch.GetElapsedTime(began).TotalSeconds;

        Task<long> EndedAsync() => Api.AskAsync<long>(database, "select count(*) from routines.jobs where routine_id = @routine and ended_at is not null", ("routine", routine));
    }
}
