using System.Text.Json;
using Crm.Core;
using Microsoft.Extensions.Hosting;

namespace Crm.Data;

/// <summary>Carries live messages to every host of the database; each hands them to the pages connected to it.</summary>
internal sealed class ClusterLivePush(IClusterBus bus) : ILivePush
{
    public const string Topic = "live";

    // PostgreSQL takes 8,000 bytes a word: long lists of users go in portions.
    private const int UsersAtOnce = 80;

    public async Task PushAsync(IReadOnlyCollection<Guid> userIds, string topic, object? payload = null, CancellationToken ct = default)
    {
        var json = payload is null ? null : JsonSerializer.Serialize(payload, JsonSerializerOptions.Web);
        foreach (var portion in userIds.Distinct().Chunk(UsersAtOnce))
            await bus.PublishAsync(Topic, JsonSerializer.Serialize(new LiveWord(portion, topic, json)), ct);
    }
}

internal sealed record LiveWord(Guid[] Users, string Topic, string? Payload);

/// <summary>Hears what the hosts tell. Who is no longer active gets nothing, though his page may still be open.</summary>
internal sealed class ClusterLiveListener(IClusterBus bus, ILocalLivePush local, IUserAccessSource users) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        bus.Subscribe(ClusterLivePush.Topic, async word =>
        {
            var live = JsonSerializer.Deserialize<LiveWord>(word)!;
            var there = new List<Guid>(live.Users.Length);
            foreach (var user in live.Users)
            {
                if (await users.FindAsync(user, default) is { Active: true }) there.Add(user);
            }

            await local.PushHereAsync(there, live.Topic, live.Payload);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
