using System.IO.Compression;
using System.Net;
using Crm.Testing;
using Dapper;
using Npgsql;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>
/// Fault 17: a database of the first release, with jobs and messages that wait (tests/data/upgrade), meets today's program. First a step of the upgrade fails at the very end: all is as it was. Then it goes through, and what
/// the old program had begun the new one ends.
/// </summary>
[Collection("changed grounds")]
public sealed class UpgradeTests(ITestOutputHelper output)
{
    // Whatever a schema is made of, with the history of its migrations.
    private const string Shape = """
        select 'step ' || name from platform.plumbing_steps where name like '%.sql'
        union all select 'contacts ' || "MigrationId" from contacts.migrations union all select 'messaging ' || "MigrationId" from messaging.migrations union all select 'platform ' || "MigrationId" from platform.migrations
        union all select 'routines ' || "MigrationId" from routines.migrations union all select 'tasks ' || "MigrationId" from tasks.migrations
        union all select table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable from information_schema.columns where table_schema in ('contacts', 'messaging', 'platform', 'routines', 'tasks')
        union all select indexdef from pg_indexes where schemaname in ('contacts', 'messaging', 'platform', 'routines', 'tasks')
        union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace::regnamespace::text in ('contacts', 'messaging', 'platform', 'routines', 'tasks')
        order by 1
        """;

    private const string Kept = """
        select 'contacts ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, number, name, created_at), ',' order by id)) from contacts.contacts
        union all select 'phones ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, contact_id, number), ',' order by id)) from contacts.contact_phones
        union all select 'communications ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, contact_id, text), ',' order by id)) from contacts.communications
        union all select 'follow-ups ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, contact_id, text, due_at), ',' order by id)) from contacts.follow_ups
        union all select 'tasks ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, title, state), ',' order by id)) from tasks.work_tasks
        union all select 'messages ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, address, body, state, attempts), ',' order by id)) from messaging.messages
        union all select 'jobs ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, number, title, status), ',' order by id)) from routines.jobs
        union all select 'states ' || count(*) || ' ' || md5(string_agg(concat_ws('|', job_id, md5(state)), ',' order by job_id)) from routines.job_states
        union all select 'stages ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, title, status, due_at), ',' order by id)) from routines.stage_items
        union all select 'journal ' || count(*) from routines.journal
        union all select 'audit ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, entity_id, changes), ',' order by id)) from platform.audit where through <> 'first start'
        union all select 'users ' || count(*) || ' ' || md5(string_agg(concat_ws('|', id, user_name, password_hash), ',' order by id)) from platform.users
        """;

    [Fact]
    public async Task A_database_of_the_first_release_is_left_as_it_was_by_an_upgrade_that_fails_and_goes_on_after_one_that_does_not()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var database = await RestoredAsync();
        var directory = Directory.CreateTempSubdirectory("crm-upgrade-").FullName;
        try
        {
            var (shape, kept) = (await AskAsync<string>(database, Shape), await AskAsync<string>(database, Kept));
            output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: restored\n  {string.Join("\n  ", kept)}");

            // Something of the administrator's own bears the name of what the last statement of the last step makes: by then all other modules have taken theirs.
            await RunAsync(database, "create table tasks.ix_work_tasks_group_execution_id (note text)");
            var colliding = await AskAsync<string>(database, Shape);
            await using (var host = HostProcess.Start(database, directory))
            {
                await host.EndedAsync(TimeSpan.FromSeconds(120));
                host.ExitCode.Should().Be(1);
                var line = host.Said.Where(l => l.Trim().Length > 0).Should().ContainSingle("one line says it, without a stack trace").Which;
                output.WriteLine(line);
                line.Should().ContainAll("failed at tasks/20261126050657_GroupTasks (42P07", "\"ix_work_tasks_group_execution_id\" already exists", "the database is as it was", "rename or remove what is in its way and start again");
            }

            (await AskAsync<string>(database, Shape)).Should().Equal(colliding, "no module took a step");
            (await AskAsync<string>(database, Kept)).Should().Equal(kept);
            await RunAsync(database, "drop table tasks.ix_work_tasks_group_execution_id");
            (await AskAsync<string>(database, Shape)).Should().Equal(shape);

            var (exit, said) = await HostProcess.VerbAsync(database, directory, "migrate");
            exit.Should().Be(0, said);
            output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: upgraded");
            (await AskAsync<string>(database, Kept)).Should().Equal(kept, "the upgrade takes nothing away and changes nothing that people wrote");

            await using var world = await CrashWorld.OverAsync(database);
            await PagesAnswerAsync(world);
            await GoesOnAsync(world);
            await world.CheckIsCleanAsync();
            foreach (var error in world.Errors) output.WriteLine(error[..Math.Min(600, error.Length)]);
            output.WriteLine($"{clock.Elapsed.TotalSeconds:0} s: all jobs have ended");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
            await TestDatabase.DropAsync(database);
        }
    }

    private static async Task GoesOnAsync(CrashWorld world)
    {
        var calm = JobRoutine.In(world, await world.AskAsync<Guid>("select routine_id from routines.jobs where title = 'calm-0'"));
        var before = await calm.LeftBehindAsync("calm");
        // The gateway of the fixture is gone: the administrator names the new one, and its stored password is still known.
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(5), password: "");
        await calm.CarryAsync("crash", 16, TimeSpan.FromSeconds(90));
        await world.QuietAsync();
        var left = await calm.LeftBehindAsync("crash");
        left.Should().HaveCount(16);
        foreach (var (n, facts) in left) facts.Should().BeEquivalentTo(JobRoutine.Expected(before[n % JobRoutine.Kinds], n), "job {0}, begun by the old program, is to end as {1} did, which the old one carried to its end", n, n % JobRoutine.Kinds);
        world.Gateway.Taken.Values.Should().OnlyContain(times => times == 1);
        world.Gateway.Passwords.Should().NotBeEmpty().And.OnlyContain(p => p == "of the first release", "what was encrypted with the old release's keys can be read");
        world.Api.Wrong.Should().BeEmpty();
    }

    private static async Task PagesAnswerAsync(CrashWorld world)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = world.Host.Url };
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        var admin = new Browse(http);
        await admin.SignInAsync("admin", CrmApp.Password);
        var contact = await world.AskAsync<Guid>("select contact_id from routines.jobs where title = 'crash-8'");
        var job = await world.AskAsync<Guid>("select id from routines.jobs where title = 'crash-8'");
        foreach (var path in new[] { "/", "/contacts", $"/contacts/{contact}", $"/jobs/{job}", "/jobs", "/worklist", "/tasks", "/messages", "/routines", "/search?q=crash", "/settings/users", "/settings/audit" })
            (await admin.OpenAsync(path)).Status.Should().Match(s => s == HttpStatusCode.OK || s == HttpStatusCode.Redirect, path);
        (await admin.OpenAsync($"/contacts/{contact}")).Text.Should().Contain("crash-8");
    }

    private static async Task<string> RestoredAsync()
    {
        var database = await TestDatabase.EmptyAsync();
        await using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "first-release.sql.br"));
        using var reader = new StreamReader(new BrotliStream(file, CompressionMode.Decompress));
        await RunAsync(database, await reader.ReadToEndAsync());
        return database;
    }

    private static async Task RunAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false, CommandTimeout = 120 }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        return (await connection.QueryAsync<T>(sql)).AsList();
    }
}
