using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;
using Crm.Core;
using Crm.Data.Postgres;
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
public sealed record Reactor(string Key, Type Event, Type Implementation)
{
    /// <summary>Delivered in a transaction of its own (<see cref="ReachesOutAttribute"/>).</summary>
    public bool Alone { get; } = Implementation.IsDefined(typeof(ReachesOutAttribute));
}

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
/// Delivers events. A delivery's row is locked, the reactor runs, and the row is deleted in the same transaction, which the reactor's
/// context takes part in: the effect and the mark that it happened are one. A failure is tried again after 5 s … 6 h, twelve times, then it waits for a person.
/// </summary>
public sealed partial class OutboxPump(IServiceScopeFactory scopes, NpgsqlDataSource source, ReactorCatalog reactors, OutboxSignal signal, ILogger<OutboxPump> log) : BackgroundService, IPump
{
    private const int Workers = 3;
    private const int MaxAttempts = 12;
    private const int AtOnce = 16;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(50);

    /// <summary>Delivers everything that is due, until nothing is left; for tests and for an orderly stop.</summary>
    /// <returns>How many deliveries were tried.</returns>
    public async Task<int> DrainAsync(CancellationToken ct)
    {
        var n = await CatchUpAsync(ct);
        while (await DeliverAsync(ct) is > 0 and var tried) n += tried;
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

                if (await DeliverAsync(ct) == 0) await signal.WaitAsync(TimeSpan.FromSeconds(1), ct);
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

    /// <summary>Some events that are due, in one transaction; where one of them can't be taken, each in a transaction of its own.</summary>
    /// <returns>How many were tried; 0 when nothing was due.</returns>
    private async Task<int> DeliverAsync(CancellationToken ct)
    {
        try
        {
            var (tried, failure) = await DeliverAsync(null, ct);
            if (failure is null) return tried.Count;
            if (tried is [var only])
            {
                await FailAsync(only, failure);
                return 1;
            }

            // The others don't wait for the one that fails.
            foreach (var delivery in tried)
            {
                var (again, failed) = await DeliverAsync(delivery.Id, ct);
                if (failed is not null) await FailAsync(again[0], failed);
            }

            return tried.Count;
        }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            PumpFailed(log, e);
            await Task.Delay(500, ct);
            return 1;
        }
    }

    // A commit costs more than most reactions. What failed before or waits for others outside goes alone, and a batch that takes long ends early: what it did not come to is free again.
    private async Task<(IReadOnlyList<Delivery> Tried, Exception? Failure)> DeliverAsync(Guid? alone, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var due = (await connection.QueryAsync<Delivery>(new CommandDefinition(
            WorkerTransaction.Limited(connection, $"""
                select id, name, reactor, event_id, payload, branch_id, user_id, occurred_at, attempts from platform.outbox
                where {(alone is null ? "" : "id = @alone and ")}not stuck and due_at <= now() order by due_at, id for update skip locked limit @AtOnce
                """),
            new { alone, AtOnce }, transaction, cancellationToken: ct))).AsList();
        if (due.Count == 0) return ([], null);
        if (due.Count == AtOnce) signal.Pulse();
        List<Delivery> tried = [];
        var started = Stopwatch.GetTimestamp();
        foreach (var delivery in due)
        {
            if (tried.Count > 0 && (GoesAlone(delivery) || GoesAlone(tried[0]) || Stopwatch.GetElapsedTime(started) > s_batch))
            {
                signal.Pulse();
                break;
            }

            tried.Add(delivery);
            try
            {
                await ReactAsync(delivery, connection, transaction, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                await transaction.RollbackAsync(CancellationToken.None);
                return (tried, e);
            }
        }

        await connection.ExecuteAsync(new CommandDefinition("delete from platform.outbox where id = any(@ids)", new { ids = tried.ConvertAll(d => d.Id) }, transaction, cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return (tried, null);
    }

    private bool GoesAlone(Delivery delivery) => delivery.Attempts > 0 || reactors.Find(delivery.Reactor, delivery.Name) is { Alone: true };

    [BypassesSave("The pump is one of the two places beside SaveBehavior that save: reaction and end of delivery in one transaction.")]
    private async Task ReactAsync(Delivery delivery, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        // The class is gone with an upgrade: the row is kept and shown, rather than lost.
        var reactor = reactors.Find(delivery.Reactor, delivery.Name) ?? throw new ReactorGone(delivery.Reactor);
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var db = services.GetRequiredService<ModuleDbs>().Of(reactor.Implementation, services);
        db.Database.SetDbConnection(connection);
        await db.Database.UseTransactionAsync(transaction, ct);
        services.GetRequiredService<CurrentUser>().BecomeSystem($"event: {delivery.Name}", delivery.Branch_Id);
        services.GetRequiredService<ModuleScope>().Command = delivery.Reactor;
        var e = JsonSerializer.Deserialize(delivery.Payload, reactor.Event, s_json)!;
        var instance = services.GetServices(typeof(IReactTo<>).MakeGenericType(reactor.Event)).First(r => r!.GetType() == reactor.Implementation)!;
        var react = (Task)typeof(IReactTo<>).MakeGenericType(reactor.Event).GetMethod(nameof(IReactTo<>.ReactAsync))!
            .Invoke(instance, [e, new Crm.Core.EventInfo(delivery.Event_Id, delivery.Occurred_At, delivery.Branch_Id, delivery.User_Id), ct])!;
        await react;
        await db.SaveChangesAsync(ct);
    }

    // Events are due at once. One that lies in the future was written before the database's clock was put back.
    private async Task<int> CatchUpAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(new CommandDefinition("update platform.outbox set due_at = now() where not stuck and attempts = 0 and due_at > now() + interval '1 minute'", cancellationToken: ct));
    }

    // Noted also when the host is about to end.
    private async Task FailAsync(Delivery delivery, Exception failure)
    {
        // What went wrong, not that «an error occurred while saving».
        var e = failure.GetBaseException();
        var attempts = e is ReactorGone ? MaxAttempts : delivery.Attempts + 1;
        ReactionFailed(log, failure, delivery.Reactor, delivery.Name, attempts);
        // 5 s, 10 s, 20 s … at most 6 h.
        var wait = TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, attempts - 1), 6 * 3600));
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        await connection.ExecuteAsync(new CommandDefinition(
            "update platform.outbox set attempts = @attempts, error = left(@error, 2000), due_at = now() + @wait, stuck = @stuck where id = @id",
            new { delivery.Id, error = e.Message, attempts, wait, stuck = attempts >= MaxAttempts }));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reactor} could not take {Event} (try {Attempt})")]
    private static partial void ReactionFailed(ILogger log, Exception e, string reactor, string @event, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox could not be read; trying again in a second")]
    private static partial void PumpFailed(ILogger log, Exception e);

    private sealed class ReactorGone(string reactor) : Exception($"Nobody is called {reactor} any more.");

    private sealed class Delivery
    {
        public Guid Id { get; init; }

        public string Name { get; init; } = "";

        public string Reactor { get; init; } = "";

        public Guid Event_Id { get; init; }

        public string Payload { get; init; } = "";

        public Guid? Branch_Id { get; init; }

        public Guid? User_Id { get; init; }

        public DateTimeOffset Occurred_At { get; init; }

        public int Attempts { get; init; }
    }
}
