using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Crm.Testing;

/// <summary>A real server of another make, run from <c>tests/tools</c> on free loopback ports for as long as the object lives.</summary>
public abstract class RealServer : IAsyncDisposable
{
    private Process? _process;

    /// <summary>Everything of it lies here.</summary>
    public string Directory { get; } = Path.Combine(Path.GetTempPath(), $"crm-server-{Environment.ProcessId}-{Guid.CreateVersion7():N}"[..40]);

    /// <summary>A port of the loopback interface that was free just now.</summary>
    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs the script and waits until the port answers.</summary>
    /// <exception cref="InvalidOperationException">It could not be installed or started: the script's own sentence says what to do.</exception>
    protected async Task StartAsync(string script, int port, params object[] arguments)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Crm.sln"))) root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests lie outside of the repository.");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(root, "tests", "tools", script));
        foreach (var a in arguments) start.ArgumentList.Add(a.ToString()!);
        _process = Process.Start(start)!;
        var said = new StringBuilder();
        _process.ErrorDataReceived += (_, e) => said.AppendLine(e.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        // The first start may install packages.
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < TimeSpan.FromMinutes(5))
        {
            if (_process.HasExited) throw new InvalidOperationException(said.ToString().Trim() is { Length: > 0 } s ? s : $"{script} ended with {_process.ExitCode}.");
            if (await AnswersAsync(port)) return;
            await Task.Delay(100);
        }

        throw new InvalidOperationException($"{script} did not start within five minutes. {said}");
    }

    /// <summary>Whether somebody listens.</summary>
    protected static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is null) return;
        // The script ends, and stops its server, when its standard input does.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>Postfix, with everything for crm.test in one Maildir.</summary>
public sealed class RealMailServer : RealServer
{
    /// <summary>Name of its one user.</summary>
    public const string User = "crm";

    /// <summary>His password.</summary>
    public const string Password = "secret-5720";

    /// <summary>Where it listens.</summary>
    public int Port { get; } = FreePort();

    /// <summary>SHA-256 of its certificate, which nobody signed.</summary>
    public string Fingerprint => System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(Directory, "cert.pem"))).GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);

    /// <summary>Starts one.</summary>
    public static async Task<RealMailServer> StartAsync()
    {
        var server = new RealMailServer();
        await server.StartAsync("smtp-server.sh", server.Port, server.Directory, server.Port);
        return server;
    }

    /// <summary>Mails that arrived, as written to the Maildir; waits until there are as many.</summary>
    public async Task<IReadOnlyList<string>> MailsAsync(int count)
    {
        var inbox = Path.Combine(Directory, "mail", "inbox", "new");
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var files = System.IO.Directory.Exists(inbox) ? System.IO.Directory.GetFiles(inbox) : [];
            if (files.Length >= count || patience.Elapsed > TimeSpan.FromSeconds(30)) return [.. files.Order(StringComparer.Ordinal).Select(f => File.ReadAllText(f))];
            await Task.Delay(50);
        }
    }
}

/// <summary>Kannel with its fake SMS centre.</summary>
public sealed class RealSmsGateway : RealServer
{
    /// <summary>Name of its one user.</summary>
    public const string User = "crm";

    /// <summary>His password.</summary>
    public const string Password = "secret-5721";

    /// <summary>Port of its HTTP interface.</summary>
    public int Port { get; } = FreePort();

    /// <summary>Starts one.</summary>
    public static async Task<RealSmsGateway> StartAsync()
    {
        var server = new RealSmsGateway();
        await server.StartAsync("sms-gateway.sh", server.Port, server.Directory, server.Port, FreePort(), FreePort(), FreePort());
        return server;
    }

    /// <summary>What reached the centre: number and text; waits until there are as many.</summary>
    public async Task<IReadOnlyList<(string To, string Text)>> MessagesAsync(int count)
    {
        var log = Path.Combine(Directory, "centre.log");
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var lines = File.Exists(log) ? (await ReadSharedAsync(log)).Split('\n').Where(l => l.Contains("Got message", StringComparison.Ordinal)).ToList() : [];
            if (lines.Count >= count || patience.Elapsed > TimeSpan.FromSeconds(30)) return [.. lines.Select(Parse)];
            await Task.Delay(50);
        }
    }

    private static async Task<string> ReadSharedAsync(string path)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    // Got message 1: <3000 09121234567 ucs-2 %063%06D…>
    private static (string To, string Text) Parse(string line)
    {
        var parts = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.LastIndexOf('>')].Split(' ', 4);
        var bytes = new List<byte>();
        for (var i = 0; i < parts[3].Length; i++)
        {
            if (parts[3][i] == '%')
            {
                bytes.Add(Convert.ToByte(parts[3].Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.Add((byte)(parts[3][i] == '+' ? ' ' : parts[3][i]));
            }
        }

        return (parts[1], parts[2] == "ucs-2" ? Encoding.BigEndianUnicode.GetString([.. bytes]) : Encoding.Latin1.GetString([.. bytes]));
    }
}
