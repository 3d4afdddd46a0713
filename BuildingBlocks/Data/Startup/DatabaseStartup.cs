using System.Reflection;
using Crm.Core;
using Crm.Data.Postgres;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data;

/// <summary>
/// Brings the database up to date: the plumbing's own steps, then the migrations of every module, all in one transaction. Hosts that start together wait for one another.
/// </summary>
public static partial class DatabaseStartup
{
    /// <summary>The advisory lock of whoever changes the shape of the database: "CRM".</summary>
    internal const long Lock = 0x43524D;

    private const string Plumbing = "plumbing";

    /// <summary>Migrates everything; returns the names of the steps that were taken.</summary>
    /// <exception cref="StartupProblem">A step failed: the database is as it was before.</exception>
    [BypassesSave("Migrations are SQL.")]
    public static async Task<IReadOnlyList<string>> MigrateAsync(IServiceProvider root, CancellationToken ct)
    {
        var log = root.GetRequiredService<ILoggerFactory>().CreateLogger("Crm.Data.Migrations");
        var source = root.GetRequiredService<NpgsqlDataSource>();
        await using var connection = await source.OpenConnectionAsync(ct);
        List<string> taken = [];
        try
        {
            // An index over millions of rows takes longer than any page may, and whoever waits for the host that makes it as well.
            await connection.ExecuteAsync(new CommandDefinition("set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0", cancellationToken: ct));
            await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@Lock)", new { Lock }, commandTimeout: 0, cancellationToken: ct));
            await using var scope = root.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("migrate");
            var contexts = root.GetServices<ModuleDbRegistration>().OrderBy(r => r.Schema, StringComparer.Ordinal).Select(r => (r.Schema, Db: (ModuleDb)scope.ServiceProvider.GetRequiredService(r.Context))).ToList();
            var done = await DoneAsync(connection, contexts.Select(c => c.Schema), ct);
            var pending = PlumbingSteps().Concat(contexts.SelectMany(c => c.Db.Database.GetMigrations().Select(m => $"{c.Schema}/{m}"))).Where(s => !done.Contains(s)).ToList();
            if (pending.Count > 0)
            {
                // Modules count on one another's tables: a database between two releases would fit neither of them.
                await using var transaction = await connection.BeginTransactionAsync(ct);
                foreach (var step in pending.Where(IsPlumbing)) await TakeAsync(step, PlumbingSql(step), connection, transaction, ct);
                foreach (var (schema, db) in contexts)
                {
                    var own = pending.Where(p => !IsPlumbing(p) && p.StartsWith(schema + "/", StringComparison.Ordinal)).ToList();
                    if (own.Count == 0) continue;
                    if (db.Database.HasPendingModelChanges()) throw new InvalidOperationException($"The model of {db.GetType().Name} has changes that no migration makes: add one.");
                    foreach (var step in own) await TakeAsync(step, ModuleSql(db, step[(schema.Length + 1)..]), connection, transaction, ct);
                }

                await transaction.CommitAsync(ct);
                taken = pending;
            }
        }
        finally
        {
            // A connection that died in the middle has let go of the lock, and what it died of is to be told.
            if (connection.FullState == System.Data.ConnectionState.Open)
                await connection.ExecuteAsync("reset statement_timeout; reset lock_timeout; reset idle_in_transaction_session_timeout; select pg_advisory_unlock(@Lock)", new { Lock });
        }

