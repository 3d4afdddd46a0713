using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Web;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Crm.Platform.Shell;

/// <summary>What a user opened lately, at most twelve.</summary>
internal sealed class RecentRecords(PlatformDb db, NpgsqlDataSource source, ICurrentUser me, TimeProvider time) : IRecentRecords
{
    private const int Most = 12;

    [BypassesSave("Presence, not business: one statement, no audit, no event.")]
    public async Task OpenedAsync(OpenedRecord record, CancellationToken ct)
    {
        if (me.Id is not { } userId) return;
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into platform.recent_records (user_id, record_id, type, title, url, opened_at) values (@userId, @Id, @Type, @Title, @Url, @now)
            on conflict (user_id, record_id) do update set type = excluded.type, title = excluded.title, url = excluded.url, opened_at = excluded.opened_at;
            delete from platform.recent_records where user_id = @userId and record_id in
              (select record_id from platform.recent_records where user_id = @userId order by opened_at desc offset @Most);
            """, new { userId, record.Id, record.Type, record.Title, record.Url, now = time.GetUtcNow(), Most }, cancellationToken: ct));
    }

    public async Task<IReadOnlyList<OpenedRecord>> LatestAsync(int count, CancellationToken ct)
    {
        var userId = me.Id;
        return await db.RecentRecords.Where(r => r.UserId == userId).OrderByDescending(r => r.OpenedAt).Take(count)
            .Select(r => new OpenedRecord(r.Type, r.RecordId, r.Title, r.Url)).ToListAsync(ct);
    }
}
