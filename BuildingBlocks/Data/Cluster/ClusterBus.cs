using System.Collections.Concurrent;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data;

/// <summary>
/// Short words between the hosts of one database, through PostgreSQL's LISTEN/NOTIFY: «users changed», «push this to user X». Best effort:
/// a word is lost while a host is away, so nothing may depend on one without a slower second way (polling, expiry).
/// </summary>
public interface IClusterBus
{
    /// <summary>Tells all hosts, this one included. Topic at most 60 characters, payload at most 7,000 bytes.</summary>
    Task PublishAsync(string topic, string payload, CancellationToken ct = default);

    /// <summary>Hears a topic from now on.</summary>
    void Subscribe(string topic, Func<string, Task> handler);
}

internal sealed partial class ClusterBus(NpgsqlDataSource source, ConnectionSettings settings, ILogger<ClusterBus> log) : BackgroundService, IClusterBus
{
    private const string Channel = "crm";

    /// <summary>The statement by which a host that serves is known among the sessions of the database.</summary>
    internal const string Listen = "listen " + Channel;

    private readonly ConcurrentDictionary<string, ConcurrentBag<Func<string, Task>>> _handlers = new();

    /// <summary>Process id of the database session in which this host listens: there as long as the host lives. Null while it is cut off.</summary>
    public int? Session { get; private set; }

    public async Task PublishAsync(string topic, string payload, CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("select pg_notify(@Channel, @message)", new { Channel, message = topic + "\n" + payload }, cancellationToken: ct));
    }

    public void Subscribe(string topic, Func<string, Task> handler) => _handlers.GetOrAdd(topic, _ => []).Add(handler);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await settings.OpenAloneAsync(stoppingToken);
                connection.Notification += (_, n) => _ = DispatchAsync(n.Payload);
                await connection.ExecuteAsync(Listen);
                Session = connection.ProcessID;
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Session = null;
                Lost(log, e);
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task DispatchAsync(string message)
    {
        var cut = message.IndexOf('\n', StringComparison.Ordinal);
        if (cut < 0 || !_handlers.TryGetValue(message[..cut], out var handlers)) return;
        foreach (var handler in handlers)
        {
            try
            {
                await handler(message[(cut + 1)..]);
            }
            catch (Exception e)
            {
                HandlerFailed(log, e, message[..cut]);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The listening connection was lost; listening again in a second")]
    private static partial void Lost(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A listener of {Topic} failed")]
    private static partial void HandlerFailed(ILogger log, Exception e, string topic);
}
