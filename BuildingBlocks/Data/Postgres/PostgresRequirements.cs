using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Data.Postgres;

/// <summary>What a database must be able to do before we write into it. Checked at every start: a wrong collation, say, shows only when a search finds nobody.</summary>
public static partial class PostgresRequirements
{
    // As long as a recovery after a crash takes by PostgreSQL's own settings for checkpoints, and shorter than the patience of those who start us (systemd: 90 s).
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The extensions that our tables and searches use.</summary>
    public static readonly IReadOnlyList<string> Extensions = ["pg_trgm", "btree_gist", "unaccent"];

    /// <summary>
    /// Connects, makes extensions that the server has and the database lacks, and checks version, encoding and that Persian has trigrams. A server that says that it is starting or stopping is waited for, up to a minute;
    /// one that does not answer at all is not.
    /// </summary>
    /// <param name="connectionString">As given to the program.</param>
    /// <param name="log">Is told when it waits.</param>
    /// <param name="extensions">Null: <see cref="Extensions"/>.</param>
    /// <exception cref="StartupProblem">With one line that says what to do. Never holds the password.</exception>
    public static async Task CheckAsync(string connectionString, ILogger log, IReadOnlyList<string>? extensions = null, CancellationToken ct = default)
    {
        NpgsqlConnectionStringBuilder address;
        try
        {
            address = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        }
        catch (ArgumentException e)
        {
            throw new StartupProblem($"ConnectionStrings__Crm can't be read ({e.Message}): write it as Host=…;Port=5432;Database=crm;Username=…;Password=….", e);
        }

        await using var connection = new NpgsqlConnection(address.ConnectionString);
        try
        {
            await OpenAsync(connection, log, ct);
            CheckVersion(connection);
            await CheckEncodingAsync(connection, address, ct);
            foreach (var extension in extensions ?? Extensions)
            {
                await CheckExtensionAsync(connection, address, extension, ct);
            }

            await CheckTrigramsAsync(connection, address, ct);
        }
        catch (NpgsqlException e)
        {
            throw Unreachable(address, e);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            throw Unreachable(address, e);
        }
    }

    private static async Task OpenAsync(NpgsqlConnection connection, ILogger log, CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        for (var waits = false; ;)
        {
            try
            {
                await connection.OpenAsync(ct);
                return;
            }
            catch (NpgsqlException e) when (Stopwatch.GetElapsedTime(since) < s_patience && (e.SqlState == PostgresErrorCodes.CannotConnectNow || (waits && e.InnerException is SocketException)))
            {
                if (!waits) LogWaits(log, connection.Host, connection.Port);
                waits = true;
                await Task.Delay(500, ct);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "PostgreSQL at {Host}:{Port} is starting or stopping right now: waiting until it is up.")]
    private static partial void LogWaits(ILogger log, string? host, int port);

    private static StartupProblem Unreachable(NpgsqlConnectionStringBuilder address, Exception e)
    {
        var server = $"{address.Host}:{address.Port}";
        return new StartupProblem((e as PostgresException)?.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"PostgreSQL at {server} refuses user '{address.Username}': correct Username and Password in ConnectionStrings__Crm, or let pg_hba.conf admit this machine.",
            PostgresErrorCodes.InvalidCatalogName =>
                $"PostgreSQL at {server} has no database '{address.Database}': create it with {Create(address)} or correct ConnectionStrings__Crm.",
            PostgresErrorCodes.CannotConnectNow => $"PostgreSQL at {server} has been starting or stopping for a minute: see its log, and start again when it is up.",
            PostgresErrorCodes.TooManyConnections => $"PostgreSQL at {server} has no connection left: end idle programs or raise max_connections.",
            PostgresErrorCodes.InsufficientPrivilege => $"User '{address.Username}' may not do what the program needs in database '{address.Database}' at {server}: make it the owner (ALTER DATABASE \"{address.Database}\" OWNER TO \"{address.Username}\").",
            _ => $"PostgreSQL at {server} can't be reached ({Innermost(e)}): start it, correct ConnectionStrings__Crm, or remove ConnectionStrings__Crm to use the embedded one.",
        }, e);
    }

    private static string Innermost(Exception e) => e.GetBaseException().Message.TrimEnd('.');

    private static string Create(NpgsqlConnectionStringBuilder address) =>
        $"CREATE DATABASE \"{address.Database}\" OWNER \"{address.Username}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'fa' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';";

    private static void CheckVersion(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < PostgresBinaries.OldestMajor)
        {
            throw new StartupProblem(
                $"PostgreSQL at {connection.Host}:{connection.Port} is version {connection.PostgreSqlVersion}, and {PostgresBinaries.OldestMajor} is the oldest that serves: upgrade it, or remove ConnectionStrings__Crm to use the embedded one.");
        }
    }

    private static async Task CheckEncodingAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder address, CancellationToken ct)
    {
        var encoding = (string)(await ScalarAsync(connection, "SELECT current_setting('server_encoding')", null, ct))!;
        if (encoding != "UTF8")
        {
            throw new StartupProblem($"Database '{address.Database}' is encoded in {encoding}, which can't hold Persian: create another with {Create(address)} and name it in ConnectionStrings__Crm.");
        }
    }

    private static async Task CheckExtensionAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder address, string extension, CancellationToken ct)
    {
        if (await ScalarAsync(connection, "SELECT 1 FROM pg_extension WHERE extname = $1", extension, ct) is not null)
        {
            return;
        }

        if (await ScalarAsync(connection, "SELECT 1 FROM pg_available_extensions WHERE name = $1", extension, ct) is null)
        {
            throw new StartupProblem($"PostgreSQL at {address.Host}:{address.Port} lacks the extension {extension}: install its contrib package there (apt-get install postgresql-contrib, dnf install postgresql-contrib).");
        }

        var name = extension.Replace("\"", "\"\"", StringComparison.Ordinal);
        try
        {
            // Two hosts that start at once both come here; the loser of that race finds it made.
            await ScalarAsync(connection, $"CREATE EXTENSION IF NOT EXISTS \"{name}\"", null, ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateObject)
        {
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StartupProblem($"Database '{address.Database}' lacks the extension {extension} and user '{address.Username}' may not make it: as a superuser run CREATE EXTENSION \"{name}\" in that database.", e);
        }
    }

    private static async Task CheckTrigramsAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder address, CancellationToken ct)
    {
        // The extension may live in a schema that is not on the search path.
        var schema = await ScalarAsync(connection, "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'", null, ct);
        if (schema is null)
        {
            return;
        }

        var trigrams = (int)(await ScalarAsync(connection, $"SELECT cardinality({schema}.show_trgm($1))", "علی", ct))!;
        if (trigrams == 0)
        {
            throw new StartupProblem(
                $"Database '{address.Database}' knows no Persian letters (its lc_ctype makes no trigrams of them), so nobody would be found by name: create another with {Create(address)} and restore the data into it.");
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, string? value, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (value is not null)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteScalarAsync(ct);
    }
}
