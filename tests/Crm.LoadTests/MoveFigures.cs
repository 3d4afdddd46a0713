using System.Diagnostics;
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
        using var api = await Api.OpenAsync(bench, bench.ConnectionString, host);
        // Bulk jobs are of the routine whose name comes first.
        var name = $"000 moved {Guid.NewGuid():n}";
        var definition = Guid.NewGuid().ToString("n");
        var routine = await api.PublishAsync(name, [], Stages(("Call", "Call"), ("Offer", "Offer"), ("Visit", "Visit")), definition);
        Console.Write(await Running.VerbAsync(bench.ConnectionString, bench.Directory, "seed", "--jobs", $"{jobs}"));
        await api.PublishAsync(name, [], Stages(("Call", "First call"), ("Quote", "Quote"), ("Visit", "Visit"), ("Sign", "Sign")), definition);

        var memory = host.Memory;
        var began = Stopwatch.GetTimestamp();
        var move = (Guid)(await api.PostAsync($"/api/v1/routines/{routine}/moves", new JsonObject()))["id"]!;
        var done = await UntilAsync(api, move, "checked");
        var tried = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Dry run of {jobs}: {tried.TotalSeconds:0.0} s ({jobs / tried.TotalSeconds:0}/s), {done["moves"]} move, {done["needChoice"]} need a choice, {done["stay"]} stay");

        began = Stopwatch.GetTimestamp();
        await api.PostAsync($"/api/v1/routines/moves/{move}/begin", null);
        done = await UntilAsync(api, move, "moved");
        var moved = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Move: {moved.TotalSeconds:0.0} s ({jobs / moved.TotalSeconds:0}/s), {done["moved"]} moved, {done["left"]} left; memory {memory:0} → {host.Memory:0} MB");

        began = Stopwatch.GetTimestamp();
        await api.PostAsync($"/api/v1/routines/moves/{move}/undo", null);
        done = await UntilAsync(api, move, "undone");
        var back = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"Undo: {back.TotalSeconds:0.0} s ({jobs / back.TotalSeconds:0}/s), {done["undone"]} back, {done["kept"]} kept");
        Console.WriteLine((await Running.VerbAsync(bench.ConnectionString, bench.Directory, "check")).Trim());
    }

    private static JsonObject[] Stages(params (string Id, string Title)[] stages) => [.. stages.Select(s => Api.Box("Crm.Stage", s.Id, ("title", s.Title), ("hours", "8")))];

    private static async Task<JsonObject> UntilAsync(Api api, Guid move, string state)
    {
        while (true)
        {
            var record = await api.GetAsync($"/api/v1/routines/moves/{move}");
            if (record["state"]!.ToString() == state) return record;
            await Task.Delay(100);
        }
    }
}
