using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Authentication;
using Crm.Core;
using Crm.Messaging.Domain;

namespace Crm.Messaging.Sending;

/// <summary>E-mail over SMTP, on connections that are kept and used again.</summary>
internal sealed class SmtpSender(SmtpSettings settings, string? password, IReadOnlySet<string> allowed, TimeProvider clock) : IMessageSender
{
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(20);
    private readonly ConcurrentBag<SmtpConnection> _idle = [];

    public async Task<SendResult> SendAsync(Letter letter, CancellationToken ct)
    {
        if (!MailAddress.Is(letter.Address)) return SendResult.Refused(Reasons.BadAddress);
        if (!MailAddress.Is(settings.FromAddress)) return SendResult.Trouble(Reasons.Misconfigured, "From");
        var mail = MailText.Write(letter, settings, clock.GetUtcNow());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.TimeoutSeconds));
        SmtpConnection? connection = null;
        var keep = false;
        try
        {
            while (_idle.TryTake(out connection) && connection.Idle > s_keep) await connection.DisposeAsync();
            var said = await OnAsync(connection, letter, mail, c => connection = c, limit.Token);
            keep = true;
            return new(SendEnd.Accepted, null, SendResult.Short(said), QueueId(said));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return SendResult.Trouble(Reasons.TimedOut, $"{settings.TimeoutSeconds} s");
        }
        catch (SmtpRefusal e)
        {
            // After RSET the connection is as good as before; anything else is not worth finding out.
            keep = e.About == "to";
            return Judge(e);
        }
        catch (InnerHost e)
        {
            return SendResult.Trouble(Reasons.NotAllowed, e.Host);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            return SendResult.Trouble(Reasons.Unreachable, (e.InnerException ?? e).Message);
        }
        finally
        {
            if (connection is not null)
            {
                if (keep) _idle.Add(connection);
                else await connection.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out var connection)) await connection.DisposeAsync();
    }

    private async Task<string> OnAsync(SmtpConnection? kept, Letter letter, byte[] mail, Action<SmtpConnection?> now, CancellationToken ct)
    {
        if (kept is null)
        {
            kept = await SmtpConnection.OpenAsync(settings, password, allowed, ct);
            now(kept);
        }

        return await kept.SendAsync(settings.FromAddress, letter.Address, mail, ct);
    }

    private static SendResult Judge(SmtpRefusal e) => e switch
    {
        { About: "to" or "data", Code: >= 500 and not 503 and not 521 and not 554 } => SendResult.Refused(Reasons.Refused, e.Message),
        { About: "to", Code: 554 } => SendResult.Refused(Reasons.Refused, e.Message),
        { About: "to", Code: >= 400 } => new(SendEnd.Later, Reasons.Refused, SendResult.Short(e.Message)),
        { About: "data", Code: 554 } => SendResult.Refused(Reasons.Refused, e.Message),
        _ => SendResult.Trouble(Reasons.Trouble, e.Message),
    };

    private static string? QueueId(string said)
    {
        var at = said.LastIndexOf("queued as ", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : new string([.. said[(at + 10)..].TakeWhile(char.IsAsciiLetterOrDigit)]) is { Length: > 0 and <= 200 } id ? id : null;
    }
}
