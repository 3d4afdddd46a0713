using System.Globalization;
using Crm.LoadTests;

// dotnet run -c Release --project tests/Crm.LoadTests -- figures [--contacts 100000] [--rounds 5] [--seconds 5]
//   rows 1, 4, 23, 24 and 25 of quality.md's table, as ratios measured in the same run; row 14 with `-- steps`.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["probe", ..])
{
    await ProbeApp.RunAsync(Environment.GetEnvironmentVariable("PROBE_CONNECTION")!, Environment.GetEnvironmentVariable("ASPNETCORE_URLS")!);
    return 0;
}

var options = Options.Read(args);
await using var bench = await Bench.OpenAsync(options);
switch (args.FirstOrDefault())
{
    case "figures":
        await PageFigures.RunAsync(bench);
        await StartFigures.RunAsync(bench);
        return 0;
    case "pages":
        await PageFigures.RunAsync(bench);
        return 0;
    case "search":
        await SearchFigures.RunAsync(bench);
        return 0;
    case "writes":
        await WriteFigures.RunAsync(bench);
        return 0;
    case "bulk":
        await WriteFigures.BulkAsync(bench);
        return 0;
    case "export":
        await FileFigures.ExportAsync(bench);
        return 0;
    case "import":
        await FileFigures.ImportAsync(bench, options.Rows);
        return 0;
    case "growth":
        await FileFigures.GrowthAsync(bench);
        return 0;
    case "start":
        await StartFigures.RunAsync(bench);
        return 0;
    case "timers":
        await TimerFigures.RunAsync(bench);
        return 0;
    case "steps":
        await StepFigures.RunAsync(bench);
        return 0;
    case "signals":
        await SignalFigures.RunAsync(bench, options.Signals);
        return 0;
    case "poison":
        await PoisonFigures.RunAsync(bench);
        return 0;
    case "soak":
        return await Soak.RunAsync(bench, options.Minutes) ? 0 : 1;
    case "crowd":
        return await CrowdFigures.RunAsync(bench, options.Messages, options.Rows) ? 0 : 1;
    case "webhook":
        await WebhookFigures.RunAsync(bench);
        return 0;
    case "moves":
        await MoveFigures.RunAsync(bench, options.Moves);
        return 0;
    case "serve":
        // For a profiler: the Host over the seeded database, until the input ends.
        var (host, _) = await Running.HostAsync(bench.ConnectionString, bench.Directory, 5796);
        await using (host)
        {
            Console.WriteLine($"{host.Url} process {host.ProcessId}, database {bench.ConnectionString}, Cookie: {await host.SignInAsync("load", Bench.Password)}");
            while (await Console.In.ReadLineAsync() is not null) { }
        }

        return 0;
    default:
        Console.WriteLine("figures | pages | search | writes | bulk | export | import | growth | start | steps | timers | signals | poison | soak | crowd | webhook | moves | serve   [--contacts N] [--rounds N] [--seconds N] [--idle MINUTES] [--rows N] [--waiting N] [--due N] [--signals N] [--minutes N] [--messages N] [--moves N] [--warm SECONDS] [--only record | create | change | sign-in]");
        return 1;
}

internal sealed record Options(int Contacts, int Rounds, int Seconds, int Idle, int Jobs, int Rows, int Waiting, int Due, int Moves, int Signals, int Minutes, int Messages, int Warm, string? Only)
{
    public static Options Read(string[] args)
    {
        return new(Of("--contacts", 100_000), Of("--rounds", 5), Of("--seconds", 5), Of("--idle", 10), Of("--jobs", 2000), Of("--rows", 1_000_000), Of("--waiting", 1_000_000), Of("--due", 100_000), Of("--moves", 10_000), Of("--signals", 25_000), Of("--minutes", 120), Of("--messages", 100_000), Of("--warm", 45), Array.IndexOf(args, "--only") is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null);

        int Of(string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : otherwise;
    }
}
