using Crm.Data.Postgres;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>A PostgreSQL of its own with the seeded database, kept between runs (folder <c>CRM_LOAD_DATA</c>, default <c>.data-load</c> under the temporary folder).</summary>
internal sealed class Bench : IAsyncDisposable
{
    /// <summary>Of the administrator and of the seller that the figures are measured as.</summary>
    public const string Password = "Zoom-Pass-1405";

    private readonly EmbeddedPostgres _server;

    private Bench(EmbeddedPostgres server, Options options, string directory)
    {
        _server = server;
        Options = options;
        Directory = directory;
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = $"load_{options.Contacts}" }.ConnectionString;
    }

    public Options Options { get; }

    public string Directory { get; }

    public string ConnectionString { get; }

    public int ServerProcess => _server.ProcessId ?? 0;

    public static async Task<Bench> OpenAsync(Options options)
    {
        var directory = Environment.GetEnvironmentVariable("CRM_LOAD_DATA") ?? Path.Combine(Path.GetTempPath(), "crm-load");
        var server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataDirectory = directory }, NullLogger.Instance);
        var bench = new Bench(server, options, directory);
        await bench.FillAsync();
        return bench;
    }

    public async Task<T> AskAsync<T>(string sql, object? args = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        return (await connection.ExecuteScalarAsync<T>(sql, args, commandTimeout: 600))!;
    }

    /// <summary>A copy of the database for what leaves traces.</summary>
    public async Task CopyDatabaseAsync(string name)
    {
        NpgsqlConnection.ClearAllPools();
        await using var admin = new NpgsqlConnection(_server.AdminConnectionString);
        await admin.ExecuteAsync($"create database {name} template {new NpgsqlConnectionStringBuilder(ConnectionString).Database} strategy file_copy owner crm", commandTimeout: 1800);
    }

    public async Task DropDatabaseAsync(string name)
    {
        await using var admin = new NpgsqlConnection(_server.AdminConnectionString);
        await admin.ExecuteAsync($"drop database if exists {name} with (force)", commandTimeout: 600);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task FillAsync()
    {
        var name = new NpgsqlConnectionStringBuilder(ConnectionString).Database!;
        await using (var admin = new NpgsqlConnection(_server.AdminConnectionString))
        {
            if (await admin.ExecuteScalarAsync<bool>("select exists (select 1 from pg_database where datname = @name)", new { name })) return;
            await admin.ExecuteAsync($"create database {name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'fa' locale 'C.UTF-8' owner crm");
        }

        try
        {
            Console.WriteLine($"Filling {name} …");
            Console.Write(await Running.VerbAsync(ConnectionString, Directory, "migrate"));
            Console.Write(await Running.VerbAsync(ConnectionString, Directory, "seed", "--contacts", $"{Options.Contacts}", "--communications", $"{Options.Contacts * 5}"));
            // Figures are of a seller, not of an administrator: rights are checked and the branch filter applies.
            await Running.VerbAsync(ConnectionString, Directory, "user", "create", "--user", "load", "--name", "Load", "--password", Bench.Password, "--role", "کارشناس فروش");
        }
        catch
        {
            // Half a database must not be measured next time.
            await using var admin = new NpgsqlConnection(_server.AdminConnectionString);
            await admin.ExecuteAsync($"drop database {name} with (force)");
            throw;
        }

        await AskAsync<string?>("vacuum analyze");
    }
}
