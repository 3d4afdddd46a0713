namespace Crm.LoadTests;

/// <summary>Rows 23 (cold start) and 24 (memory).</summary>
internal static class StartFigures
{
    public static async Task RunAsync(Bench bench)
    {
        List<double> ours = [], floor = [];
        for (var i = 0; i < bench.Options.Rounds; i++)
        {
            await (await TimedAsync(() => Running.ProbeAsync(bench.ConnectionString, 5794), "/list", "", floor)).DisposeAsync();
            await (await TimedAsync(() => Running.HostAsync(bench.ConnectionString, bench.Directory, 5793), "/contacts", "load", ours)).DisposeAsync();
        }

        double a = PageFigures.Median(ours), b = PageFigures.Median(floor);
        Console.WriteLine($"Row 23: {a:0.00} s from start to the first signed-in list, {a / b:0.0} × the floor's {b:0.00} s");
        if (bench.Options.Idle == 0) return;
        var (idle, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5793);
        await using var running = idle;
        var cookie = await running.SignInAsync("load", Bench.Password);
        await Load.RunAsync(new Uri(running.Url, "/contacts"), cookie, 1, TimeSpan.FromSeconds(2), []);
        await Task.Delay(TimeSpan.FromMinutes(bench.Options.Idle));
        Console.WriteLine($"Row 24: {running.Memory:0} MB resident after {bench.Options.Idle} minutes idle");
    }

    /// <summary>From the start of the process to the first page; a signed-in one where there is somebody to sign in.</summary>
    private static async Task<Running> TimedAsync(Func<Task<(Running, TimeSpan)>> start, string path, string user, List<double> times)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var (running, _) = await start();
        if (user.Length > 0)
        {
            var cookie = await running.SignInAsync(user, Bench.Password);
            using var client = new HttpClient { BaseAddress = running.Url };
            client.DefaultRequestHeaders.Add("Cookie", cookie);
            await client.GetStringAsync(new Uri(path, UriKind.Relative));
        }
        else
        {
            await running.UntilAsync(path);
        }

        times.Add(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds);
        return running;
    }
}
