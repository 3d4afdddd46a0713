using System.Collections.Concurrent;
using Crm.Data;
using Crm.Data.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Testing;

/// <summary>
/// One PostgreSQL of our own for all test projects (cluster under the temporary folder, not synced to disk: it may be lost), in it a template
/// that was migrated once per run, and a clone per test class (20–25 ms).
/// </summary>
public static class TestDatabase
{
    private static readonly SemaphoreSlim s_gate = new(1);
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_templates = new();
    private static EmbeddedPostgres? s_server;
    private static int s_count;

    /// <summary>The server; started by whoever comes first, stopped with the last process.</summary>
    public static async Task<EmbeddedPostgres> ServerAsync()
    {
        await s_gate.WaitAsync();
        try
        {
            if (s_server is not null) return s_server;
            var directory = Environment.GetEnvironmentVariable("CRM_TEST_DATA") ?? Path.Combine(Path.GetTempPath(), "crm-tests-" + Environment.UserName);
            s_server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions
            {
                DataDirectory = directory,
                Settings = new Dictionary<string, string> { ["fsync"] = "off", ["synchronous_commit"] = "off", ["full_page_writes"] = "off", ["max_connections"] = "300" },
            }, NullLogger.Instance);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => s_server.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(10));
            return s_server;
        }
        finally
        {
            s_gate.Release();
        }
    }

    /// <summary>A connection string to another database of the server, as its administrator.</summary>
    public static async Task<string> AdminAsync(string database = "postgres") =>
        new NpgsqlConnectionStringBuilder((await ServerAsync()).AdminConnectionString) { Database = database, Pooling = false }.ConnectionString;

    /// <summary>A new empty database.</summary>
    public static async Task<string> EmptyAsync()
    {
        var name = NewName();
        await RunAsync($"create database {name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'fa' locale 'C.UTF-8' owner crm");
        return await OfAsync(name);
    }

    /// <summary>A database of its own, cloned from a template that <paramref name="fill"/> made once in this process.</summary>
    public static async Task<string> CloneAsync(string template, Func<string, Task> fill)
    {
        var source = await s_templates.GetOrAdd(template, _ => new(async () =>
        {
            var made = await EmptyAsync();
            await fill(made);
            await using var pool = NpgsqlDataSource.Create(made);
            NpgsqlConnection.ClearAllPools();
            return new NpgsqlConnectionStringBuilder(made).Database!;
        })).Value;
        var name = NewName();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await RunAsync($"create database {name} template {source} owner crm");
                break;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 50)
            {
                // The application that filled the template is still closing its connections.
                await RunAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{source}'");
                await Task.Delay(50);
            }
        }

        return await OfAsync(name);
    }

    /// <summary>Removes a clone.</summary>
    public static async Task DropAsync(string connectionString)
    {
        await RunAsync($"drop database if exists {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");
    }

    // Ids of processes come round again, and a run that was killed leaves its databases behind.
    private static readonly string s_run = Guid.NewGuid().ToString("n")[..8];

    private static string NewName() => $"t{Environment.ProcessId}_{s_run}_{Interlocked.Increment(ref s_count)}";

    private static async Task<string> OfAsync(string database) =>
        new NpgsqlConnectionStringBuilder((await ServerAsync()).ConnectionString) { Database = database, MaxPoolSize = 30 }.ConnectionString;

    private static async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await AdminAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
