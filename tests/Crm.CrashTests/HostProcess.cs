using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crm.CrashTests;

/// <summary>The built Host as a process of its own: started, waited for, killed, frozen, ended. Whatever happens to the test, it does not outlive it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, Process> s_alive = new();
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Process _process;

    static HostProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in s_alive.Values) Kill(process);
    };

    private HostProcess(Process process, Uri url)
    {
        (_process, Url) = (process, url);
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Url { get; }

    public bool IsRunning => !_process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Resident memory in MB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>What it wrote, newest last.</summary>
    public IReadOnlyList<string> Said => [.. _said];

    /// <summary>What it logged as errors.</summary>
    public IEnumerable<string> Errors => _said.Where(l => l.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || l.Contains("\"LogLevel\":\"Critical\"", StringComparison.Ordinal));

    /// <summary>Starts one; does not wait.</summary>
    /// <param name="connectionString">Its database.</param>
    /// <param name="dataDirectory">Its files.</param>
    /// <param name="port">Where it listens; null takes a free one.</param>
    /// <param name="settings">Further settings, as environment variables.</param>
    public static HostProcess Start(string connectionString, string dataDirectory, int? port = null, params (string Name, string Value)[] settings)
    {
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port ?? FreePort()}"));
        var info = Info(connectionString, dataDirectory, ["serve"]);
        info.Environment["ASPNETCORE_URLS"] = url.ToString();
        foreach (var (name, value) in settings) info.Environment[name] = value;
        var process = Process.Start(info)!;
        s_alive[process.Id] = process;
        return new(process, url);
    }

    /// <summary>Starts a verb of the command line that is not waited for.</summary>
    public static HostProcess StartVerb(string connectionString, string dataDirectory, params string[] words)
    {
        var process = Process.Start(Info(connectionString, dataDirectory, words))!;
        s_alive[process.Id] = process;
        return new(process, new Uri("http://127.0.0.1"));
    }

    /// <summary>Runs a verb of the command line to its end.</summary>
    public static async Task<(int ExitCode, string Said)> VerbAsync(string connectionString, string dataDirectory, params string[] words)
    {
        var info = Info(connectionString, dataDirectory, words);
        using var process = Process.Start(info)!;
        s_alive[process.Id] = process;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        s_alive.TryRemove(process.Id, out _);
        return (process.ExitCode, said + await errors);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until it says that it is ready.</summary>
    public async Task<HostProcess> ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(10) };
        await Until.TrueAsync("the host is ready", TimeSpan.FromSeconds(90), async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"The host ended with {_process.ExitCode}: {string.Join('\n', Said.TakeLast(20))}");
            try
            {
                using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        });
        return this;
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        Kill(_process);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still with all its connections open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: it goes on and knows nothing of the time between.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM: the orderly end.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>Waits for its end.</summary>
    public async Task EndedAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        s_alive.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    private static ProcessStartInfo Info(string connectionString, string dataDirectory, string[] words)
    {
        // …/tests/Crm.CrashTests/bin/<configuration>/net10.0/ → …/Host/bin/<configuration>/net10.0/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "Host", "bin", here.Parent.Name, here.Name, "Crm.Host.dll");
        if (!File.Exists(program)) throw new FileNotFoundException($"Build Host first: {program}");
        // The dotnet that runs this test runs the host too, wherever it was installed.
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var info = new ProcessStartInfo(dotnet, [program, .. words]) { WorkingDirectory = Path.GetDirectoryName(program)!, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new (string, string)[]
        {
            ("ConnectionStrings__Crm", connectionString), ("Crm__DataDirectory", dataDirectory), ("Crm__Demo", "false"), ("Crm__Admin__Password", Crm.Testing.CrmApp.Password),
            ("Logging__LogLevel__Default", "Warning"), ("ASPNETCORE_ENVIRONMENT", "Production"), ("DOTNET_ENVIRONMENT", "Production"),
            // They live for seconds: code that measures itself to become faster later, or is compiled a second time, does not pay.
            ("DOTNET_TieredPGO", "0"), ("DOTNET_TC_CallCounting", "0"),
        }) info.Environment[name] = value;
        return info;
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in between.
        }
    }

    private async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"kill -{name} ended with {kill.ExitCode}.");
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _said.Enqueue(line);
        while (_said.Count > 2000) _said.TryDequeue(out _);
    }
}

/// <summary>
/// Waiting in these tests: ask again until it is so, and say what was waited for when it is not in time. A pause stands only between two questions,
/// never in place of one.
/// </summary>
internal static class Until
{
    public static async Task TrueAsync(string what, TimeSpan patience, Func<Task<bool>> ask, int pauseMs = 50)
    {
        for (var started = Stopwatch.GetTimestamp(); !await ask(); await Task.Delay(pauseMs))
        {
            if (Stopwatch.GetElapsedTime(started) > patience) throw new TimeoutException($"Not within {patience.TotalSeconds:0} s: {what}.");
        }
    }
}
