using System.Reflection;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data;

/// <summary>Brings the database up to date: the plumbing's own steps, then the migrations of every module. Hosts that start together wait for one another.</summary>
public static partial class DatabaseStartup
{
    private const long Lock = 0x43524D; // "CRM"

    /// <summary>Migrates everything; returns the names of the steps that were taken.</summary>
    [BypassesSave("Migrations are SQL.")]
    public static async Task<IReadOnlyList<string>> MigrateAsync(IServiceProvider root, CancellationToken ct)
    {
        var log = root.GetRequiredService<ILoggerFactory>().CreateLogger("Crm.Data.Migrations");
        var source = root.GetRequiredService<NpgsqlDataSource>();
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@Lock)", new { Lock }, cancellationToken: ct));
        List<string> taken = [];
        try
        {
            // An index over millions of rows takes longer than any page may.
            await connection.ExecuteAsync(new CommandDefinition("set statement_timeout = 0", cancellationToken: ct));
            taken.AddRange(await MigratePlumbingAsync(connection, ct));
            await using var scope = root.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Crm.Core.CurrentUser>().BecomeSystem("migrate");
            foreach (var registration in root.GetServices<ModuleDbRegistration>().OrderBy(r => r.Schema, StringComparer.Ordinal))
            {
                var db = (ModuleDb)scope.ServiceProvider.GetRequiredService(registration.Context);
                var newest = db.Database.GetMigrations().LastOrDefault();
                if (newest is null || await IsAppliedAsync(connection, registration.Schema, newest, ct)) continue;
                var pending = await db.Database.GetPendingMigrationsAsync(ct);
                db.Database.SetCommandTimeout(TimeSpan.FromHours(12));
                await db.Database.OpenConnectionAsync(ct);
                try
                {
                    await db.Database.ExecuteSqlRawAsync("set statement_timeout = 0", ct);
                    await db.Database.MigrateAsync(ct);
                    await db.Database.ExecuteSqlRawAsync("reset statement_timeout", ct);
                }
                finally
                {
                    await db.Database.CloseConnectionAsync();
                }

                taken.AddRange(pending.Select(p => $"{registration.Schema}/{p}"));
            }
        }
        finally
        {
            await connection.ExecuteAsync("reset statement_timeout; select pg_advisory_unlock(@Lock)", new { Lock });
        }

        foreach (var step in taken) Migrated(log, step);
        await DatabaseClockKeeper.BeginAsync(root, ct);
        return taken;
    }

    // One cheap question per module instead of EF's full comparison: start-up stays quick when nothing is pending. EF's history table is made
    // beforehand, or its first look at an empty database would be logged as an error.
    private static async Task<bool> IsAppliedAsync(NpgsqlConnection connection, string schema, string migration, CancellationToken ct)
    {
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select to_regclass(@table) is not null", new { table = $"\"{schema}\".migrations" }, cancellationToken: ct)))
            return await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"select exists (select 1 from \"{schema}\".migrations where \"MigrationId\" = @migration)", new { migration }, cancellationToken: ct));
        await connection.ExecuteAsync(new CommandDefinition(
            $"""create schema if not exists "{schema}"; create table "{schema}".migrations ("MigrationId" varchar(150) primary key, "ProductVersion" varchar(32) not null)""", cancellationToken: ct));
        return false;
    }

    private static async Task<List<string>> MigratePlumbingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync("""
            create schema if not exists platform;
            create schema if not exists quartz;
            create table if not exists platform.plumbing_steps (name text primary key, at timestamptz not null default now())
            """);
        var done = (await connection.QueryAsync<string>("select name from platform.plumbing_steps")).ToHashSet();
        var assembly = typeof(DatabaseStartup).Assembly;
        const string marker = ".Plumbing.Schema.";
        List<string> taken = [];
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.Contains(marker, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = resource[(resource.IndexOf(marker, StringComparison.Ordinal) + marker.Length)..];
            if (done.Contains(name)) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var sql = await reader.ReadToEndAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await connection.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, commandTimeout: 0, cancellationToken: ct));
            await connection.ExecuteAsync(new CommandDefinition("insert into platform.plumbing_steps (name) values (@name)", new { name }, transaction, cancellationToken: ct));
            await transaction.CommitAsync(ct);
            taken.Add("plumbing/" + name);
        }

        return taken;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated {Step}")]
    private static partial void Migrated(ILogger log, string step);
}
