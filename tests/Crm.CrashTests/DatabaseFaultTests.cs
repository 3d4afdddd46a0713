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

/// <summary>Faults 7 and 18: the database goes away under load, and a database that does not fit is refused at start.</summary>
[Collection("hosts")]
public sealed class DatabaseFaultTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crm-crash-pg-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task When_PostgreSQL_is_restarted_under_sixteen_clients_nobody_sees_an_error_of_ours_and_nothing_is_half_written()
    {
        const int readers = 8, writers = 8;
        await using var postgres = await EmbeddedPostgres.StartAsync(new() { DataDirectory = Path.Combine(_directory, "cluster") }, NullLogger.Instance);
        await using var host = HostProcess.Start(postgres.ConnectionString, Path.Combine(_directory, "files"));
        await host.ReadyAsync();
        var (exit, said) = await HostProcess.VerbAsync(postgres.ConnectionString, Path.Combine(_directory, "files"), "token", "create", "--user", "admin", "--name", "crash");
        exit.Should().Be(0, said);
        var token = said.Trim().Split('\n')[^1].Trim();

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

        // Fast, then immediate: the second one leaves everything to recovery. The embedded server is brought back by whoever holds it, here the test.
        foreach (var signal in (string[])["INT", "QUIT"])
        {
            await NormalAsync(Stopwatch.GetTimestamp());
            var pid = postgres.ProcessId!.Value;
            using (var kill = Process.Start("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            await Until.TrueAsync("PostgreSQL is back", TimeSpan.FromSeconds(60), async () =>
            {
                if (postgres.ProcessId is not { } now || now == pid) return false;
                try
                {
                    await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
                    await connection.OpenAsync();
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            });
            var back = Stopwatch.GetTimestamp();
            await NormalAsync(back);
            var took = Stopwatch.GetElapsedTime(back);
            output.WriteLine($"SIG{signal}: normal {took.TotalSeconds:0.0} s after PostgreSQL was back");
            took.Should().BeLessThan(TimeSpan.FromSeconds(10));
        }

        await over.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"pages {string.Join(", ", pages.GroupBy(p => p.Status).Select(g => $"{g.Key}: {g.Count()}"))}; API {string.Join(", ", apis.SelectMany(a => a.Answers).GroupBy(a => a.Key).Select(g => $"{g.Key}: {g.Sum(a => a.Value)}"))}");
        foreach (var error in host.Errors.Where(e => !e.Contains("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)).Take(20)) output.WriteLine(error[..Math.Min(600, error.Length)]);
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

    private static Task ReadAsync(HttpClient http, int reader, ConcurrentQueue<Seen> seen, CancellationToken over) => Task.Run(async () =>
    {
        string[] paths = ["/contacts", "/worklist", "/jobs", "/messages"];
        for (var i = reader; !over.IsCancellationRequested; i++)
        {
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
