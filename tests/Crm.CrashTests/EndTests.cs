using System.Diagnostics;
using System.Net;
using Npgsql;

namespace Crm.CrashTests;

/// <summary>Fault 13: the orderly end of a host that has its hands full.</summary>
[Collection("killed hosts")]
public sealed class EndTests
{
    [Fact]
    public async Task A_host_that_is_told_to_end_finishes_the_requests_in_flight_and_is_gone_within_fifteen_seconds()
    {
        const int clients = 16;
        await using var world = await CrashWorld.StartAsync();
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(15));
        var routine = await JobRoutine.PublishAsync(world);
        // Background work under way besides.
        for (var n = 0; n < 20; n++) await routine.StartAsync("end", n);

        // Requests that are certainly in flight: they wait for a lock that the test holds, and the server says so.
        await using var holder = new NpgsqlConnection(world.Database + ";Pooling=false");
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("lock table contacts.contacts in access exclusive mode", holder, held)) await command.ExecuteNonQueryAsync();
        var requests = Enumerable.Range(0, clients).Select(async n =>
        {
            using var api = new Api(() => world.Host.Url, world.Token);
            return n % 2 == 0 ? (await api.TryGetAsync("/api/v1/contacts?size=10"))?.Status : (await api.TryPostAsync("/api/v1/contacts", new { kind = "person", lastName = $"last {n}" }, $"last {n}"))?.Status;
        }).ToList();
        await Until.TrueAsync("all requests wait for the lock", TimeSpan.FromSeconds(30), async () =>
            await CountAsync("select count(distinct pid) from pg_locks where relation = 'contacts.contacts'::regclass and not granted") >= clients);

        await world.Host.TerminateAsync();
        var told = Stopwatch.GetTimestamp();
        await Until.TrueAsync("nobody is let in any more", TimeSpan.FromSeconds(10), async () =>
        {
            using var late = new Api(() => world.Host.Url, world.Token);
            return await late.TryGetAsync("/health/live") is null;
        });
        requests.Should().OnlyContain(r => !r.IsCompleted, "they are still in flight");
        await held.RollbackAsync();

        var answers = await Task.WhenAll(requests);
        answers.Should().OnlyContain(a => a == HttpStatusCode.OK || a == HttpStatusCode.Created, "no answer is cut");
        answers.Count(a => a == HttpStatusCode.Created).Should().Be(clients / 2);
        await world.Host.EndedAsync(TimeSpan.FromSeconds(15) - Stopwatch.GetElapsedTime(told));
        world.Host.ExitCode.Should().Be(0);
        (await world.AskAsync<long>("select count(*) from contacts.contacts where last_name like 'last %'")).Should().Be(clients / 2);
        await world.CheckIsCleanAsync();

        async Task<long> CountAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(world.Database + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }
}
