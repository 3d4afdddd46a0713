using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crm.Data.Postgres;
using Crm.Testing;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit.Abstractions;

namespace Crm.CrashTests;

/// <summary>
/// Faults 2, 7, 8 and 18: the database dies while messages leave, goes away under load and for longer, and a database that does not fit is refused at start. Short form: 300 messages, PostgreSQL killed
/// twice, away for 10 s; CRM_CRASH_LONG=1: 100,000 messages, the host killed 20 times and PostgreSQL 5 times, away for 5 minutes.
/// </summary>
[Collection("changed grounds")]
public sealed class DatabaseFaultTests(DatabaseFaultTests.Cluster cluster, ITestOutputHelper output) : IClassFixture<DatabaseFaultTests.Cluster>, IDisposable
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("CRM_CRASH_LONG") == "1";
    private readonly string _directory = Directory.CreateTempSubdirectory("crm-crash-pg-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task When_PostgreSQL_is_restarted_under_sixteen_clients_nobody_sees_an_error_of_ours_and_nothing_is_half_written()
    {
        const int readers = 8, writers = 8;
        var (postgres, host, token) = (cluster.Postgres, cluster.World.Host, cluster.World.Token);
        using var over = new CancellationTokenSource();
        var pages = new ConcurrentQueue<Seen>();
        var apis = new List<Api>();
        var written = new ConcurrentBag<string>();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Url, Timeout = TimeSpan.FromSeconds(40) };
        browser.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fa");
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        await new Browse(browser).SignInAsync("admin", CrmApp.Password);
        var clients = Enumerable.Range(0, readers).Select(n => ReadAsync(browser, n, pages, over.Token)).ToList();
        for (var n = 0; n < writers; n++)
        {
            var api = new Api(() => host.Url, token);
            apis.Add(api);
            var writer = n;
            clients.Add(Task.Run(async () =>
            {
                for (var i = 0; !over.IsCancellationRequested; i++)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"writer-{writer}-{i}");
                    await api.PostAsync("/api/v1/contacts", new { kind = "person", lastName = name, phones = new[] { new { kind = "mobile", number = string.Create(CultureInfo.InvariantCulture, $"0912{writer}{i:000000}") } } }, name);
                    written.Add(name);
                }
            }));
        }

        // Fast, then immediate: the second one leaves everything to recovery.
        foreach (var signal in (string[])["INT", "QUIT"])
        {
            await NormalAsync(Stopwatch.GetTimestamp());
            await cluster.KillAsync(signal);
            var back = Stopwatch.GetTimestamp();
            await NormalAsync(back);
            var took = Stopwatch.GetElapsedTime(back);
            output.WriteLine($"SIG{signal}: normal {took.TotalSeconds:0.0} s after PostgreSQL was back");
            took.Should().BeLessThan(TimeSpan.FromSeconds(10));
        }

        await over.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"pages {string.Join(", ", pages.GroupBy(p => p.Status).Select(g => $"{g.Key}: {g.Count()}"))}; API {string.Join(", ", apis.SelectMany(a => a.Answers).GroupBy(a => a.Key).Select(g => $"{g.Key}: {g.Sum(a => a.Value)}"))}");
        foreach (var error in cluster.World.Errors.Where(e => !e.Contains("\"Category\":\"Microsoft.EntityFrameworkCore", StringComparison.Ordinal)).Take(20)) output.WriteLine(error[..Math.Min(3000, error.Length)]);
        apis.SelectMany(a => a.Wrong).Should().BeEmpty("no HTTP 500");
        pages.Where(p => p.Status is not (200 or 503)).Should().BeEmpty("a page is shown, or the sentence that it will be in a moment");
        pages.Where(p => p.Status == 503).Should().OnlyContain(p => p.RetryAfter && p.Text.Contains("سامانه", StringComparison.Ordinal), "the sentence says when to come again, in the reader's language");
        apis.Sum(a => a.Answers.GetValueOrDefault(0)).Should().Be(0, "the host always answers");

        await using var database = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        var rows = (await database.QueryAsync<(string Name, long Phones, long Audits, long Found)>("""
            select c.last_name, (select count(*) from contacts.contact_phones p where p.contact_id = c.id), (select count(*) from platform.audit a where a.entity_id = c.id and a.action = 'A'),
              (select count(*) from platform.search s where s.id = c.id)
            from contacts.contacts c where c.last_name like 'writer-%'
            """)).AsList();
        rows.Select(r => r.Name).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(written, "what was answered is there, once, and nothing else");
        rows.Should().OnlyContain(r => r.Phones == 1 && r.Audits == 1 && r.Found == 1, "a contact is there with all that belongs to it");

        async Task NormalAsync(long since)
        {
            // Normal: every client got something whole after that moment.
            var (seenPages, seenWritten) = (pages.Count(p => p.Status == 200), written.Count);
            await Until.TrueAsync("all is as usual", TimeSpan.FromSeconds(60), async () =>
            {
                if (clients.Find(c => c.IsFaulted) is { } failed) await failed;
                return pages.Where(p => p.Status == 200 && p.At > since).Select(p => p.Reader).Distinct().Count() == readers && pages.Count(p => p.Status == 200) > seenPages + readers && written.Count > seenWritten + writers;
            }, 20);
        }
    }

    [Fact]
    public async Task No_message_is_lost_when_PostgreSQL_is_killed_while_they_leave_and_sending_resumes_by_itself()
    {
        var (messages, deaths, kills) = s_long ? (100_000, 5, 20) : (300, 2, 0);
        var world = cluster.World;
        // One is written, the others are copied from it. Without a gateway they wait; with one all want to leave at once.
        await world.Api.PostAsync("/api/v1/messages", new { channel = "sms", address = "09120000000", body = "message 0" });
        await world.QueryAsync<int>("""
            insert into messaging.messages (id, channel, state, address, recipient_name, category, subject, body, format, language, awaited, attempts, due_at, branch_id, created_at, updated_at)
            select gen_random_uuid(), channel, state, left(address, -7) || lpad(n::text, 7, '0'), recipient_name, category, subject, 'message ' || n, format, language, awaited, attempts, due_at, branch_id, created_at, updated_at
            from messaging.messages, generate_series(1, @others) n returning 1
            """, new { others = messages - 1 });
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(s_long ? 5 : 40));
        var happenings = Enumerable.Repeat("postgres", deaths).Concat(Enumerable.Repeat("host", kills)).OrderBy(_ => Random.Shared.Next()).ToList();
        for (var i = 0; i < happenings.Count; i++)
        {
            // Counted in messages that the gateway took, so that each death falls into the sending.
            var share = messages * (i + 1) / (happenings.Count + 2);
            await TakenAsync(share, TimeSpan.FromMinutes(s_long ? 10 : 2));
            if (happenings[i] == "host")
            {
                await world.Host.KillAsync();
                await world.StartHostAsync();
                continue;
            }

            var dead = Stopwatch.GetTimestamp();
            await cluster.KillAsync("QUIT");
            // What a host had claimed may reach the gateway without the database; more only with it.
            await TakenAsync(world.Gateway.Taken.Count + (CrashWorld.Window * 2), TimeSpan.FromSeconds(30) - Stopwatch.GetElapsedTime(dead));
            output.WriteLine($"sending went on {Stopwatch.GetElapsedTime(dead).TotalSeconds:0.0} s after PostgreSQL was killed");
        }

        await Until.TrueAsync("all messages are sent", TimeSpan.FromMinutes(s_long ? 30 : 2), async () => await world.AskAsync<long>("select count(*) from messaging.messages where state = 'Sent'") == messages, 200);
        var keys = await world.QueryAsync<string>("select id::text from messaging.messages");
        keys.Except(world.Gateway.Taken.Keys).Should().BeEmpty("0 lost");
        world.Gateway.Taken.Keys.Except(keys).Should().BeEmpty("nothing else leaves");
        world.Gateway.Taken.Values.Should().OnlyContain(n => n == 1, "0 duplicates at a gateway that dedupes on our key");
        var again = world.Gateway.Asked.Values.Sum(n => n - 1);
        output.WriteLine($"{again} handed over again, {CrashWorld.Window * happenings.Count} in the documented window");
        again.Should().BeLessThanOrEqualTo(CrashWorld.Window * happenings.Count);
        await world.CheckIsCleanAsync();

        Task TakenAsync(int count, TimeSpan patience) => Until.TrueAsync($"{count} messages are taken", patience, () => Task.FromResult(world.Gateway.Taken.Count >= count), 1);
    }

    [Fact]
    public async Task While_PostgreSQL_is_away_a_host_lives_says_that_it_is_not_ready_keeps_its_memory_goes_on_by_itself_afterwards_and_can_be_ended_meanwhile()
    {
        var away = TimeSpan.FromSeconds(s_long ? 300 : 10);
        const int readers = 8;
        using var cable = new Cable((await TestDatabase.ServerAsync()).Port);
        await using var world = await CrashWorld.StartAsync(d => new NpgsqlConnectionStringBuilder(d) { Port = cable.Port }.ConnectionString);
        await world.UseGatewayAsync(TimeSpan.FromMilliseconds(5));
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 100 }) { BaseAddress = world.Host.Url, Timeout = TimeSpan.FromSeconds(40) };
        browser.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fa");
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        await new Browse(browser).SignInAsync("admin", CrmApp.Password);
        // Whoever watches over hosts has no account.
        using var watcher = new HttpClient { BaseAddress = world.Host.Url, Timeout = TimeSpan.FromSeconds(10) };
        using var over = new CancellationTokenSource();
        var pages = new ConcurrentQueue<Seen>();
        // People keep coming all the time; a little apart, for what fails is quickly asked again.
        var clients = Enumerable.Range(0, readers).Select(n => ReadAsync(browser, n, pages, over.Token, pauseMs: 50)).ToList();
        await Until.TrueAsync("the host is warm", TimeSpan.FromSeconds(60), () => Task.FromResult(pages.Count(p => p.Status == 200) > readers * 25));
        var memory = world.Host.Memory;

        // First nobody is there, then somebody who says nothing.
        var most = memory;
        foreach (var silent in (bool[])[false, true])
        {
            var since = Stopwatch.GetTimestamp();
            if (silent) cable.Lose();
            else cable.Pull();
            await Until.TrueAsync("it says that it is not ready", TimeSpan.FromSeconds(5), async () => await HealthAsync("ready") == HttpStatusCode.ServiceUnavailable, 20);
            output.WriteLine($"{(silent ? "silent" : "gone")}: not ready after {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
            while (Stopwatch.GetElapsedTime(since) < away / 2)
            {
                (await HealthAsync("live")).Should().Be(HttpStatusCode.OK);
                (await HealthAsync("ready")).Should().Be(HttpStatusCode.ServiceUnavailable);
                most = Math.Max(most, world.Host.Memory);
                await Task.Delay(100);
            }
        }

        cable.Mend();
        var back = Stopwatch.GetTimestamp();
        await Until.TrueAsync("it is ready again", TimeSpan.FromSeconds(10), async () => await HealthAsync("ready") == HttpStatusCode.OK, 20);
        output.WriteLine($"ready {Stopwatch.GetElapsedTime(back).TotalSeconds:0.0} s after it was back; memory {memory:0} → {most:0} MB");
        // Not only the pages: events, routines and messages go on too.
        var routine = await world.PublishAsync(Draw.Routine("After it", [Draw.Box("Elsa.Delay", "Wait", ("timeSpan", "00:00:00.100")), Draw.Box("Crm.Stage", "Look", ("title", "Look"), ("outcomes", Draw.List("Done")))], ("Wait", "Done", "Look")));
        await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, title = "after it" });
        await world.Api.PostAsync("/api/v1/messages", new { channel = "sms", address = "09121234567", body = "after it" });
        await Until.TrueAsync("the job stands at its stage and the message has left", TimeSpan.FromSeconds(30), async () =>
            world.Gateway.Taken.Count == 1 && await world.AskAsync<long>("select count(*) from routines.stage_items where status = 'Open' and title = 'Look'") == 1);
        await Until.TrueAsync("everybody gets his page", TimeSpan.FromSeconds(30), () => Task.FromResult(pages.Where(p => p.Status == 200 && p.At > back).Select(p => p.Reader).Distinct().Count() == readers));
        await over.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"pages {string.Join(", ", pages.GroupBy(p => p.Status).Select(g => $"{g.Key}: {g.Count()}"))}");
        pages.Where(p => p.Status is not (200 or 503)).Should().BeEmpty("a page is shown, or the sentence that it will be in a moment");
        (most - memory).Should().BeLessThanOrEqualTo(50, "nothing is heaped up for a database that is away");
        await world.CheckIsCleanAsync();

        // Nobody is there to say good-bye to: it ends all the same.
        cable.Pull();
        await Until.TrueAsync("it says that it is not ready", TimeSpan.FromSeconds(5), async () => await HealthAsync("ready") == HttpStatusCode.ServiceUnavailable, 20);
        var told = Stopwatch.GetTimestamp();
        await world.Host.TerminateAsync();
        await world.Host.EndedAsync(TimeSpan.FromSeconds(25));
        output.WriteLine($"ended {Stopwatch.GetElapsedTime(told).TotalSeconds:0.0} s after it was told to");
        cable.Mend();

        async Task<HttpStatusCode> HealthAsync(string what)
        {
            using var answer = await watcher.GetAsync(new Uri("/health/" + what, UriKind.Relative));
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_host_that_is_frozen_between_two_packets_of_what_it_sends_keeps_its_jobs_from_the_others_for_less_than_a_minute()
    {
        const int jobs = 60;
        using var cable = new Cable((await TestDatabase.ServerAsync()).Port);
        await using var world = await CrashWorld.StartAsync(d => new NpgsqlConnectionStringBuilder(d) { Port = cable.Port }.ConnectionString);
        var other = await world.StartNearHostAsync();
        var routine = await world.PublishAsync(Draw.Routine("Frozen", [Draw.Box("Elsa.Delay", "Wait", ("timeSpan", "00:00:04")), Draw.Box("Elsa.Delay", "Once more", ("timeSpan", "00:00:01"))], ("Wait", "Done", "Once more")));
        await Parallel.ForEachAsync(Enumerable.Range(0, jobs), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => await world.Api.PostAsync("/api/v1/jobs", new { routineId = routine, title = $"frozen {n}" }));
        world.TurnTo(other);

        // Steps are written in one piece: what stands there, the journal, what is waited for, the end of the transaction. Only its first statement arrives.
        await cable.StallInAsync(piece => piece.Span.IndexOf("Once more"u8) > 0 ? Cable.AfterFirstStatement(piece.Span) : null).WaitAsync(TimeSpan.FromSeconds(60));
        var since = Stopwatch.GetTimestamp();
        var held = await world.AskAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'ClientRead' and xact_start is not null");
        held.Should().BeGreaterThan(0, "the server waits for the rest, with rows locked");
        await Until.TrueAsync("the other host has ended all jobs", TimeSpan.FromSeconds(75), async () => await world.AskAsync<long>("select count(*) from routines.jobs where ended_at is not null and title like 'frozen %'") == jobs);
        output.WriteLine($"all jobs were over {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s after the host froze");
        Stopwatch.GetElapsedTime(since).Should().BeLessThan(TimeSpan.FromSeconds(60));
        (await world.AskAsync<long>("select count(*) from (select job_id from routines.journal where activity_id in ('Wait', 'Once more') and event = 'Resumed' group by job_id having count(*) <> 2) x")).Should().Be(0, "no step twice");
        cable.Mend();
    }

    [Fact]
    public async Task A_host_refuses_a_database_that_makes_no_trigrams_of_Persian_and_says_what_to_do()
    {
        var server = await TestDatabase.ServerAsync();
        var name = $"wrong{Environment.ProcessId}";
        await using (var admin = new NpgsqlConnection(await TestDatabase.AdminAsync())) await admin.ExecuteAsync($"create database {name} owner crm template template0 encoding 'UTF8' locale_provider libc lc_collate 'C' lc_ctype 'C'");
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
        try
        {
            await RefusedAsync(wrong, "knows no Persian letters", "ICU_LOCALE 'fa'");
        }
        finally
        {
            await TestDatabase.DropAsync(wrong);
        }
    }

    [Fact]
    public async Task A_host_refuses_a_server_that_is_too_old_and_says_what_to_do()
    {
        using var old = new OldServer();
        await RefusedAsync($"Host=127.0.0.1;Port={old.Port};Database=crm;Username=crm;Password=secret-of-the-old;SSL Mode=Disable;Server Compatibility Mode=NoTypeLoading", "is version 14.9", "upgrade it");
    }

    private async Task RefusedAsync(string connectionString, params string[] because)
    {
        await using var host = HostProcess.Start(connectionString, Path.Combine(_directory, "files"));
        await host.EndedAsync(TimeSpan.FromSeconds(60));
        host.ExitCode.Should().Be(1);
        var said = host.Said.Where(l => l.Trim().Length > 0).ToList();
        said.Should().ContainSingle("one line says it, without a stack trace").Which.Should().ContainAll(because).And.NotContain("secret-of-the-old");
    }

    private static Task ReadAsync(HttpClient http, int reader, ConcurrentQueue<Seen> seen, CancellationToken over, int pauseMs = 0) => Task.Run(async () =>
    {
        string[] paths = ["/contacts", "/worklist", "/jobs", "/messages"];
        for (var i = reader; !over.IsCancellationRequested; i++)
        {
            if (pauseMs > 0) await Task.Delay(pauseMs, CancellationToken.None);
            var path = paths[i % paths.Length];
            try
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), CancellationToken.None);
                var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                seen.Enqueue(new(reader, path, (int)answer.StatusCode, answer.Headers.RetryAfter is not null, answer.IsSuccessStatusCode ? "" : text, Stopwatch.GetTimestamp()));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
            {
                seen.Enqueue(new(reader, path, 0, false, e.Message, Stopwatch.GetTimestamp()));
            }
        }
    }, CancellationToken.None);

    /// <summary>A PostgreSQL of its own with a host on it, for the tests that kill it.</summary>
    public sealed class Cluster : IAsyncLifetime
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("crm-crash-cluster-").FullName;

        internal EmbeddedPostgres Postgres { get; private set; } = null!;

        internal CrashWorld World { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Postgres = await EmbeddedPostgres.StartAsync(new() { DataDirectory = _directory }, NullLogger.Instance);
            World = await CrashWorld.OverAsync(Postgres.ConnectionString);
        }

        public async Task DisposeAsync()
        {
            await World.DisposeAsync();
            await Postgres.DisposeAsync();
            Directory.Delete(_directory, recursive: true);
        }

        /// <summary>Ends the server by a signal and waits until it takes connections again; it is brought back by whoever holds it, here the test.</summary>
        internal async Task KillAsync(string signal)
        {
            var pid = Postgres.ProcessId!.Value;
            using (var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            await Until.TrueAsync("PostgreSQL is back", TimeSpan.FromSeconds(60), async () =>
            {
                if (Postgres.ProcessId is not { } now || now == pid) return false;
                try
                {
                    await using var connection = new NpgsqlConnection(Postgres.ConnectionString + ";Pooling=false");
                    await connection.OpenAsync();
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            });
            // The test's own connections went down with it.
            NpgsqlConnection.ClearAllPools();
        }
    }

    private sealed record Seen(int Reader, string Path, int Status, bool RetryAfter, string Text, long At);

    /// <summary>Says what a PostgreSQL 14 says when somebody connects, and no more: enough to be asked for its version.</summary>
    private sealed class OldServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OldServer()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync()
        {
            while (true)
            {
                TcpClient client;
                try
                {
                    client = await _listener.AcceptTcpClientAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }

                _ = TalkAsync(client);
            }
        }

        private static async Task TalkAsync(TcpClient client)
        {
            using (client)
            {
                var stream = client.GetStream();
                var startup = new byte[4096];
                if (await stream.ReadAsync(startup) == 0) return;
                var hello = new List<byte>();
                Add(hello, 'R', [0, 0, 0, 0]);
                foreach (var (name, value) in ((string, string)[])[("server_version", "14.9"), ("server_encoding", "UTF8"), ("client_encoding", "UTF8"), ("DateStyle", "ISO, MDY"), ("TimeZone", "UTC"), ("integer_datetimes", "on"), ("standard_conforming_strings", "on"), ("IntervalStyle", "postgres")])
                    Add(hello, 'S', [.. Encoding.UTF8.GetBytes(name), 0, .. Encoding.UTF8.GetBytes(value), 0]);
                Add(hello, 'K', [0, 0, 0, 1, 0, 0, 0, 1]);
                Add(hello, 'Z', [(byte)'I']);
                await stream.WriteAsync(hello.ToArray());
                // Whatever is asked afterwards stays without an answer until the caller leaves.
                while (await stream.ReadAsync(startup) > 0)
                {
                }
            }
        }

        private static void Add(List<byte> to, char type, byte[] body)
        {
            to.Add((byte)type);
            var length = body.Length + 4;
            to.AddRange([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
            to.AddRange(body);
        }
    }
}
