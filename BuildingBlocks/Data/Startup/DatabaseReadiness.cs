using Crm.Core;
using Dapper;
using Npgsql;

namespace Crm.Data;

internal sealed class DatabaseReadiness(NpgsqlDataSource source) : IReadiness
{
    public string Name => "database";

    public async Task<string?> ProblemAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("select 1", commandTimeout: 2, cancellationToken: ct));
        return null;
    }
}
