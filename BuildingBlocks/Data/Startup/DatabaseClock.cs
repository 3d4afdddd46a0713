using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data;

/// <summary>
/// The time by the database's clock, which all hosts share: what one host writes as due is due for all of them, however their own clocks go. It is asked for now and then; in between the time goes on by
/// a clock that nobody sets, so a host whose clock is put forward or back notices nothing.
/// </summary>
/// <param name="own">The host's clocks; its monotonic one counts, the other only before the database was asked.</param>
public sealed class DatabaseClock(TimeProvider? own = null) : TimeProvider
{
    private readonly TimeProvider _own = own ?? System;
    private volatile Anchor? _anchor;

    /// <summary>The database's clock was put forward or, a negative time, back.</summary>
    public event Action<TimeSpan>? WasSet;

    /// <inheritdoc/>
    public override long TimestampFrequency => _own.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _own.LocalTimeZone;

    /// <inheritdoc/>
    public override long GetTimestamp() => _own.GetTimestamp();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _anchor is { } a ? a.At + _own.GetElapsedTime(a.Stamp) : _own.GetUtcNow();

    /// <summary>Asks the database. What it said counts from the moment its answer is here: never ahead of it, for what is written as due now must be due there.</summary>
    /// <returns>By how much the time was corrected: nothing where the difference lies within what the way there and back leaves open.</returns>
    public async Task<TimeSpan> AskAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection) { CommandTimeout = 5 };
        var asked = GetTimestamp();
        var told = new DateTimeOffset(DateTime.SpecifyKind((DateTime)(await command.ExecuteScalarAsync(ct))!, DateTimeKind.Utc));
        var answered = GetTimestamp();
        var before = _anchor;
        var wrong = told - (before is null ? _own.GetUtcNow() : before.At + _own.GetElapsedTime(before.Stamp, answered));
        // The database's time at this moment lies between what it told and that and the way there and back: an estimate within is as good as a new one, and not older by the way.
        if (before is not null && wrong <= TimeSpan.Zero && -wrong <= _own.GetElapsedTime(asked, answered)) return TimeSpan.Zero;
        _anchor = new(told, answered);
        if (before is not null && wrong.Duration() >= Noted) WasSet?.Invoke(wrong);
        return wrong;
    }

    /// <summary>A difference that somebody made, not the way of the answer.</summary>
    internal static readonly TimeSpan Noted = TimeSpan.FromSeconds(2);

    private sealed record Anchor(DateTimeOffset At, long Stamp);
}

/// <summary>Asks the database for the time every few seconds while the host runs.</summary>
internal sealed partial class DatabaseClockKeeper(TimeProvider clock, NpgsqlDataSource source, ILogger<DatabaseClockKeeper> log) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    /// <summary>Before anything is due: with the first connection of a start.</summary>
    public static async Task BeginAsync(IServiceProvider services, CancellationToken ct)
    {
        if (services.GetRequiredService<TimeProvider>() is not DatabaseClock clock) return;
        var wrong = await clock.AskAsync(services.GetRequiredService<NpgsqlDataSource>(), ct);
        if (wrong.Duration() >= DatabaseClock.Noted) Differs(services.GetRequiredService<ILogger<DatabaseClockKeeper>>(), wrong.TotalSeconds);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Tests have a clock of their own.
        if (clock is not DatabaseClock database) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            try
            {
                var wrong = await database.AskAsync(source, stoppingToken);
                if (wrong.Duration() >= DatabaseClock.Noted) WasSet(log, wrong.TotalSeconds);
            }
            catch (Exception e)
            {
                // It is away, or has no connection to spare; the time goes on without it.
                if (!DatabaseFailures.IsTransient(e) && e is not OperationCanceledException) NotAsked(log, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This host's clock is {Seconds:0.0} s behind the database's (a negative number: ahead); the database's counts")]
    private static partial void Differs(ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database could not be asked for the time")]
    private static partial void NotAsked(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database's clock was put forward by {Seconds:0.0} s (a negative number: back)")]
    private static partial void WasSet(ILogger log, double seconds);
}
