using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Crm.LoadTests;

/// <summary>Row 15: a routine that an HTTP request starts, makes ten steps and answers; and what its commit costs alone.</summary>
internal static class WebhookFigures
{
    public static async Task RunAsync(Bench bench)
    {
        var (host, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5797);
        await using var running = host;
        using var api = await Api.OpenAsync(bench, bench.ConnectionString, host);
        var path = await PublishAsync(api);
        using var caller = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = host.Url };
        await CallAsync(caller, path, 8, TimeSpan.FromSeconds(bench.Options.Warm));
        foreach (var clients in new[] { 1, 2, 8, 16 })
        {
            List<double> rates = [], halves = [], slow = [];
            for (var round = 0; round < bench.Options.Rounds; round++)
            {
                var (rate, times) = await CallAsync(caller, path, clients, TimeSpan.FromSeconds(bench.Options.Seconds));
                rates.Add(rate);
                halves.Add(times[times.Length / 2]);
                slow.Add(times[times.Length * 95 / 100]);
            }

            Console.WriteLine(Stage.Text($"Row 15, started by HTTP, ten steps, answered, {clients} clients: {PageFigures.Median(rates):0}/s; p50 {PageFigures.Median(halves):0.0} ms, p95 {PageFigures.Median(slow):0.0} ms"));
        }
    }

    private static async Task<(double Rate, double[] Sorted)> CallAsync(HttpClient caller, string path, int clients, TimeSpan time)
    {
        var times = new ConcurrentBag<double>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var asked = Stopwatch.GetTimestamp();
                using var answer = await caller.PostAsJsonAsync(path, new { order = 1405 });
                var said = await answer.Content.ReadAsStringAsync();
                if (!answer.IsSuccessStatusCode || said != "8") throw new InvalidOperationException($"{(int)answer.StatusCode}: {said}");
                times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
        })));
        return (times.Count / Stopwatch.GetElapsedTime(started).TotalSeconds, [.. times.Order()]);
    }

    /// <summary>The endpoint, eight counts of a variable, the answer: ten steps.</summary>
    private static async Task<string> PublishAsync(Api api)
    {
        var path = $"load-{Guid.NewGuid():n}";
        var door = Api.Box("Elsa.HttpEndpoint", "door");
        door["path"] = Api.Value("Literal", path, "String");
        door["supportedMethods"] = Api.Value("Object", "[\"POST\"]", "String[]");
        door["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        var counts = Enumerable.Range(0, 8).Select(i =>
        {
            var count = Api.Box("Elsa.SetVariable", $"count{i}");
            count["variable"] = new JsonObject { ["id"] = "n", ["name"] = "n" };
            count["value"] = Api.Value("JavaScript", "variables.n + 1");
            return count;
        });
        var answer = Api.Box("Elsa.WriteHttpResponse", "answer");
        answer["content"] = Api.Value("JavaScript", "variables.n");
        await api.PublishAsync("Called", [new JsonObject { ["id"] = "n", ["name"] = "n", ["typeName"] = "Int32", ["value"] = "0" }], [door, .. counts, answer]);
        return "/workflows/" + path;
    }
}
