using System.Text.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Platform.Notifying;

internal sealed class Notifier(IEventSink events) : INotifier
{
    public void Notify(IEnumerable<Guid> users, string text, IReadOnlyList<string> args, string url, string level = "info")
    {
        if (level is not ("info" or "warning" or "alarm")) throw new ArgumentOutOfRangeException(nameof(level), level, "info, warning or alarm");
        if (url is not ['/', ..] || url.StartsWith("//", StringComparison.Ordinal)) throw new ArgumentException("A path of this application.", nameof(url));
        var whom = users.Distinct().ToList();
        if (whom.Count > 0) events.Tell(new NotificationRequested(whom, text, args, url, level));
    }
}

/// <summary>
/// Carries live pushes to every host through the bus: a page is connected to one of them. Who is no longer active gets nothing, though his page may
/// still be open.
/// </summary>
internal sealed partial class ClusterLivePush(IClusterBus bus, ILocalLivePush local, IUserAccessSource users, ILogger<ClusterLivePush> log) : ILivePush, IHostedService
{
    private const string Topic = "platform.live";

    // The bus takes 7,000 bytes: a hundred ids and 3,000 bytes of payload fit.
    private const int UsersAtOnce = 100;
    private const int MaxPayload = 3000;

    public async Task PushAsync(IReadOnlyCollection<Guid> userIds, string topic, object? payload = null, CancellationToken ct = default)
    {
        var json = payload is null ? null : JsonSerializer.Serialize(payload, JsonSerializerOptions.Web);
        if (json is not null && System.Text.Encoding.UTF8.GetByteCount(json) > MaxPayload) throw new ArgumentException($"A payload of {topic} is over {MaxPayload} bytes.", nameof(payload));
        foreach (var some in userIds.Distinct().Chunk(UsersAtOnce))
        {
            try
            {
                await bus.PublishAsync(Topic, JsonSerializer.Serialize(new Push(some, topic, json)), ct);
            }
            catch (Exception e) when (DatabaseFailures.IsTransient(e))
            {
                NotPushed(log, e, topic);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        bus.Subscribe(Topic, HearAsync);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task HearAsync(string message)
    {
        var push = JsonSerializer.Deserialize<Push>(message)!;
        var there = new List<Guid>(push.Users.Length);
        foreach (var user in push.Users)
        {
            if (await users.FindAsync(user, default) is { Active: true }) there.Add(user);
        }

        if (there.Count > 0) await local.PushHereAsync(there, push.Topic, push.Payload);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Topic} could not be pushed; open pages show it after their next load")]
    private static partial void NotPushed(ILogger log, Exception e, string topic);

    private sealed record Push(Guid[] Users, string Topic, string? Payload);
}
