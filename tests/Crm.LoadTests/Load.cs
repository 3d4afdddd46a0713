using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Crm.LoadTests;

/// <summary>What a run of requests gave.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Median, milliseconds.</param>
/// <param name="P95">95th percentile, milliseconds.</param>
/// <param name="Bytes">Bytes of one answer, as it came over the wire.</param>
/// <param name="CpuPerThousand">CPU seconds of host and database for 1,000 requests.</param>
internal sealed record LoadResult(double PerSecond, double P50, double P95, long Bytes, double CpuPerThousand);

/// <summary>
/// A small HTTP/1.1 client over raw sockets: it must cost little beside the servers, since both share two cores. One request after another per connection.
/// </summary>
internal static class Load
{
    public static async Task<LoadResult> RunAsync(Uri url, string cookie, int clients, TimeSpan time, IReadOnlyList<int> processes)
    {
        var request = Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAccept: text/html\r\n{(cookie.Length > 0 ? $"Cookie: {cookie}\r\n" : "")}\r\n");
        var cpu = Cpu(processes);
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(() => ClientAsync(url, request, time))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var times = all.SelectMany(a => a.Times).Order().ToArray();
        if (times.Length == 0) throw new InvalidOperationException($"{url} answered nothing.");
        return new(times.Length / seconds, times[times.Length / 2], times[(int)(times.Length * 0.95)], all[0].Bytes, (Cpu(processes) - cpu) * 1000 / times.Length);
    }

    private static async Task<(List<double> Times, long Bytes)> ClientAsync(Uri url, byte[] request, TimeSpan time)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.Host, url.Port);
        var buffer = new byte[256 * 1024];
        List<double> times = [];
        long bytes = 0;
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            var started = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            bytes = await ReadAsync(socket, buffer, url);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return (times, bytes);
    }

    private static async Task<long> ReadAsync(Socket socket, byte[] buffer, Uri url)
    {
        var have = 0;
        int head;
        while ((head = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0) have += await TakeAsync(socket, buffer.AsMemory(have));
        var headers = Encoding.ASCII.GetString(buffer, 0, head);
        if (!headers.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) throw new InvalidOperationException($"{url}: {headers[..Math.Min(300, headers.Length)]}");
        var length = headers.Split("\r\n").FirstOrDefault(h => h.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        if (length is not null)
        {
            var total = head + 4 + int.Parse(length.AsSpan(15), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            while (have < total) have += await TakeAsync(socket, buffer.AsMemory(have));
            return have;
        }

        // Chunked: the last five bytes tell.
        while (!buffer.AsSpan(0, have).EndsWith("0\r\n\r\n"u8)) have += await TakeAsync(socket, buffer.AsMemory(have));
        return have;
    }

    private static async Task<int> TakeAsync(Socket socket, Memory<byte> into)
    {
        var n = await socket.ReceiveAsync(into);
        return n > 0 ? n : throw new IOException("The server closed the connection.");
    }

    /// <summary>CPU seconds used by processes and their children so far (Linux).</summary>
    public static double Cpu(IReadOnlyList<int> processes)
    {
        double ticks = 0;
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var parent = int.Parse(fields[1], CultureInfo.InvariantCulture);
                if (!processes.Contains(pid) && !processes.Contains(parent)) continue;
                // Own time, and that of children that ended (PostgreSQL's backends).
                ticks += double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
                if (processes.Contains(pid)) ticks += double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended meanwhile.
            }
        }

        return ticks / 100;
    }
}
