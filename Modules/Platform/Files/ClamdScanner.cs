using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Crm.Core;
using Crm.Platform.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Files;

/// <summary>
/// Asks a ClamAV daemon, where one is named (<c>Crm:Files:Clamd</c>, host:port). Once it is named nothing is taken that it has not seen: a daemon that does not answer means
/// «later», not «clean».
/// </summary>
internal sealed partial class ClamdScanner(IConfiguration configuration, ILogger<ClamdScanner> log) : IFileScanner
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public async Task<string?> FindAsync(Stream content, CancellationToken ct)
    {
        if (configuration["Crm:Files:Clamd"] is not { Length: > 0 } address) return null;
        var colon = address.LastIndexOf(':');
        var (host, port) = colon > 0 && int.TryParse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var p) ? (address[..colon], p) : (address, 3310);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_patience);
        string answer;
        try
        {
            answer = await AskAsync(host, port, content, limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            NoAnswer(log, e, address);
            throw new RuleBroken("file.not-scanned", "The virus scanner does not answer, so no files are taken at the moment. Try again later.");
        }

        // «stream: OK», «stream: Eicar-Signature FOUND», «INSTREAM size limit exceeded. ERROR»
        if (answer.EndsWith("FOUND", StringComparison.Ordinal)) return answer[(answer.IndexOf(':', StringComparison.Ordinal) + 1)..^5].Trim();
        if (answer.EndsWith("OK", StringComparison.Ordinal)) return null;
        Refused(log, answer);
        throw new RuleBroken("file.not-scanned", "The virus scanner does not answer, so no files are taken at the moment. Try again later.");
    }

    // INSTREAM: pieces with their length before them, an empty one at the end.
    private static async Task<string> AskAsync(string host, int port, Stream content, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, ct);
        await using var stream = client.GetStream();
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int n;
            while ((n = await content.ReadAsync(buffer.AsMemory(4, buffer.Length - 4), ct)) > 0)
            {
                BinaryPrimitives.WriteInt32BigEndian(buffer, n);
                await stream.WriteAsync(buffer.AsMemory(0, n + 4), ct);
            }

            await stream.WriteAsync(new byte[4], ct);
            var answer = new StringBuilder();
            while ((n = await stream.ReadAsync(buffer, ct)) > 0)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, n));
                if (answer.Length > 1000 || buffer.AsSpan(0, n).Contains((byte)0)) break;
            }

            return answer.ToString().Trim('\0', '\n', ' ');
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The virus scanner at {Address} does not answer: no uploads are taken")]
    private static partial void NoAnswer(ILogger log, Exception e, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The virus scanner refused to look at a file: {Answer}")]
    private static partial void Refused(ILogger log, string answer);
}
