using Crm.Data;
using Crm.Platform.Contracts;
using Dapper;
using Npgsql;

namespace Crm.Platform.Data;

/// <summary>Where staff can be written to. Asked for when a message is made, so always as it stands now.</summary>
internal sealed class UserAddresses(NpgsqlDataSource source) : IUserAddresses
{
    [BypassesSave("A look-up for background work, which no one user's branch filter applies to.")]
    public async Task<IReadOnlyDictionary<Guid, UserAddress>> OfAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<UserAddress>(new CommandDefinition("select id, name, email, mobile from platform.users where id = any(@ids) and active", new { ids = ids.ToArray() }, cancellationToken: ct));
        return rows.ToDictionary(r => r.Id);
    }
}
