using Crm.Core;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Data;

/// <summary>Fills a new database: what is needed to work, and demo data where wanted. Each part runs once; a part that failed runs again at the next start.</summary>
public static class FirstStart
{
    internal const long Lock = 0x43524D31;

    /// <summary>Who does it, in the history.</summary>
    internal const string Actor = "first start";

    /// <summary>Adds what is missing.</summary>
    /// <param name="root">Application services.</param>
    /// <param name="demo">Also demo data; only ever on a database that had no initial data before.</param>
    /// <param name="ct">Cancels between parts.</param>
    public static async Task RunAsync(IServiceProvider root, bool demo, CancellationToken ct)
    {
        await using var connection = await root.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(ct);
        try
        {
            // The demo data of the host that came first may take a while.
            await connection.ExecuteAsync(new CommandDefinition("set statement_timeout = 0; set lock_timeout = 0", cancellationToken: ct));
            await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@Lock)", new { Lock }, commandTimeout: 0, cancellationToken: ct));
            var done = (await connection.QueryAsync<string>("select name from platform.plumbing_steps")).ToHashSet();
            var isNew = !done.Any(d => d.StartsWith("initial/", StringComparison.Ordinal));
            foreach (var (key, type) in Parts<IInitialData>(root, p => p.Order, p => "initial/" + p.Key))
                await OnceAsync<IInitialData>(root, connection, done, key, type, (p, c) => p.AddAsync(c), ct);
            // Demo data that was begun is finished after a crash; a live database never gets any.
            if (demo && isNew) await MarkAsync(connection, done, "demo");
            if (!done.Contains("demo")) return;
            foreach (var (key, type) in Parts<IDemoSeed>(root, p => p.Order, p => "demo/" + p.GetType().FullName))
                await OnceAsync<IDemoSeed>(root, connection, done, key, type, (p, c) => p.SeedAsync(c), ct);
        }
        finally
        {
            if (connection.FullState == System.Data.ConnectionState.Open) await connection.ExecuteAsync("reset statement_timeout; reset lock_timeout; select pg_advisory_unlock(@Lock)", new { Lock });
        }
    }

    private static List<(string Key, Type Type)> Parts<T>(IServiceProvider root, Func<T, int> order, Func<T, string> key) where T : notnull
    {
        using var scope = root.CreateScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem(Actor);
        return [.. scope.ServiceProvider.GetServices<T>().OrderBy(order).ThenBy(key, StringComparer.Ordinal).Select(p => (key(p), p.GetType()))];
    }

    private static async Task OnceAsync<T>(IServiceProvider root, NpgsqlConnection connection, HashSet<string> done, string key, Type type, Func<T, CancellationToken, Task> run, CancellationToken ct) where T : notnull
    {
        if (done.Contains(key)) return;
        await using var scope = root.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem(Actor);
        await run(scope.ServiceProvider.GetServices<T>().First(p => p.GetType() == type), ct);
        await MarkAsync(connection, done, key);
    }

    private static async Task MarkAsync(NpgsqlConnection connection, HashSet<string> done, string key)
    {
        await connection.ExecuteAsync("insert into platform.plumbing_steps (name) values (@key) on conflict do nothing", new { key });
        done.Add(key);
    }
}
