using Crm.Data;
using Dapper;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>Which sessions still live; asked with every request, answered from at most five seconds ago.</summary>
internal sealed class LiveSessions
{
    private readonly Snapshots<Guid, Row?> _sessions;
    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;

    public LiveSessions(NpgsqlDataSource source, TimeProvider time, AccessChanges changes)
    {
        _source = source;
        _time = time;
        _sessions = new(time, LoadAsync);
        changes.On(AccessChanges.Sessions, _sessions.Clear);
    }

    /// <summary>Whether the session was neither ended nor has expired.</summary>
    public async ValueTask<bool> IsLiveAsync(Guid id, CancellationToken ct) => await FindAsync(id, ct) is not null;

    /// <summary>The session, or null when it was ended or has expired.</summary>
    public async ValueTask<Row?> FindAsync(Guid id, CancellationToken ct) => await _sessions.GetAsync(id, ct) is { } session && session.Expires_At > _time.GetUtcNow() ? session : null;

    [BypassesSave("Notes that the session is in use (to the minute, so it is not a write per request) while it reads.")]
    private async Task<Row?> LoadAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        // By a class: as a bare value Dapper reads a moment as DateTime.
        return await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition("""
            with seen as (
              update platform.sessions set last_seen_at = @now
              where id = @id and ended_at is null and expires_at > @now and last_seen_at < @now - interval '1 minute')
            select expires_at, views_as from platform.sessions where id = @id and ended_at is null
            """, new { id, now = _time.GetUtcNow() }, cancellationToken: ct));
    }

    internal sealed class Row
    {
        public DateTimeOffset Expires_At { get; init; }

        public Guid? Views_As { get; init; }
    }
}
