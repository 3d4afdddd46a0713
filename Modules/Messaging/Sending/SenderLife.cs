using System.Diagnostics;
using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Messaging.Sending;

/// <summary>
/// This process as a sender. It says every few seconds that it lives; once it could not (stopped, cut off, killed) its claims are void, it starts anew
/// under another id, and whatever it still reports under the old one changes nothing.
/// </summary>
[BypassesSave("The sign of life is one row by itself, every few seconds.")]
internal sealed class SenderLife(NpgsqlDataSource source)
{
    // Others believe in this sender for 15 s after its last sign; it stops believing in itself 3 s earlier, by a clock that nobody sets.
    private const int BelievedSeconds = 15;

    /// <summary>How long a sender is believed in after its last sign of life.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromSeconds(BelievedSeconds);

    private static readonly TimeSpan s_trust = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_renew = TimeSpan.FromSeconds(4);
    private readonly SemaphoreSlim _gate = new(1);
    private Guid _id;
    private long _said;

    /// <summary>The id to claim with, alive for some seconds from now.</summary>
    public async Task<Guid> CurrentAsync(CancellationToken ct)
    {
        if (_id != Guid.Empty && Stopwatch.GetElapsedTime(_said) < s_renew) return _id;
        await _gate.WaitAsync(ct);
        try
        {
            if (_id != Guid.Empty && Stopwatch.GetElapsedTime(_said) < s_renew) return _id;
            await using var connection = await source.OpenConnectionAsync(ct);
            var before = Stopwatch.GetTimestamp();
            var alive = _id != Guid.Empty && await connection.ExecuteAsync(new CommandDefinition(
                "update messaging.senders set alive_until = now() + make_interval(secs => @BelievedSeconds) where id = @id and alive_until > now()", new { BelievedSeconds, id = _id }, cancellationToken: ct)) == 1;
            if (!alive)
            {
                var id = Guid.CreateVersion7();
                await connection.ExecuteAsync(new CommandDefinition(
                    """
                    delete from messaging.senders where alive_until < now() - interval '1 day';
                    insert into messaging.senders (id, host, alive_until) values (@id, @host, now() + make_interval(secs => @BelievedSeconds));
                    """, new { BelievedSeconds, id, host = Environment.MachineName }, cancellationToken: ct));
                _id = id;
            }

            _said = before;
            return _id;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Something claimed under the id can't be accounted for: start anew, so that it is taken over when the old id falls silent.</summary>
    public void Abandon(Guid id)
    {
        if (id == _id) _id = Guid.Empty;
    }

    /// <summary>Whether claims made under the id still hold.</summary>
    public bool Holds(Guid id) => id == _id && Stopwatch.GetElapsedTime(_said) < s_trust;
}
