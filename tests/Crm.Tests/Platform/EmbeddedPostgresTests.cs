using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crm.Data.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Crm.Tests.Platform;

/// <summary>The server of our own, on real programs and a real cluster: made once for the class, started and stopped by each test.</summary>
public sealed class EmbeddedPostgresTests(EmbeddedPostgresTests.Folder folder) : IClassFixture<EmbeddedPostgresTests.Folder>
{
    private EmbeddedPostgresOptions Options => new() { DataDirectory = folder.Path };

    [Fact]
    public async Task What_was_written_is_there_after_a_stop_and_a_start()
    {
        await using (var first = await StartAsync(Options))
        {
            await RunAsync(first.ConnectionString, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 'سارا' AS name");
        }

        await using var second = await StartAsync(Options);
        Assert.False(second.Attached);
        Assert.Equal("سارا", await ScalarAsync(second.ConnectionString, "SELECT name FROM kept"));
    }

    [Fact]
    public async Task The_database_it_makes_meets_our_own_requirements_and_sorts_as_Persian_does()
    {
        await using var server = await StartAsync(Options);
        await PostgresRequirements.CheckAsync(server.ConnectionString, NullLogger.Instance);
        Assert.Equal("آ ا ب پ ت ک گ ل ه ی", await ScalarAsync(server.ConnectionString, "SELECT string_agg(c, ' ' ORDER BY c) FROM unnest(string_to_array('گ ی پ ا ل ک ه ب ت آ', ' ')) c"));
    }

    [Fact]
    public async Task The_program_is_no_superuser_and_the_server_listens_on_loopback_only()
    {
        await using var server = await StartAsync(Options);
        Assert.Equal(false, await ScalarAsync(server.ConnectionString, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"));
        Assert.Equal("127.0.0.1", await ScalarAsync(server.AdminConnectionString, "SHOW listen_addresses"));
        Assert.Equal("on on on", await ScalarAsync(server.AdminConnectionString,
            "SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))"));

        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess", Pooling = false };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task Own_settings_win()
    {
        await using var server = await StartAsync(Options with { Settings = new Dictionary<string, string> { ["work_mem"] = "5MB" } });
        Assert.Equal("5MB", await ScalarAsync(server.ConnectionString, "SHOW work_mem"));
    }

    [Fact]
    public async Task A_second_process_attaches_and_the_last_to_leave_stops_the_server()
    {
        var first = await StartAsync(Options);
        var second = await StartAsync(Options);
        Assert.True(second.Attached);
        Assert.Equal(first.ProcessId, second.ProcessId);

        await first.DisposeAsync();
        Assert.Equal(1, await ScalarAsync(second.ConnectionString, "SELECT 1"));

        await second.DisposeAsync();
        Assert.Null(second.ProcessId);
    }

    [Fact]
    public async Task Four_that_start_at_once_on_an_empty_folder_share_one_server()
    {
        using var empty = new Folder();
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync(new() { DataDirectory = empty.Path }))));
        Assert.Single(servers, server => !server.Attached);
        Assert.Single(servers.Select(server => server.ProcessId).Distinct());
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        // The last one saw the others' sessions end a moment late on a busy machine: then it leaves the server to the next who comes and goes.
        await using (await StartAsync(new() { DataDirectory = empty.Path })) { }
        Assert.Null(servers[0].ProcessId);
    }

    [Fact]
    public async Task A_server_that_a_killed_host_left_behind_is_adopted_and_stopped_in_the_end()
    {
        // A SIGKILL closes the host's lease without a word and leaves the server: the same from the server's side.
        var killed = await StartAsync(Options with { Supervise = false });
        await RunAsync(killed.AdminConnectionString, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'crm-lease %'");

        var next = await StartAsync(Options);
        Assert.True(next.Attached);
        await next.DisposeAsync();
        Assert.Null(next.ProcessId);
    }

    [Fact]
    public async Task A_killed_server_comes_back_on_the_same_port_with_what_was_committed()
    {
        await using var server = await StartAsync(Options);
        await RunAsync(server.ConnectionString, "DROP TABLE IF EXISTS committed; CREATE TABLE committed AS SELECT 7 AS value");
        Kill(server.ProcessId!.Value);

        // Bounded by the fault test's 30 s; each try is a connection, not a pause.
        var clock = Stopwatch.StartNew();
        object? value = null;
        while (value is null && clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                value = await ScalarAsync(server.ConnectionString + ";Pooling=false", "SELECT value FROM committed");
            }
            catch (NpgsqlException)
            {
                await Task.Yield();
            }
        }

        Assert.Equal(7, value);
    }

    [Fact]
    public async Task The_pid_file_of_a_dead_server_does_not_hinder_even_if_its_pid_is_another_programs_now()
    {
        var server = await StartAsync(Options with { Supervise = false });
        await RunAsync(server.ConnectionString, "DROP TABLE IF EXISTS survived; CREATE TABLE survived AS SELECT 3 AS value");
        var pidFile = Path.Combine(server.Home, "data", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        Kill(server.ProcessId!.Value);
        await server.DisposeAsync();
        lines[0] = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, lines);

        await using var next = await StartAsync(Options);
        Assert.False(next.Attached);
        Assert.Equal(3, await ScalarAsync(next.ConnectionString, "SELECT value FROM survived"));
    }

    [Fact]
    public async Task Another_port_is_taken_when_the_kept_one_is_in_use()
    {
        int port;
        await using (var server = await StartAsync(Options))
        {
            port = server.Port;
        }

        using var squatter = new TcpListener(IPAddress.Loopback, port);
        squatter.Start();
        await using var moved = await StartAsync(Options);
        Assert.NotEqual(port, moved.Port);
        Assert.Equal(1, await ScalarAsync(moved.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task The_server_never_runs_as_root_and_its_passwords_are_for_its_owner_only()
    {
        await using var server = await StartAsync(Options);
        if (OperatingSystem.IsLinux())
        {
            var uid = (await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status")).Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            Assert.NotEqual("0", uid);
        }

        if (!OperatingSystem.IsWindows())
        {
            foreach (var secret in new[] { "password", "admin-password" })
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.Home, secret)));
            }
        }
    }

    [Fact]
    public async Task No_permission_on_the_data_directory_says_what_to_do()
    {
        // Not even root makes folders here.
        var problem = await Assert.ThrowsAsync<StartupProblem>(() => StartAsync(new() { DataDirectory = "/sys/crm" }));
        Assert.Contains("No permission to write /sys/crm", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Crm__DataDirectory", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public async Task A_folder_without_PostgreSQL_says_what_to_do()
    {
        using var empty = new Folder();
        var problem = await Assert.ThrowsAsync<StartupProblem>(() => StartAsync(new() { DataDirectory = empty.Path, BinDirectory = empty.Path }));
        Assert.Contains("Crm__PostgresBin", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_npm_part_says_what_to_do()
    {
        var problem = Assert.Throws<StartupProblem>(() => NpmParts.Require("@crm/not-there"));
        Assert.Contains("npm ci", problem.Message, StringComparison.Ordinal);
        Assert.NotNull(NpmParts.Find("@elsa-workflows/elsa-studio-wasm"));
    }

    [Fact]
    public void The_data_directory_is_what_was_set_and_else_does_not_depend_on_the_current_folder()
    {
        var set = new ConfigurationBuilder().AddInMemoryCollection([new("Crm:DataDirectory", folder.Path)]).Build();
        Assert.Equal(folder.Path, EmbeddedPostgresOptions.ResolveDataDirectory(set));
        var unset = EmbeddedPostgresOptions.ResolveDataDirectory(new ConfigurationBuilder().Build());
        Assert.True(Path.IsPathFullyQualified(unset));
        Assert.Equal(".data", Path.GetFileName(unset));
    }

    [Theory]
    [InlineData("ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'", "knows no Persian letters")]
    [InlineData("ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'", "encoded in LATIN1")]
    public async Task A_database_that_is_wrong_for_Persian_is_refused(string made, string because)
    {
        await using var server = await StartAsync(Options);
        await RunAsync(server.AdminConnectionString, "DROP DATABASE IF EXISTS wrong");
        await RunAsync(server.AdminConnectionString, $"CREATE DATABASE wrong OWNER crm TEMPLATE template0 {made}");

        var problem = await Refused(server.ConnectionString, address => address.Database = "wrong");
        Assert.Contains(because, problem.Message, StringComparison.Ordinal);
        Assert.Contains("ICU_LOCALE 'fa'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_extension_that_the_server_lacks_or_the_user_may_not_make_is_named()
    {
        await using var server = await StartAsync(Options);
        var lacking = await Assert.ThrowsAsync<StartupProblem>(() => PostgresRequirements.CheckAsync(server.ConnectionString, NullLogger.Instance, ["pg_trgm", "not_there"]));
        Assert.Contains("lacks the extension not_there", lacking.Message, StringComparison.Ordinal);
        var forbidden = await Assert.ThrowsAsync<StartupProblem>(() => PostgresRequirements.CheckAsync(server.ConnectionString, NullLogger.Instance, ["pageinspect"]));
        Assert.Contains("CREATE EXTENSION \"pageinspect\"", forbidden.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_or_does_not_let_us_in_is_told_in_one_line_without_the_password()
    {
        await using var server = await StartAsync(Options);
        var stranger = await Refused(server.ConnectionString, address => address.Password = "canary");
        Assert.Contains("refuses user 'crm'", stranger.Message, StringComparison.Ordinal);
        var nowhere = await Refused(server.ConnectionString, address => (address.Database, address.Password) = ("nowhere", address.Password));
        Assert.Contains("has no database 'nowhere'", nowhere.Message, StringComparison.Ordinal);

        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var silent = await Refused(server.ConnectionString, address => (address.Port, address.Password) = (port, "canary"));
        Assert.Contains($"127.0.0.1:{port} can't be reached", silent.Message, StringComparison.Ordinal);
        foreach (var problem in new[] { stranger, nowhere, silent })
        {
            Assert.DoesNotContain("canary", problem.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', problem.Message);
        }
    }

    [Fact]
    public async Task A_server_that_is_starting_is_waited_for()
    {
        await using var server = await StartAsync(Options);
        var real = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        var opening = AnswerAsync(door, real.Port, refusals: 2);
        await PostgresRequirements.CheckAsync(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = ((IPEndPoint)door.LocalEndpoint).Port, SslMode = SslMode.Disable, Pooling = false }.ConnectionString, NullLogger.Instance);
        Assert.Equal(3, await opening);
    }

    /// <summary>Answers as PostgreSQL does while it starts, so many times; then leads to the real one.</summary>
    private static async Task<int> AnswerAsync(TcpListener door, int port, int refusals)
    {
        for (var asked = 1; ; asked++)
        {
            using var client = await door.AcceptTcpClientAsync();
            var stream = client.GetStream();
            if (asked > refusals)
            {
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, port);
                await Task.WhenAny(stream.CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(stream));
                return asked;
            }

            var startup = new byte[4];
            await stream.ReadExactlyAsync(startup);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(startup) - 4]);
            // ErrorResponse: severity, code and text, each ended by a zero, the whole ended by one.
            var body = Encoding.ASCII.GetBytes("SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");
            var answer = new byte[5 + body.Length];
            answer[0] = (byte)'E';
            BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(1), 4 + body.Length);
            body.CopyTo(answer, 5);
            await stream.WriteAsync(answer);
        }
    }

    private static Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options) => EmbeddedPostgres.StartAsync(options, NullLogger.Instance);

    private static Task<StartupProblem> Refused(string connectionString, Action<NpgsqlConnectionStringBuilder> change)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString);
        change(address);
        return Assert.ThrowsAsync<StartupProblem>(() => PostgresRequirements.CheckAsync(address.ConnectionString, NullLogger.Instance));
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    private static async Task RunAsync(string connectionString, string sql) => await ScalarAsync(connectionString, sql);

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>An empty folder for a cluster, gone afterwards.</summary>
    public sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("crm-pg-").FullName;

        public Folder()
        {
            // The server's account must pass when the tests run as root.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
            }
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
