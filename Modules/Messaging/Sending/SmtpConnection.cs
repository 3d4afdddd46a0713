using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Sending;

/// <summary>The mail server said no.</summary>
/// <param name="code">Its code; 0 when it did not keep to the protocol.</param>
/// <param name="about">What was asked: connect, auth, from, to, data.</param>
/// <param name="text">What it said.</param>
internal sealed class SmtpRefusal(int code, string about, string text) : Exception($"{code} {text}")
{
    public int Code { get; } = code;

    public string About { get; } = about;
}

/// <summary>One connection to a mail server (RFC 5321): STARTTLS or TLS, AUTH PLAIN or LOGIN, PIPELINING where offered. Used by one message at a time, then again.</summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private static readonly Encoding s_latin = Encoding.Latin1;
    private readonly byte[] _buffer = new byte[8192];
    private Stream _stream;
    private int _start;
    private int _end;
    private bool _pipelining;
    private long _used = Stopwatch.GetTimestamp();

    private SmtpConnection(Stream stream) => _stream = stream;

    /// <summary>How long nothing was said on it.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(_used);

    public static async Task<SmtpConnection> OpenAsync(SmtpSettings settings, string? password, IReadOnlySet<string> allowed, CancellationToken ct)
    {
        var socket = await OutboundGuard.ConnectAsync(settings.Host, settings.Port, allowed, ct);
        var connection = new SmtpConnection(new NetworkStream(socket, ownsSocket: true));
        try
        {
            if (settings.Security == MailSecurity.Tls) await connection.SecureAsync(settings, ct);
            await connection.ExpectAsync(220, "connect", ct);
            var offers = await connection.HelloAsync(settings, ct);
            if (settings.Security == MailSecurity.StartTls)
            {
                if (!offers.Contains("STARTTLS")) throw new SmtpRefusal(0, "connect", "The server does not offer STARTTLS.");
                await connection.SayAsync("STARTTLS", ct);
                await connection.ExpectAsync(220, "connect", ct);
                // Whatever was slipped in before the encryption must not be taken for the server's word after it.
                if (connection._end > connection._start) throw new SmtpRefusal(0, "connect", "The server spoke before the encryption began.");
                await connection.SecureAsync(settings, ct);
                offers = await connection.HelloAsync(settings, ct);
            }

            connection._pipelining = offers.Contains("PIPELINING");
            if (settings.UserName is { Length: > 0 } user) await connection.SignInAsync(offers, user, password ?? "", ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends one mail; returns what the server said when it took it.</summary>
    public async Task<string> SendAsync(string from, string to, byte[] mail, CancellationToken ct)
    {
        int code;
        string text;
        if (_pipelining)
        {
            await SayAsync($"MAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nDATA", ct);
            var (fromCode, fromText) = await AnswerAsync(ct);
            var (toCode, toText) = await AnswerAsync(ct);
            (code, text) = await AnswerAsync(ct);
            if (fromCode / 100 != 2 || toCode / 100 != 2)
            {
                // A server may go into the data all the same: end it at once, empty.
                if (code == 354)
                {
                    await SayAsync(".", ct);
                    await AnswerAsync(ct);
                }

                await ResetAsync(ct);
                throw fromCode / 100 != 2 ? new SmtpRefusal(fromCode, "from", fromText) : new SmtpRefusal(toCode, "to", toText);
            }
        }
        else
        {
            await SayAsync($"MAIL FROM:<{from}>", ct);
            (code, text) = await AnswerAsync(ct);
            if (code / 100 != 2) throw new SmtpRefusal(code, "from", text);
            await SayAsync($"RCPT TO:<{to}>", ct);
            (code, text) = await AnswerAsync(ct);
            if (code / 100 != 2)
            {
                await ResetAsync(ct);
                throw new SmtpRefusal(code, "to", text);
            }

            await SayAsync("DATA", ct);
            (code, text) = await AnswerAsync(ct);
        }

        if (code != 354)
        {
            await ResetAsync(ct);
            throw new SmtpRefusal(code, "data", text);
        }

        await _stream.WriteAsync(Stuffed(mail), ct);
        await _stream.FlushAsync(ct);
        (code, text) = await AnswerAsync(ct);
        if (code / 100 != 2) throw new SmtpRefusal(code, "data", text);
        return $"{code} {text}";
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _stream.WriteAsync("QUIT\r\n"u8.ToArray(), limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // It is closed below either way.
        }

        await _stream.DisposeAsync();
    }

    /// <summary>A dot at the start of a line is doubled; the end is a dot alone.</summary>
    private static byte[] Stuffed(byte[] mail)
    {
        var result = new List<byte>(mail.Length + 64);
        var lineStart = true;
        foreach (var c in mail)
        {
            if (lineStart && c == (byte)'.') result.Add((byte)'.');
            result.Add(c);
            lineStart = c == (byte)'\n';
        }

        if (!lineStart) result.AddRange("\r\n"u8);
        result.AddRange(".\r\n"u8);
        return [.. result];
    }

    private async Task ResetAsync(CancellationToken ct)
    {
        await SayAsync("RSET", ct);
        await AnswerAsync(ct);
    }

    private async Task<HashSet<string>> HelloAsync(SmtpSettings settings, CancellationToken ct)
    {
        await SayAsync($"EHLO {MailText.Domain(settings.FromAddress)}", ct);
        var (code, text) = await AnswerAsync(ct);
        if (code != 250) throw new SmtpRefusal(code, "connect", text);
        return [.. text.Split('\n').Skip(1).Select(l => l.Trim().ToUpperInvariant())];
    }

    private async Task SignInAsync(HashSet<string> offers, string user, string password, CancellationToken ct)
    {
        var ways = offers.Where(o => o.StartsWith("AUTH", StringComparison.Ordinal)).SelectMany(o => o[4..].Split([' ', '='], StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        if (ways.Contains("PLAIN"))
        {
            await SayAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")), ct);
        }
        else if (ways.Contains("LOGIN"))
        {
            await SayAsync("AUTH LOGIN", ct);
            await ExpectAsync(334, "auth", ct);
            await SayAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(user)), ct);
            await ExpectAsync(334, "auth", ct);
            await SayAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(password)), ct);
        }
        else
        {
            throw new SmtpRefusal(0, "auth", "The server offers no way to sign in that is known here (PLAIN, LOGIN).");
        }

        await ExpectAsync(235, "auth", ct);
    }

    private async Task SecureAsync(SmtpSettings settings, CancellationToken ct)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = settings.Host,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => settings.Fingerprint is { Length: > 0 } print
                ? certificate is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(certificate.GetRawCertData()), Print(print))
                : errors == SslPolicyErrors.None,
        }, ct);
        _stream = tls;
    }

    /// <summary>Reads <c>AB:CD…</c> or <c>abcd…</c>; empty when it is neither, which matches nothing.</summary>
    internal static byte[] Print(string text)
    {
        var hex = new string([.. text.Where(char.IsAsciiHexDigit)]);
        return hex.Length == 64 ? Convert.FromHexString(hex) : [];
    }

    private async Task ExpectAsync(int wanted, string about, CancellationToken ct)
    {
        var (code, text) = await AnswerAsync(ct);
        if (code != wanted) throw new SmtpRefusal(code, about, text);
    }

    private async Task SayAsync(string line, CancellationToken ct)
    {
        _used = Stopwatch.GetTimestamp();
        await _stream.WriteAsync(s_latin.GetBytes(line + "\r\n"), ct);
        await _stream.FlushAsync(ct);
    }

    private async Task<(int Code, string Text)> AnswerAsync(CancellationToken ct)
    {
        var text = new StringBuilder();
        for (var lines = 0; lines < 100; lines++)
        {
            var line = await LineAsync(ct);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)) throw new SmtpRefusal(0, "connect", "The server does not speak SMTP.");
            if (text.Length > 0) text.Append('\n');
            if (line.Length > 4) text.Append(line.AsSpan(4));
            if (line.Length < 4 || line[3] != '-') return (code, text.ToString());
        }

        throw new SmtpRefusal(0, "connect", "The server's answer is too long.");
    }

    private async Task<string> LineAsync(CancellationToken ct)
    {
        var line = new StringBuilder();
        while (true)
        {
            var end = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            if (end >= 0)
            {
                line.Append(s_latin.GetString(_buffer, _start, end - _start));
                _start = end + 1;
                return line.ToString().TrimEnd('\r');
            }

            line.Append(s_latin.GetString(_buffer, _start, _end - _start));
            if (line.Length > 4096) throw new SmtpRefusal(0, "connect", "The server's answer is too long.");
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, ct);
            if (_end == 0) throw new IOException("The mail server closed the connection.");
        }
    }
}
