using System.Security.Cryptography;
using System.Text;
using System.Reflection;
using Crm.Core;
using MediatR;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Crm.Data;

/// <summary>Puts the data block and module contexts into the container.</summary>
public static class DataRegistration
{
    /// <summary>The data source, the save behaviour, outbox, bus, keys and schedules.</summary>
    /// <param name="services">The container.</param>
    /// <param name="connectionString">The application's database.</param>
    /// <param name="assemblies">Blocks and modules, for reactors.</param>
    public static IServiceCollection AddCrmData(this IServiceCollection services, string connectionString, IReadOnlyCollection<Assembly> assemblies)
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "crm" };
        if (!settings.ShouldSerialize("Maximum Pool Size")) settings.MaxPoolSize = 60;
        // A query that runs away is stopped by the server; bulk work sets its own limit. So is a transaction that stands still: a host that was frozen in the
        // middle of one must not hold its rows until somebody wakes it. Who waits for those rows hears that they are locked before his statement is stopped for being slow: the one is to be tried again, the other is a bug.
        if (string.IsNullOrEmpty(settings.Options)) settings.Options = "-c statement_timeout=30000 -c lock_timeout=25000 -c idle_in_transaction_session_timeout=20000";
        // Pages ask the same few hundred questions again and again: planned once per connection, they cost a tenth. Whoever puts a pooler in between that can't keep
        // prepared statements sets «Max Auto Prepare=0» in the connection string.
        if (!settings.ShouldSerialize("Max Auto Prepare")) (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (300, 2);
        // Nobody leaves anything behind in a session of the pool (transactions set what they need «local»; the rest goes by ConnectionSettings.OpenAloneAsync), so nothing needs to be swept out.
        if (!settings.ShouldSerialize("No Reset On Close")) settings.NoResetOnClose = true;
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(settings.ConnectionString).Build());
        services.AddSingleton(new ConnectionSettings(settings.ConnectionString));
        services.AddSingleton(new ReactorCatalog(assemblies));
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<ModuleDbs>();
        services.AddSingleton<IDiskSpace, DiskSpace>();
        services.AddSingleton<DiskRoom>();
        services.AddSingleton<AuditedTypes>();
        services.AddScoped<ArchiveExport>();
        services.AddScoped<ArchiveImport>();
        services.AddSingleton<RecordTypes>();
        services.AddScoped<RecordFacts>();
        services.AddScoped<ModuleScope>();
        services.AddScoped<RecycleBin>();
        services.AddScoped<IEventSink>(sp => sp.GetRequiredService<ModuleScope>());
        services.AddSingleton<TimeProvider>(new DatabaseClock());
        services.AddHostedService<DatabaseClockKeeper>();
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(SaveBehavior<,>));
        services.AddSingleton<ClusterBus>();
        services.AddSingleton<IClusterBus>(sp => sp.GetRequiredService<ClusterBus>());
        services.AddHostedService(sp => sp.GetRequiredService<ClusterBus>());
        services.AddSingleton<ILivePush, ClusterLivePush>();
        services.AddHostedService<ClusterLiveListener>();
        services.AddSingleton<IFailureClassifier, DatabaseFailures>();
        services.AddPump<OutboxPump>();
        services.AddSingleton<IXmlRepository, PostgresXmlRepository>();
        services.AddDataProtection().SetApplicationName("crm");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(sp =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = sp.GetRequiredService<IXmlRepository>()));
        services.AddSingleton<IIdempotencyStore, IdempotencyStore>();
        services.AddSingleton<IRecordTypes, ListedRecords>();
        services.AddScoped<IRecordReader, RecordReader>();
        services.AddSchedules(settings.ConnectionString);
        return services;
    }

    /// <summary>A module's context on the shared data source, with its own schema and migrations table.</summary>
    public static IServiceCollection AddModuleDb<T>(this IServiceCollection services, string schema) where T : ModuleDb
    {
        services.AddSingleton(new ModuleDbRegistration(typeof(T), schema));
        // The options are the same for everybody: built once, not for each of the scopes of a page. Without a service provider in them: EF would copy them for each context to leave it out again.
        services.AddSingleton(sp => new DbContextOptionsBuilder<T>()
            .UseNpgsql(sp.GetRequiredService<NpgsqlDataSource>(), n => n.MigrationsHistoryTable("migrations", schema))
            .UseLoggerFactory(sp.GetRequiredService<ILoggerFactory>())
            .ConfigureWarnings(w => w.Ignore(Microsoft.EntityFrameworkCore.Diagnostics.CoreEventId.PossibleIncorrectRequiredNavigationWithQueryFilterInteractionWarning)).Options);
        // The tools that write migrations look for the contexts by these.
        services.AddSingleton<DbContextOptions>(sp => sp.GetRequiredService<DbContextOptions<T>>());
        services.AddScoped<T>();
        return services;
    }
}

/// <summary>The connection string, for what opens its own connections (COPY, schedules).</summary>
/// <param name="ConnectionString">With password: never log it.</param>
public sealed record ConnectionSettings(string ConnectionString)
{
    /// <summary>The same without any limit of time, for work over everything there is.</summary>
    public async Task<NpgsqlConnection> OpenPatientAsync(CancellationToken ct)
    {
        var connection = await OpenAsync(new(ConnectionString) { Pooling = false, CommandTimeout = 0 }, ct);
        await using var limits = new NpgsqlCommand("set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0", connection);
        await limits.ExecuteNonQueryAsync(ct);
        return connection;
    }

    /// <summary>Opens a connection outside the pool, for work that changes its session (time-outs of bulk work, listening): what it sets ends with it.</summary>
    public Task<NpgsqlConnection> OpenAloneAsync(CancellationToken ct) => OpenAsync(new(ConnectionString) { Pooling = false }, ct);

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder address, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(address.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Which failures are the database's momentary absence rather than a bug.</summary>
public sealed class DatabaseFailures : IFailureClassifier
{
    /// <inheritdoc/>
    public TimeSpan? RetryAfter(Exception error) => IsTransient(error) ? TimeSpan.FromSeconds(2) : null;

    /// <inheritdoc/>
    public CrmException? RefusalOf(Exception error) => error switch
    {
        // PostgreSQL keeps no NUL and no half of a surrogate pair; a program can send both.
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } => new InvalidInput("", "This text holds a character that can't be kept."),
        EncoderFallbackException => new InvalidInput("", "This text holds a character that can't be kept."),
        DbUpdateException { InnerException: { } inner } => RefusalOf(inner),
        _ => null,
    };

    /// <summary>Whether trying again soon makes sense: restart, lost connection, too many connections, serialisation.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        PostgresException p => p.IsTransient || p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException n => n.IsTransient || n.InnerException is System.Net.Sockets.SocketException or IOException or TimeoutException,
        System.Net.Sockets.SocketException => true,
        DbUpdateException { InnerException: { } inner } => IsTransient(inner),
        // «…likely due to a transient failure», as EF wraps it, of a query and of a save.
        InvalidOperationException { InnerException: { } inner and (NpgsqlException or DbUpdateException) } => IsTransient(inner),
        // The keys of cookies and forms are in the database too: a host that has just started reads them with the first request.
        CryptographicException { InnerException: { } inner } => IsTransient(inner),
        _ => false,
    };
}
