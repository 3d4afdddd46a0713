using Npgsql;

namespace Crm.Data.Postgres;

/// <summary>
/// Limits for the transactions of background work. A host that is frozen in the middle of one (a stopped process, a paused machine) holds its rows, and others would wait for them until somebody wakes it; the server ends
/// what stands still instead.
/// </summary>
public static class WorkerTransaction
{
    private const string Idle = "set local idle_in_transaction_session_timeout = '20s'";

    // A host may also freeze between two pieces of what it sends. The server waits for the rest, with rows locked, and no time of a statement or of standing idle runs: only the limit of the whole transaction,
    // which PostgreSQL has since version 17.
    private static readonly string[] s_all = [Idle, "set local transaction_timeout = '45s'"], s_older = [Idle];
    private static readonly string s_allInOne = string.Join("; ", s_all) + "; ", s_olderInOne = string.Join("; ", s_older) + "; ";

    /// <summary>Statements that set them for the transaction under way: 20 seconds standing idle and, where the server can, 45 seconds in all.</summary>
    public static IReadOnlyList<string> Limits(NpgsqlConnection connection) => connection.PostgreSqlVersion.Major >= 17 ? s_all : s_older;

    /// <summary>The same as a beginning of the first statement's text, so that they cost no question of their own.</summary>
    public static string Limited(NpgsqlConnection connection, string sql) => (connection.PostgreSqlVersion.Major >= 17 ? s_allInOne : s_olderInOne) + sql;
}
