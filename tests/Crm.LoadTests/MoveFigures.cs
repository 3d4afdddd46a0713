using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Crm.LoadTests;

/// <summary>
/// Moving running jobs to a new version (issue 4): so many jobs of one routine that stand at its first stage, half of whose boxes are other ones in the next version. The dry run, the move and its
/// undo, by the API as a program would, from the call to the end.
/// </summary>
internal static class MoveFigures
{
    public static async Task RunAsync(Bench bench, int jobs)
    {
        var (host, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5794);
        await using var running = host;
        var token = (await Running.VerbAsync(bench.ConnectionString, bench.Directory, "token", "create", "--user", "admin", "--name", "load", "--days", "1")).Trim().Split('\n')[^1].Trim();
        using var api = new HttpClient { BaseAddress = host.Url };
        api.DefaultRequestHeaders.Authorization = new("Bearer", token);
        // Bulk jobs are of the routine whose name comes first.
        var name = $"000 moved {Guid.NewGuid():n}";
        var definition = Guid.NewGuid().ToString("n");
        var routine = await PublishAsync(api, Drawing(definition, name, "Call", "Offer", "Visit"));
        Console.Write(await Running.VerbAsync(bench.ConnectionString, bench.Directory, "seed", "--jobs", $"{jobs}"));
        await PublishAsync(api, Drawing(definition, name, "Call", "Quote", "Visit", "Sign"));

        var memory = host.Memory;
        var began = Stopwatch.GetTimestamp();
        var move = (Guid)(await PostAsync(api, $"/api/v1/routines/{routine}/moves", new JsonObject()))["id"]!;
        var done = await UntilAsync(api, move, "checked");
        var tried = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Dry run of {jobs}: {tried.TotalSeconds:0.0} s ({jobs / tried.TotalSeconds:0}/s), {done["moves"]} move, {done["needChoice"]} need a choice, {done["stay"]} stay");

        began = Stopwatch.GetTimestamp();
        await PostAsync(api, $"/api/v1/routines/moves/{move}/begin", null);
        done = await UntilAsync(api, move, "moved");
        var moved = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Move: {moved.TotalSeconds:0.0} s ({jobs / moved.TotalSeconds:0}/s), {done["moved"]} moved, {done["left"]} left; memory {memory:0} → {host.Memory:0} MB");

        began = Stopwatch.GetTimestamp();
        await PostAsync(api, $"/api/v1/routines/moves/{move}/undo", null);
        done = await UntilAsync(api, move, "undone");
        var back = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Undo: {back.TotalSeconds:0.0} s ({jobs / back.TotalSeconds:0}/s), {done["undone"]} back, {done["kept"]} kept");
        Console.WriteLine((await Running.VerbAsync(bench.ConnectionString, bench.Directory, "check")).Trim());
    }

    private static JsonObject Drawing(string definition, string name, params string[] stages)
    {
        var activities = new JsonArray();
        var connections = new JsonArray();
        for (var i = 0; i < stages.Length; i++)
        {
            activities.Add(new JsonObject
            {
                ["id"] = stages[i], ["nodeId"] = $"Workflow1:Flowchart1:{stages[i]}", ["name"] = stages[i], ["type"] = "Crm.Stage", ["version"] = 1, ["title"] = Value("String", i == 0 && stages.Length > 3 ? "First call" : stages[i]),
                ["hours"] = Value("Decimal", "8"),
            });
            if (i > 0) connections.Add(new JsonObject { ["source"] = new JsonObject { ["activity"] = stages[i - 1], ["port"] = "Done" }, ["target"] = new JsonObject { ["activity"] = stages[i], ["port"] = "In" } });
        }

        return new JsonObject
        {
            ["definitionId"] = definition, ["name"] = name,
            ["root"] = new JsonObject { ["id"] = "Flowchart1", ["nodeId"] = "Workflow1:Flowchart1", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = activities, ["connections"] = connections },
        };
    }

    private static JsonObject Value(string type, string value) => new() { ["typeName"] = type, ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };

    private static async Task<Guid> PublishAsync(HttpClient api, JsonObject definition)
    {
        var id = (Guid)(await PostAsync(api, "/api/v1/routines", definition))["id"]!;
        await PostAsync(api, $"/api/v1/routines/{id}/publish", null);
        return id;
    }

    private static async Task<JsonObject> PostAsync(HttpClient api, string path, JsonObject? body)
    {
        using var answer = body is null ? await api.PostAsync(new Uri(path, UriKind.Relative), null) : await api.PostAsJsonAsync(path, body);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonObject>())! : throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static async Task<JsonObject> UntilAsync(HttpClient api, Guid move, string state)
    {
        while (true)
        {
            var record = (await api.GetFromJsonAsync<JsonObject>($"/api/v1/routines/moves/{move}"))!;
            if (record["state"]!.ToString() == state) return record;
            await Task.Delay(100);
        }
    }
}
