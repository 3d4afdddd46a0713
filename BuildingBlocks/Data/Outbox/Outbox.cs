using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;
using Crm.Core;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data;

/// <summary>Stable names of events.</summary>
public static class EventNames
{
    private static readonly ConcurrentDictionary<Type, string> s_names = new();

    /// <summary>The name on the event's <see cref="EventNameAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">The event has none.</exception>
    public static string Of(Type type) => s_names.GetOrAdd(type, static t => t.GetCustomAttribute<EventNameAttribute>()?.Name
        ?? throw new InvalidOperationException($"{t.FullName} needs an [EventName]."));
}

/// <summary>One reactor: which event, which class, under which key it stands in the outbox.</summary>
/// <param name="Key">module.Class: stable as long as the class keeps its name.</param>
public sealed record Reactor(string Key, Type Event, Type Implementation);

/// <summary>Who reacts to what, found once at start.</summary>
public sealed class ReactorCatalog
{
    private readonly Dictionary<Type, Reactor[]> _byEvent;
    private readonly Dictionary<string, Reactor> _byKey;

    /// <summary>Reads the assemblies.</summary>
    public ReactorCatalog(IEnumerable<Assembly> assemblies)
    {
        var all = assemblies.SelectMany(a => a.GetTypes()).Where(t => t is { IsClass: true, IsAbstract: false })
            .SelectMany(t => t.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReactTo<>))
                .Select(i => new Reactor($"{t.Assembly.GetName().Name!.Replace("Crm.", "", StringComparison.Ordinal).ToLowerInvariant()}.{t.Name}", i.GenericTypeArguments[0], t)))
            .ToList();
        _byKey = all.ToDictionary(r => r.Key + "/" + EventNames.Of(r.Event));
        _byEvent = all.GroupBy(r => r.Event).ToDictionary(g => g.Key, g => g.ToArray());
    }

    /// <summary>Reactors of an event.</summary>
    public IReadOnlyList<Reactor> For(Type e) => _byEvent.TryGetValue(e, out var r) ? r : [];

    /// <summary>A reactor by what stands in the outbox; null when the class is gone.</summary>
    public Reactor? Find(string key, string eventName) => _byKey.GetValueOrDefault(key + "/" + eventName);
}

/// <summary>Wakes the pump of this host as soon as a transaction with events is committed; other hosts find them by polling.</summary>
public sealed class OutboxSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>There is something to deliver.</summary>
    public void Pulse() => _channel.Writer.TryWrite(true);

    internal async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(atMost);
        try
        {
            await _channel.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }
}

/// <summary>
/// Delivers events. A delivery's row is locked, the reactor runs, and the row is deleted in the same transaction on the reactor's own
/// context: the effect and the mark that it happened are one. A failure is tried again after 5 s … 6 h, twelve times, then it waits for a person.
/// </summary>
public sealed partial class OutboxPump(IServiceScopeFactory scopes, NpgsqlDataSource source, ReactorCatalog reactors, OutboxSignal signal, ILogger<OutboxPump> log) : BackgroundService, IPump
{
    private const int Workers = 3;
    private const int MaxAttempts = 12;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(30);

    /// <summary>Delivers everything that is due, until nothing is left; for tests and for an orderly stop.</summary>
    /// <returns>How many deliveries were tried.</returns>
    public async Task<int> DrainAsync(CancellationToken ct)
    {
        var n = await CatchUpAsync(ct);
        while (await DeliverOneAsync(ct)) n++;
        return n;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(n => WorkAsync(n == 0, stoppingToken)));

