using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Contacts.Seeds;

/// <summary>Communications by binary COPY, spread over the contacts there are and the last two years.</summary>
internal sealed class BulkCommunications(ConnectionSettings settings, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : IBulkSeed
{
    public string Option => "communications";

    public int Order => 20;

    [BypassesSave("COPY is the point of it.")]
    public async Task<long> SeedAsync(int count, int seed, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var staff = (await users.ActiveAsync(ct)).Select(u => u.Id).ToArray();
        var now = time.GetUtcNow();
        await using var connection = await settings.OpenAloneAsync(ct);
        await connection.ExecuteAsync("set statement_timeout = 0; set lock_timeout = 0; set synchronous_commit = off");
        var contacts = (await connection.QueryAsync<(Guid Id, Guid Branch)>("select id, branch_id from contacts.contacts where deleted_at is null order by number")).ToArray();
        if (contacts.Length == 0) return 0;
        var already = await connection.ExecuteScalarAsync<long>("select count(*) from contacts.communications");
        var random = new Random(seed);
        ulong rows;
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy contacts.communications (id, contact_id, branch_id, user_id, kind_id, started_at, ended_at, text, result_id, created_at, updated_at) from stdin (format binary)", ct))
        {
            copy.Timeout = TimeSpan.FromHours(2);
            for (var i = 0; i < count; i++)
            {
                var (contact, branch) = contacts[random.Next(contacts.Length)];
                var start = (now - TimeSpan.FromDays(730) + (TimeSpan.FromDays(730) * ((double)i / count))).UtcDateTime;
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(BulkIds.Of(seed, 5, already + i), NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(contact, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(branch, NpgsqlDbType.Uuid, ct);
                if (staff.Length > 0) await copy.WriteAsync(staff[random.Next(staff.Length)], NpgsqlDbType.Uuid, ct);
                else await copy.WriteNullAsync(ct);
                await copy.WriteAsync(SomeContact.Pick(random, lists, BaseLists.CommunicationKind), NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(start, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(start.AddMinutes(random.Next(1, 40)), NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(SomeContact.One(random, random.Next(8) == 0 ? Words.EnglishTalks : Words.Talks), NpgsqlDbType.Varchar, ct);
                await copy.WriteAsync(SomeContact.Pick(random, lists, BaseLists.CommunicationResult), NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(start, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(start, NpgsqlDbType.TimestampTz, ct);
            }

            rows = await copy.CompleteAsync(ct);
        }

        await connection.ExecuteAsync("analyze contacts.communications");
        return (long)rows;
    }
}
