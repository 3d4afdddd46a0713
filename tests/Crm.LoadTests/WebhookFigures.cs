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
        var token = (await Running.VerbAsync(bench.ConnectionString, bench.Directory, "token", "create", "--user", "admin", "--name", "load", "--days", "1")).Trim().Split('\n')[^1].Trim();
        using var api = new HttpClient { BaseAddress = host.Url };
        api.DefaultRequestHeaders.Authorization = new("Bearer", token);
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
    private static async Task<string> PublishAsync(HttpClient api)
    {
        var path = $"load-{Guid.NewGuid():n}";
        JsonObject Value(string type, string value, string typeName = "Object") => new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };
        JsonObject Box(string id, string type, params (string Name, JsonNode Value)[] inputs)
        {
            var box = new JsonObject { ["id"] = id, ["nodeId"] = $"Workflow1:Flowchart1:{id}", ["name"] = id, ["type"] = type, ["version"] = 1 };
            foreach (var (name, value) in inputs) box[name] = value;
            return box;
        }

        var door = Box("door", "Elsa.HttpEndpoint", ("path", Value("Literal", path, "String")), ("supportedMethods", new JsonObject { ["typeName"] = "String[]", ["expression"] = new JsonObject { ["type"] = "Object", ["value"] = "[\"POST\"]" } }));
        door["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        var boxes = new JsonArray(door);
        for (var i = 0; i < 8; i++) boxes.Add(Box($"count{i}", "Elsa.SetVariable", ("variable", new JsonObject { ["id"] = "n", ["name"] = "n" }), ("value", Value("JavaScript", "variables.n + 1"))));
        boxes.Add(Box("answer", "Elsa.WriteHttpResponse", ("content", Value("JavaScript", "variables.n"))));
        var order = boxes.Select(b => b!["id"]!.GetValue<string>()).ToList();
        var connections = new JsonArray([.. order.Zip(order.Skip(1), (a, b) => new JsonObject { ["source"] = new JsonObject { ["activity"] = a, ["port"] = "Done" }, ["target"] = new JsonObject { ["activity"] = b, ["port"] = "In" } })]);
        using var made = await api.PostAsJsonAsync("/api/v1/routines", new JsonObject
        {
            ["name"] = $"Called {path}",
            ["variables"] = new JsonArray(new JsonObject { ["id"] = "n", ["name"] = "n", ["typeName"] = "Int32", ["value"] = "0" }),
            ["root"] = new JsonObject { ["id"] = "Flowchart1", ["nodeId"] = "Workflow1:Flowchart1", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = boxes, ["connections"] = connections },
        });
        if (!made.IsSuccessStatusCode) throw new InvalidOperationException(await made.Content.ReadAsStringAsync());
        var id = (Guid)(await made.Content.ReadFromJsonAsync<JsonObject>())!["id"]!;
        using var published = await api.PostAsync(new Uri($"/api/v1/routines/{id}/publish", UriKind.Relative), null);
        if (!published.IsSuccessStatusCode) throw new InvalidOperationException(await published.Content.ReadAsStringAsync());
        return "/workflows/" + path;
    }
}
