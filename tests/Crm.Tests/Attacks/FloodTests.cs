using System.Net;
using Crm.Data;
using Crm.Testing;
using Crm.Tests.Platform;
using Npgsql;

namespace Crm.Tests.Attacks;

/// <summary>Attack 14: one user who searches a hundred times at once. The table of the search is held, so that every search hangs for as long as the test wants.</summary>
public sealed class FloodTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private const int AtOnce = 4;
    private const int Waiting = 40;

    [Fact]
    public async Task One_users_flood_of_searches_takes_four_connections_leaves_the_others_theirs_and_ends_when_he_leaves()
    {
        var flooder = await app.As("reza");
        var other = await app.As("maryam");
        await using var holder = new NpgsqlConnection(app.ConnectionString);
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("lock table platform.search in access exclusive mode", holder, held)) await command.ExecuteNonQueryAsync();

        using var leaves = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 100).Select(n => flooder.Client.GetAsync(new Uri($"/search/suggest?q=nothing{n}", UriKind.Relative), leaves.Token)).ToList();
        // Those that neither have a place nor may wait for one are refused at once.
        var refused = new List<HttpResponseMessage>();
        while (refused.Count < 100 - AtOnce - Waiting)
        {
            var done = await Task.WhenAny(flood).WaitAsync(TimeSpan.FromSeconds(20));
            flood.Remove(done);
            refused.Add(await done);
        }

        refused.Should().OnlyContain(r => r.StatusCode == HttpStatusCode.TooManyRequests && r.Headers.RetryAfter!.Delta!.Value.TotalSeconds >= 1);
        await SearchesAsync(AtOnce);

        // Others work on, and search beside him.
        (await other.OpenAsync("/tasks")).Status.Should().Be(HttpStatusCode.OK);
        using var otherLeaves = new CancellationTokenSource();
        var others = other.Client.GetAsync(new Uri("/search?q=nothing", UriKind.Relative), otherLeaves.Token);
        await SearchesAsync(AtOnce + 1);
        // His own pages that search nothing still come.
        (await flooder.OpenAsync("/tasks")).Status.Should().Be(HttpStatusCode.OK);

        // Who leaves takes his questions with him, also those the database works on, while the table is still held.
        await leaves.CancelAsync();
        await SearchesAsync(1);
        await otherLeaves.CancelAsync();
        await SearchesAsync(0);
        await held.RollbackAsync();
        foreach (var task in flood.Append(others)) await task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        (await flooder.OpenAsync("/search?q=nothing")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_statement_that_runs_away_is_stopped_by_the_server()
    {
        await using var connection = await ((NpgsqlDataSource)app.Services.GetService(typeof(NpgsqlDataSource))!).OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select current_setting('statement_timeout')", connection);
        (await command.ExecuteScalarAsync()).Should().Be("30s");
        await using var slow = new NpgsqlCommand("set statement_timeout = 200; select count(*) from generate_series(1, 100000000) a", connection);
        (await slow.Invoking(c => c.ExecuteScalarAsync()).Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.QueryCanceled);
        await using var back = new NpgsqlCommand("reset statement_timeout", connection);
        await back.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task Who_waits_for_rows_that_nobody_gives_back_is_told_to_come_again_before_his_statement_counts_as_a_runaway()
    {
        var source = (NpgsqlDataSource)app.Services.GetService(typeof(NpgsqlDataSource))!;
        await using var holder = await source.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("select 1 from platform.users order by id limit 1 for update", holder, held)) await hold.ExecuteScalarAsync();
        await using var waiter = await source.OpenConnectionAsync();
        await using (var limit = new NpgsqlCommand("select current_setting('lock_timeout')", waiter)) (await limit.ExecuteScalarAsync()).Should().Be("25s");
        await using (var shorter = new NpgsqlCommand("set lock_timeout = 200", waiter)) await shorter.ExecuteNonQueryAsync();
        await using var wait = new NpgsqlCommand("select 1 from platform.users order by id limit 1 for update", waiter);
        var told = (await wait.Invoking(c => c.ExecuteScalarAsync()).Should().ThrowAsync<PostgresException>()).Which;
        await using (var back = new NpgsqlCommand("reset lock_timeout", waiter)) await back.ExecuteNonQueryAsync();
        DatabaseFailures.IsTransient(told).Should().BeTrue("a job that waits for it takes its step later, and no incident says that it failed");
        new DatabaseFailures().RetryAfter(told).Should().NotBeNull();
    }

    // Asked again until it is so: what the server does lies outside of this process.
    private async Task SearchesAsync(long count)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        long running;
        while ((running = (await app.QueryAsync<long>("select count(*) from pg_locks where relation = 'platform.search'::regclass and not granted and database = (select oid from pg_database where datname = current_database())")).Single()) != count)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException($"{running} searches wait in the database, not {count}.");
            await Task.Delay(20);
        }
    }
}
