using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;

namespace Crm.LoadTests;

/// <summary>A program of ours started as a process of its own, with what it needs to be reached.</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly Process _process;
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _errors = new();

    private Running(Process process, Uri url)
    {
        _process = process;
        Url = url;
    }

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    /// <summary>Lines of its log that are errors.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Open files, sockets and the like (Linux).</summary>
    public int Handles => Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length;

    public bool IsRunning => !_process.HasExited;

    /// <summary>Resident memory in MB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Starts Host on a database; answers when it is ready and how long that took.</summary>
    public static async Task<(Running Host, TimeSpan Took)> HostAsync(string connectionString, string dataDirectory, int port)
    {
        var started = Stopwatch.GetTimestamp();
        var running = Start(HostProgram(), [], port, new()
        {
            ["ConnectionStrings__Crm"] = connectionString, ["Crm__DataDirectory"] = dataDirectory, ["Crm__Demo"] = "false", ["Crm__Admin__Password"] = Bench.Password,
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await running.UntilAsync("/health/ready");
        return (running, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Starts the bare probe.</summary>
    public static async Task<(Running Probe, TimeSpan Took)> ProbeAsync(string connectionString, int port)
    {
        var started = Stopwatch.GetTimestamp();
        var running = Start(Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [Assembly.GetExecutingAssembly().Location, "probe"] : ["probe"], port,
            new() { ["PROBE_CONNECTION"] = connectionString });
        await running.UntilAsync("/hello");
        return (running, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Runs a verb of Host and answers what it printed.</summary>
    public static async Task<string> VerbAsync(string connectionString, string dataDirectory, params string[] words)
    {
        var info = new ProcessStartInfo(HostProgram(), words) { RedirectStandardOutput = true };
        info.Environment["ConnectionStrings__Crm"] = connectionString;
        info.Environment["Crm__DataDirectory"] = dataDirectory;
        info.Environment["Crm__Admin__Password"] = Bench.Password;
        using var process = Process.Start(info)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{string.Join(' ', words)} ended with {process.ExitCode}: {said}");
    }

    public async Task UntilAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = Url };
        for (var end = DateTime.UtcNow.AddSeconds(120); DateTime.UtcNow < end;)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
            }

            if (_process.HasExited) throw new InvalidOperationException($"The process for {Url} ended with {_process.ExitCode}.");
            await Task.Delay(10);
        }

        throw new TimeoutException($"{Url}{path} did not come up.");
    }

    /// <summary>Signs in by the form; answers the Cookie header.</summary>
    public async Task<string> SignInAsync(string user, string password)
    {
        var cookies = new CookieContainer();
        using var handler = new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = Url };
        var page = await client.GetStringAsync(new Uri("/sign-in", UriKind.Relative));
        var token = System.Text.RegularExpressions.Regex.Match(page, "__RequestVerificationToken\"[^>]*value=\"([^\"]+)").Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["Command.UserName"] = user, ["Command.Password"] = password, ["__RequestVerificationToken"] = token });
        using var answer = await client.PostAsync(new Uri("/sign-in", UriKind.Relative), form);
        return answer.StatusCode == HttpStatusCode.Redirect ? cookies.GetCookieHeader(Url) : throw new InvalidOperationException($"{user} could not sign in: {answer.StatusCode}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Process.Start("kill", $"-TERM {_process.Id}")!.Dispose();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private static string HostProgram()
    {
        // …/tests/Crm.LoadTests/bin/<configuration>/net10.0/ → …/Host/bin/<configuration>/net10.0/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "Host", "bin", here.Parent.Name, here.Name, "Crm.Host");
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build Host first: {path}");
    }

    private static Running Start(string program, string[] words, int port, Dictionary<string, string> environment)
    {
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var info = new ProcessStartInfo(program, words) { WorkingDirectory = Path.GetDirectoryName(program)!, RedirectStandardOutput = true };
        foreach (var (key, value) in environment) info.Environment[key] = value;
        info.Environment["ASPNETCORE_URLS"] = url.ToString();
        var process = Process.Start(info)!;
        var running = new Running(process, url);
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is { } line && (line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || line.Contains("\"LogLevel\":\"Critical\"", StringComparison.Ordinal) || line.Contains("nhandled exception", StringComparison.Ordinal))) running._errors.Enqueue(line);
        };
        process.BeginOutputReadLine();
        return running;
    }
}
