using Crm.Core;
using Dapper;
using Npgsql;

namespace Crm.Data;

/// <summary>Idempotency keys in PostgreSQL. A request that died with its host gives its key free after two minutes.</summary>
internal sealed class IdempotencyStore(NpgsqlDataSource source) : IIdempotencyStore
{
    public async Task<IdempotentAnswer> BeginAsync(Guid userId, string key, byte[] fingerprint, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var taken = await connection.ExecuteAsync(new CommandDefinition("""
            insert into platform.idempotency as i (user_id, key, fingerprint) values (@userId, @key, @fingerprint)
            on conflict (user_id, key) do update set at = now(), fingerprint = excluded.fingerprint
            where i.status is null and i.at < now() - interval '2 minutes'
            """, new { userId, key, fingerprint }, cancellationToken: ct));
        if (taken == 1) return new(IdempotencyState.Fresh);
        var row = await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition(
            "select fingerprint, status, location, etag, body from platform.idempotency where user_id = @userId and key = @key", new { userId, key }, cancellationToken: ct));
        if (row is null) return new(IdempotencyState.UnderWay);
        if (!row.Fingerprint.AsSpan().SequenceEqual(fingerprint)) return new(IdempotencyState.OtherRequest);
        return row.Status is { } status ? new(IdempotencyState.Answered, status, row.Location, row.Etag, row.Body) : new(IdempotencyState.UnderWay);
    }

    public async Task CompleteAsync(Guid userId, string key, int status, string? location, string? etag, byte[] body, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(
            "update platform.idempotency set status = @status, location = @location, etag = @etag, body = @body where user_id = @userId and key = @key",
            new { userId, key, status, location, etag, body }, cancellationToken: ct));
    }

    public async Task ReleaseAsync(Guid userId, string key, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("delete from platform.idempotency where user_id = @userId and key = @key and status is null", new { userId, key }, cancellationToken: ct));
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
