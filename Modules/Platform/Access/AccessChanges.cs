using System.Collections.Concurrent;
using Crm.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Access;

/// <summary>
/// Tells all hosts that users, sessions, tokens or settings changed, so that their snapshots are dropped at once. A lost word does no harm beyond
/// five seconds: no snapshot is used longer.
/// </summary>
internal sealed partial class AccessChanges(IClusterBus bus, ILogger<AccessChanges> log) : IHostedService
{
    public const string Users = "platform.users";
    public const string Sessions = "platform.sessions";
    public const string Tokens = "platform.tokens";
    public const string Settings = "platform.settings";
    public const string Fields = "platform.fields";
    public const string Views = "platform.views";

    private static readonly string[] s_topics = [Users, Sessions, Tokens, Settings, Fields, Views];
    private readonly ConcurrentDictionary<string, ConcurrentBag<Action>> _drops = new(StringComparer.Ordinal);

    /// <summary>Calls back whenever the topic changed on any host.</summary>
    public void On(string topic, Action drop) => _drops.GetOrAdd(topic, _ => []).Add(drop);

    public async Task TellAsync(IEnumerable<string> topics, CancellationToken ct)
    {
        foreach (var topic in topics)
        {
            // Here at once, so that the page after the save already shows it; elsewhere by the bus.
            Drop(topic);
            try
            {
                await bus.PublishAsync(topic, "", ct);
            }
            catch (Exception e) when (DatabaseFailures.IsTransient(e))
            {
                NotTold(log, e, topic);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in s_topics)
        {
            bus.Subscribe(topic, _ =>
            {
                Drop(topic);
                return Task.CompletedTask;
            });
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Drop(string topic)
    {
        if (!_drops.TryGetValue(topic, out var drops)) return;
        foreach (var drop in drops) drop();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The other hosts could not be told that {Topic} changed; they see it within five seconds")]
    private static partial void NotTold(ILogger log, Exception e, string topic);
}
