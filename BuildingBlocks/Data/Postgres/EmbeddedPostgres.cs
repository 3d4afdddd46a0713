using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data.Postgres;

/// <summary>
/// A PostgreSQL server of our own, for whoever gives no connection string. Several processes on one data directory share the server: who comes first
/// starts it, the others attach, and the last one to leave stops it. A process is "there" as long as it holds its lease, one open connection: so a
/// killed process is gone at once, and a server that a killed host left behind is found and adopted by the next start.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string LeaseName = "crm-lease";
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);

    // A host has 15 s to end; a server that is still writing then goes on stopping by itself.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly EmbeddedPostgresOptions options;
    private readonly ILogger logger;
    private readonly Cluster cluster;
    private readonly CancellationTokenSource leaving = new();
    private NpgsqlConnection lease;
    private Task supervision = Task.CompletedTask;
    private bool disposed;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, ILogger logger, Cluster cluster, NpgsqlConnection lease, int port, bool attached, string password)
    {
        this.options = options;
        this.logger = logger;
        this.cluster = cluster;
        this.lease = lease;
        Port = port;
        Attached = attached;
        ConnectionString = Connection(port, options.Database, options.Database, password);
        AdminConnectionString = Connection(port, "postgres", Cluster.Admin, AdminPasswordOf(cluster));
    }

    /// <summary>For the program: our database, as the role that owns it and is no superuser (it may read server statistics: pg_monitor).</summary>
    public string ConnectionString { get; }

    /// <summary>For tests and operations (database clones, restore): the maintenance database as superuser.</summary>
    public string AdminConnectionString { get; }

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The server ran already when this process came.</summary>
    public bool Attached { get; }

    /// <summary>Process id of the server at this moment, null while it is down.</summary>
    public int? ProcessId => cluster.Running()?.Pid;

    /// <summary>Folder of the cluster, its passwords and its logs.</summary>
    public string Home => cluster.Home;

    /// <summary>Makes the cluster and the database where they are missing, starts the server or attaches to it, and holds it until disposed.</summary>
    /// <exception cref="StartupProblem">With one line that says what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, ILogger logger, CancellationToken ct = default)
    {
        var cluster = await Cluster.OpenAsync(options, logger, ct);
        using var gate = await cluster.LockAsync(LockPatience, ct);
        try
        {
            if (!cluster.Exists)
            {
                await cluster.CreateAsync(ct);
            }

            var (lease, port, attached) = await ReachAsync(cluster, logger, keepPort: false, ct);
            try
            {
                var password = await PrepareDatabaseAsync(cluster, lease, port, options.Database, ct);
                var server = new EmbeddedPostgres(options, logger, cluster, lease, port, attached, password);
                if (options.Supervise)
                {
                    server.supervision = Task.Run(server.SuperviseAsync, CancellationToken.None);
                }

                return server;
            }
            catch
            {
                await lease.DisposeAsync();
                throw;
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw Cluster.NoPermission(cluster.Home, e);
        }
    }

    /// <summary>Gives the lease back; stops the server if nobody else holds one.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await leaving.CancelAsync();
        await supervision;
        leaving.Dispose();
        try
        {
            // Nobody may attach between our count and the stop.
            using var gate = await cluster.LockAsync(StopPatience, CancellationToken.None);
            var others = await CountOtherLeasesAsync();
            await lease.DisposeAsync();
            if (others > 0)
            {
                logger.LogInformation("PostgreSQL in {Data} stays for {Others} other processes", cluster.Data, others);
            }
            else if (cluster.Running() is not null)
            {
                var stopped = await cluster.StopAsync(StopPatience, CancellationToken.None);
                logger.Log(
                    stopped ? LogLevel.Information : LogLevel.Warning,
                    stopped ? "Stopped PostgreSQL in {Data}" : "PostgreSQL in {Data} is still writing and will stop by itself", cluster.Data);
            }
        }
        catch (Exception e) when (e is StartupProblem or NpgsqlException or IOException or UnauthorizedAccessException)
        {
            // The data is safe either way, and the next start finds the server; a failure to stop must not hide why the program ends.
            logger.LogWarning("PostgreSQL in {Data} could not be stopped: {Reason}", cluster.Data, e.Message);
        }
    }

    private static string AdminPasswordOf(Cluster cluster) => cluster.ReadSecret(Cluster.AdminPassword) ?? throw new StartupProblem(
        $"{Path.Combine(cluster.Home, Cluster.AdminPassword)} is missing, so nobody can sign in to the database: restore the file from a backup (it belongs to the data directory).");

    private static string Connection(int port, string database, string user, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Database = database,
        Username = user,
        Password = password,
    }.ConnectionString;

    /// <summary>Attaches to the server of this cluster, or starts it. Called with the lock held.</summary>
    private static async Task<(NpgsqlConnection Lease, int Port, bool Attached)> ReachAsync(Cluster cluster, ILogger logger, bool keepPort, CancellationToken ct)
    {
        var password = AdminPasswordOf(cluster);
        var started = false;
        var until = Environment.TickCount64 + (long)LockPatience.TotalMilliseconds;
        while (true)
        {
            var running = cluster.Running();
            if (running is null)
            {
                cluster.ForgetDead();
                var port = await cluster.StartAsync(keepPort, ct);
                started = true;
                running = (0, port);
            }

            // Port 0: it is just starting and has not written its port yet.
            if (running.Value.Port != 0)
            {
                var connection = new NpgsqlConnection(LeaseConnection(running.Value.Port, password));
                try
                {
                    await connection.OpenAsync(ct);
                    if (!started)
                    {
                        logger.LogInformation("Attached to the PostgreSQL that runs in {Data} on port {Port}", cluster.Data, running.Value.Port);
                    }

                    return (connection, running.Value.Port, !started);
                }
                catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword)
                {
                    await connection.DisposeAsync();
                    throw new StartupProblem(
                        $"The server of {cluster.Data} does not take the password in {Path.Combine(cluster.Home, Cluster.AdminPassword)}: restore the file, or set the password of role postgres to what it holds.", e);
                }
                catch (NpgsqlException e)
                {
                    await connection.DisposeAsync();
                    if (Environment.TickCount64 > until)
                    {
                        throw new StartupProblem($"The PostgreSQL that runs in {cluster.Data} takes no connection ({e.Message.TrimEnd('.')}): see {Path.Combine(cluster.Data, "log")}, or end it and start again.", e);
                    }

                    // It starts, recovers or stops right now: what it becomes is seen in the next round.
                }
            }

            await Task.Delay(200, ct);
        }
    }

    private static string LeaseConnection(int port, string password) => new NpgsqlConnectionStringBuilder(Connection(port, "postgres", Cluster.Admin, password))
    {
        ApplicationName = $"{LeaseName} {Environment.ProcessId}",
        Pooling = false,
        Timeout = 10,
        TcpKeepAlive = true,
    }.ConnectionString;

    private static async Task<string> PrepareDatabaseAsync(Cluster cluster, NpgsqlConnection admin, int port, string database, CancellationToken ct)
    {
        var name = database.Replace("\"", "\"\"", StringComparison.Ordinal);
        var password = cluster.ReadSecret("password");
        var roleExists = await ExistsAsync(admin, "SELECT 1 FROM pg_roles WHERE rolname = $1", database, ct);
        if (password is null || !roleExists)
        {
            password ??= await cluster.MakeSecretAsync("password", ct);
            await RunAsync(admin, $"{(roleExists ? "ALTER" : "CREATE")} ROLE \"{name}\" LOGIN NOSUPERUSER PASSWORD '{password}'", ct);
            await RunAsync(admin, $"GRANT pg_monitor TO \"{name}\"", ct);
        }

        if (!await ExistsAsync(admin, "SELECT 1 FROM pg_database WHERE datname = $1", database, ct))
        {
            // Encoding and collation are the cluster's, which initdb set for Persian.
            await RunAsync(admin, $"CREATE DATABASE \"{name}\" OWNER \"{name}\" TEMPLATE template0", ct);
        }

        return password;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string value, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> CountOtherLeasesAsync()
    {
        try
        {
            await using var command = new NpgsqlCommand(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name LIKE $1 AND pid <> pg_backend_pid()", lease)
            {
                Parameters = { new() { Value = LeaseName + " %" } },
                CommandTimeout = 5,
            };
            return (long)(await command.ExecuteScalarAsync())!;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // Our lease broke because the server died or is stopping: there is nobody to stay for that would not start it again.
            return 0;
        }
    }

    /// <summary>Waits on the lease; when it breaks, the server died or restarted: brings it back, on the port that everybody knows.</summary>
    private async Task SuperviseAsync()
    {
        while (true)
        {
            try
            {
                while (true)
                {
                    await lease.WaitAsync(leaving.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
            {
                logger.LogWarning("Lost the PostgreSQL in {Data} ({Reason}); bringing it back", cluster.Data, e.Message);
            }

            await lease.DisposeAsync();
            for (var pause = TimeSpan.FromMilliseconds(250); ; pause = TimeSpan.FromMilliseconds(Math.Min(pause.TotalMilliseconds * 2, 5000)))
            {
                try
                {
                    using var gate = await cluster.LockAsync(LockPatience, leaving.Token);
                    (lease, _, _) = await ReachAsync(cluster, logger, keepPort: true, leaving.Token);
                    break;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (Exception e) when (e is StartupProblem or NpgsqlException or IOException or UnauthorizedAccessException)
                {
                    logger.LogError("PostgreSQL in {Data} is down: {Reason}", cluster.Data, e.Message);
                }

                try
                {
                    await Task.Delay(pause, leaving.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