        foreach (var step in taken) Migrated(log, step);
        await DatabaseClockKeeper.BeginAsync(root, ct);
        return taken;
    }

    /// <summary>Every step that the database has taken, as <c>plumbing/001_platform.sql</c> or <c>contacts/20261121221547_CreateContacts</c>. Two cheap questions, instead of EF's full comparison for each module: start-up stays quick when nothing is pending.</summary>
    internal static async Task<HashSet<string>> DoneAsync(NpgsqlConnection connection, IEnumerable<string> schemas, CancellationToken ct)
    {
        const string steps = "platform.plumbing_steps";
        var tables = schemas.ToDictionary(s => $"\"{s}\".migrations", s => $"select '{s}/' || \"MigrationId\" from \"{s}\".migrations");
        tables.Add(steps, $"select '{Plumbing}/' || name from {steps} where name like '%.sql'");
        var there = await connection.QueryAsync<string>(new CommandDefinition("select t from unnest(@tables) t where to_regclass(t) is not null", new { tables = tables.Keys.ToArray() }, cancellationToken: ct));
        var questions = there.Select(t => tables[t]).ToList();
        return questions.Count == 0 ? [] : [.. await connection.QueryAsync<string>(new CommandDefinition(string.Join(" union all ", questions), cancellationToken: ct))];
    }

    private static async Task TakeAsync(string step, IEnumerable<string> statements, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        try
        {
            foreach (var statement in statements)
            {
                await using var command = new NpgsqlCommand(statement, connection, transaction) { CommandTimeout = 0 };
                await command.ExecuteNonQueryAsync(ct);
            }
        }
        catch (PostgresException e) when (!DatabaseFailures.IsTransient(e))
        {
            var mend = e.SqlState switch
            {
                PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateColumn or PostgresErrorCodes.DuplicateFunction or PostgresErrorCodes.DuplicateSchema =>
                    "rename or remove what is in its way",
                PostgresErrorCodes.DiskFull => "make room on the disk of PostgreSQL",
                PostgresErrorCodes.InsufficientPrivilege => "make the user of ConnectionStrings__Crm the owner of the database and of what is in it",
                _ => "mend what it names, or ask the makers with this line",
            };
            throw new StartupProblem($"The upgrade of the database failed at {step} ({e.SqlState}: {e.MessageText}). Nothing of it was kept, the database is as it was: {mend} and start again; until then the previous version of the program runs on it.", e);
        }
    }

    private static bool IsPlumbing(string step) => step.StartsWith(Plumbing + "/", StringComparison.Ordinal);

    private static IEnumerable<string> PlumbingSteps() =>
        typeof(DatabaseStartup).Assembly.GetManifestResourceNames().Where(n => n.Contains(Marker, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => $"{Plumbing}/{n[(n.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..]}");

    private const string Marker = ".Plumbing.Schema.";

    private static IEnumerable<string> PlumbingSql(string step)
    {
        var name = step[(Plumbing.Length + 1)..];
        var assembly = typeof(DatabaseStartup).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream(assembly.GetManifestResourceNames().Single(n => n.EndsWith(Marker + name, StringComparison.Ordinal)))!);
        yield return """
            create schema if not exists platform;
            create schema if not exists quartz;
            create table if not exists platform.plumbing_steps (name text primary key, at timestamptz not null default now())
            """;
        yield return reader.ReadToEnd();
        yield return $"insert into platform.plumbing_steps (name) values ('{name}')";
    }

    // What EF's own migrator does for one migration, without its transaction: ours goes over all modules.
    private static IEnumerable<string> ModuleSql(ModuleDb db, string id)
    {
        var assembly = db.GetService<IMigrationsAssembly>();
        var migration = assembly.CreateMigration(assembly.Migrations[id], db.Database.ProviderName!);
        var model = db.GetService<IModelRuntimeInitializer>().Initialize(migration.TargetModel);
        yield return $"""create schema if not exists "{db.SchemaName}"; create table if not exists "{db.SchemaName}".migrations ("MigrationId" varchar(150) primary key, "ProductVersion" varchar(32) not null)""";
        foreach (var command in db.GetService<IMigrationsSqlGenerator>().Generate(migration.UpOperations, model))
        {
            if (command.TransactionSuppressed) throw new InvalidOperationException($"{db.SchemaName}/{id} wants to run outside of a transaction: a step that fails could not be taken back.");
            yield return command.CommandText;
        }

        yield return db.GetService<IHistoryRepository>().GetInsertScript(new HistoryRow(id, ProductInfo.GetVersion()));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated {Step}")]
    private static partial void Migrated(ILogger log, string step);
}
