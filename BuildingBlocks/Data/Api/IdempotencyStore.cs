using System.Text.Json;
using Crm.Core;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Crm.Data;

/// <summary>
/// Idempotency keys in PostgreSQL. A repeat takes over at once from a try whose host is gone (the session it listened in is), and after fifteen seconds from any
/// other that neither answered nor failed. Should that one live after all, its save is refused: each try has an id of its own, and only the one that holds the
/// key may note an effect.
/// </summary>
internal sealed class IdempotencyStore(NpgsqlDataSource source, ClusterBus bus) : IIdempotencyStore
{
    public async Task<IdempotentAnswer> BeginAsync(Guid userId, string key, byte[] fingerprint, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var attempt = Guid.CreateVersion7();
        var kept = await connection.ExecuteScalarAsync<string?>(new CommandDefinition("""
            insert into platform.idempotency as i (user_id, key, fingerprint, attempt, host) values (@userId, @key, @fingerprint, @attempt, @Session)
            on conflict (user_id, key) do update set at = now(), attempt = excluded.attempt, host = excluded.host
            where i.status is null and i.fingerprint = excluded.fingerprint
              and (i.at < now() - interval '15 seconds' or not exists (select 1 from pg_stat_activity s where s.pid = coalesce(i.host, s.pid)))
            returning effects::text
            """, new { userId, key, fingerprint, attempt, bus.Session }, cancellationToken: ct));
        if (kept is not null) return new(IdempotencyState.Fresh) { Attempt = attempt, Kept = JsonSerializer.Deserialize<List<KeptEffect>>(kept)! };
        var row = await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition(
            "select fingerprint, status, location, etag, body from platform.idempotency where user_id = @userId and key = @key", new { userId, key }, cancellationToken: ct));
        if (row is null) return new(IdempotencyState.UnderWay);
        if (!row.Fingerprint.AsSpan().SequenceEqual(fingerprint)) return new(IdempotencyState.OtherRequest);
        return row.Status is { } status ? new(IdempotencyState.Answered, status, row.Location, row.Etag, row.Body) : new(IdempotencyState.UnderWay);
    }

    public async Task CompleteAsync(IdempotentRequest request, int status, string? location, string? etag, byte[] body, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(
            "update platform.idempotency set status = @status, location = @location, etag = @etag, body = @body where user_id = @UserId and key = @Key and attempt = @Attempt",
            new { request.UserId, request.Key, request.Attempt, status, location, etag, body }, cancellationToken: ct));
    }

    public async Task ReleaseAsync(IdempotentRequest request, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            delete from platform.idempotency where user_id = @UserId and key = @Key and attempt = @Attempt and status is null and effects = '[]';
            update platform.idempotency set at = now() - interval '1 hour' where user_id = @UserId and key = @Key and attempt = @Attempt and status is null;
            """, new { request.UserId, request.Key, request.Attempt }, cancellationToken: ct));
    }

    /// <summary>Notes in the caller's transaction what a command did.</summary>
    /// <exception cref="RuleBroken">A repeat of the request took over meanwhile; the effect must not be.</exception>
    [BypassesSave("The note belongs into the transaction of the effect, whichever module's it is.")]
    internal static async Task NoteAsync(ModuleDb db, IdempotentRequest request, KeptEffect effect, CancellationToken ct)
    {
        var noted = await db.Database.GetDbConnection().ExecuteAsync(new CommandDefinition(
            "update platform.idempotency set effects = effects || jsonb_build_array(@effect::jsonb) where user_id = @UserId and key = @Key and attempt = @Attempt",
            new { request.UserId, request.Key, request.Attempt, effect = JsonSerializer.Serialize(effect) }, db.Database.CurrentTransaction!.GetDbTransaction(), cancellationToken: ct));
        if (noted == 0) throw new RuleBroken("idempotency.under-way", "The first request with this key is still under way.");
    }

    private sealed class Row
    {
        public byte[] Fingerprint { get; init; } = [];

        public int? Status { get; init; }

        public string? Location { get; init; }

        public string? Etag { get; init; }

        public byte[]? Body { get; init; }
    }
}

/// <summary>Forgets what no repeat will ask for any more.</summary>
internal sealed class ForgetOldKeys(NpgsqlDataSource source) : IScheduledJob
{
    public string Key => "data.forget-old-keys";

    public string Cron => "0 17 * * * ?";

    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            delete from platform.idempotency where at < now() - interval '2 days';
            delete from platform.inbox where at < now() - interval '90 days';
            """, cancellationToken: ct));
    }
}
