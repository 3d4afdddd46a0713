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

    /// <summary>A database of its own, cloned from a template that <paramref name="make"/> made once in this process; it answers how the template is reached.</summary>
    public static Task<string> CloneAsync(string template, Func<Task<string>> make) => CloneOfAsync(template, async () =>
    {
        var made = await make();
        NpgsqlConnection.ClearAllPools();
        return new NpgsqlConnectionStringBuilder(made).Database!;
    });

    private static async Task<string> FilledAsync(Func<string, Task> fill)
    {
        var made = await EmptyAsync();
        await fill(made);
        NpgsqlConnection.ClearAllPools();
        return made;
    }

    private static async Task<string> CloneOfAsync(string template, Func<Task<string>> make)
    {
        var source = await s_templates.GetOrAdd(template, _ => new(make)).Value;
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

    /// <summary>
    /// A database of its own, cloned from a template that the first process of a run made for all that have the same application: what fills it must leave nothing behind but the database. It stays for the
    /// next run on the same build and day (what is filled in looks at the calendar).
    /// </summary>
    public static Task<string> CloneSharedAsync(string template, Func<string, Task> fill) => CloneOfAsync(template, async () =>
    {
        var today = DateTimeOffset.UtcNow;
        var shared = $"tpl_{template}_{Day(today)}_{Build()}";
        await using var gate = new NpgsqlConnection(await AdminAsync());
        await gate.OpenAsync();
        await using (var wait = new NpgsqlCommand("select pg_advisory_lock(hashtext(@name))", gate) { Parameters = { new("name", "tpl_" + template) }, CommandTimeout = 300 }) await wait.ExecuteNonQueryAsync();
        await using var known = new NpgsqlCommand("select datname from pg_database where datname like 'tpl\\_' || @template || '\\_%'", gate) { Parameters = { new("template", template) } };
        var there = new List<string>();
        await using (var names = await known.ExecuteReaderAsync())
        {
            while (await names.ReadAsync()) there.Add(names.GetString(0));
        }

        if (there.Contains(shared)) return shared;
        // Other builds of these days may be under test beside this one.
        foreach (var old in there.Where(t => string.CompareOrdinal(t, $"tpl_{template}_{Day(today.AddDays(-1))}") < 0)) await RunAsync($"drop database if exists {old} with (force)");
        var made = new NpgsqlConnectionStringBuilder(await FilledAsync(fill)).Database!;
        // Under its name only when it is whole: whoever was killed before that leaves a database that nobody takes.
        await RunAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{made}'");
        await RunAsync($"alter database {made} rename to {shared}");
        return shared;
    });

    private static string Day(DateTimeOffset day) => day.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);

    private static string Build()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "Crm.*.dll").Where(f => !Path.GetFileNameWithoutExtension(f).EndsWith("Tests", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            // What only some test projects have beside them makes no other application.
            if (Path.GetFileName(file) is "Crm.Browsing.dll" or "Crm.Testing.dll") continue;
            hash.AppendData(File.ReadAllBytes(file));
        }

        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(CrmApp.Password + Template.Iterations));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
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