    private async Task WorkAsync(bool first, CancellationToken ct)
    {
        var looked = Stopwatch.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (first && Stopwatch.GetElapsedTime(looked) > s_look)
                {
                    looked = Stopwatch.GetTimestamp();
                    await CatchUpAsync(ct);
                }

                if (await DeliverOneAsync(ct)) signal.Pulse();
                else await signal.WaitAsync(TimeSpan.FromSeconds(1), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                PumpFailed(log, e);
                await Task.Delay(TimeSpan.FromSeconds(1), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [BypassesSave("The pump is one of the two places beside SaveBehavior that save: reaction and end of delivery in one transaction.")]
    private async Task<bool> DeliverOneAsync(CancellationToken ct)
    {
        // Which reactor comes next decides whose context opens the transaction; the row itself is locked there.
        await using var peek = await source.OpenConnectionAsync(ct);
        var next = await peek.QueryFirstOrDefaultAsync<Claim>(new CommandDefinition(
            "select id, name, reactor from platform.outbox where not stuck and due_at <= now() order by due_at, id for update skip locked limit 1", cancellationToken: ct));
        await peek.CloseAsync();
        if (next is null) return false;
        if (reactors.Find(next.Reactor, next.Name) is not { } reactor)
        {
            // The class is gone with an upgrade: keep the row and show it, rather than lose it.
            await FailAsync(next.Id, $"Nobody is called {next.Reactor} any more.", MaxAttempts, ct);
            return true;
        }

        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var db = services.GetRequiredService<ModuleDbs>().Of(reactor.Implementation, services);
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            var row = await connection.QueryFirstOrDefaultAsync<Delivery>(new CommandDefinition(
                "select event_id, payload, branch_id, user_id, occurred_at, attempts from platform.outbox where id = @Id and not stuck and due_at <= now() for update skip locked",
                new { next.Id }, transaction.GetDbTransaction(), cancellationToken: ct));
            if (row is null) return true;
            services.GetRequiredService<CurrentUser>().BecomeSystem($"event: {next.Name}", row.Branch_Id);
            services.GetRequiredService<ModuleScope>().Command = next.Reactor;
            try
            {
                var e = JsonSerializer.Deserialize(row.Payload, reactor.Event, s_json)!;
                var instance = services.GetServices(typeof(IReactTo<>).MakeGenericType(reactor.Event)).First(r => r!.GetType() == reactor.Implementation)!;
                var react = (Task)typeof(IReactTo<>).MakeGenericType(reactor.Event).GetMethod(nameof(IReactTo<>.ReactAsync))!
                    .Invoke(instance, [e, new Crm.Core.EventInfo(row.Event_Id, row.Occurred_At, row.Branch_Id, row.User_Id), ct])!;
                await react;
                await db.SaveChangesAsync(ct);
                await connection.ExecuteAsync(new CommandDefinition("delete from platform.outbox where id = @Id", new { next.Id }, transaction.GetDbTransaction(), cancellationToken: ct));
                await transaction.CommitAsync(ct);
                signal.Pulse();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await transaction.RollbackAsync(CancellationToken.None);
                ReactionFailed(log, e, next.Reactor, next.Name, row.Attempts + 1);
                await FailAsync(next.Id, (e is TargetInvocationException { InnerException: { } inner } ? inner : e).Message, row.Attempts + 1, CancellationToken.None);
            }
        }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            PumpFailed(log, e);
            await Task.Delay(500, ct);
        }

        return true;
    }

    // Events are due at once. One that lies in the future was written before the database's clock was put back.
    private async Task<int> CatchUpAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(new CommandDefinition("update platform.outbox set due_at = now() where not stuck and attempts = 0 and due_at > now() + interval '1 minute'", cancellationToken: ct));
    }

    private async Task FailAsync(Guid id, string error, int attempts, CancellationToken ct)
    {
        // 5 s, 10 s, 20 s … at most 6 h.
        var wait = TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, attempts - 1), 6 * 3600));
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(
            "update platform.outbox set attempts = @attempts, error = left(@error, 2000), due_at = now() + @wait, stuck = @stuck where id = @id",
            new { id, error, attempts, wait, stuck = attempts >= MaxAttempts }, cancellationToken: ct));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reactor} could not take {Event} (try {Attempt})")]
    private static partial void ReactionFailed(ILogger log, Exception e, string reactor, string @event, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox could not be read; trying again in a second")]
    private static partial void PumpFailed(ILogger log, Exception e);

    private sealed record Claim(Guid Id, string Name, string Reactor);

    private sealed class Delivery
    {
        public Guid Event_Id { get; init; }

        public string Payload { get; init; } = "";

        public Guid? Branch_Id { get; init; }

        public Guid? User_Id { get; init; }

        public DateTimeOffset Occurred_At { get; init; }

        public int Attempts { get; init; }
    }
}
