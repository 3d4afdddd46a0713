using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Dapper;
using Npgsql;

namespace Crm.Platform.Files;

/// <summary>
/// Files of custom fields. Until the form is saved they hang on who uploaded them; then on the record (ModuleDb sees to it), and are fetched through it alone, so that a field that is hidden hides its file.
/// </summary>
[BypassesSave("Reads over the tables of declared records, which this module can't know as entities; nothing is written.")]
internal sealed class CustomFiles(IFileStore store, NpgsqlDataSource source, ICurrentUser me) : ICustomFileKeeper
{
    public async Task<CustomFile> KeepAsync(string name, Stream content, CancellationToken ct)
    {
        var file = await store.SaveAsync(CustomFile.Owner, me.Id ?? throw new Forbidden("custom files"), "", name, content, ct);
        return new(file.Id, file.Size, file.Name);
    }

    /// <summary>The file in a field of a record that the user sees.</summary>
    /// <exception cref="NotFound">There is none.</exception>
    public async Task<Guid> OfAsync(IRecordType type, Guid id, CustomField field, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var value = await connection.QueryFirstOrDefaultAsync<string?>(new CommandDefinition($"select (custom->@key)::text from {type.Table} where id = @id", new { id, key = field.Key }, cancellationToken: ct));
        return value is not null && CustomFile.Of(System.Text.Json.Nodes.JsonNode.Parse(value)) is { } file ? file.Id : throw new NotFound("file", id);
    }
}

/// <summary>Whose the files of custom fields are. Apart from <see cref="CustomFiles"/>, for the store asks all owners and can't be asked by one.</summary>
[BypassesSave("Reads over the tables of declared records, which this module can't know as entities; nothing is written.")]
internal sealed class CustomFileOwner(IRecordTypes types, NpgsqlDataSource source, ICurrentUser me) : IFileOwner
{
    public string Owner => CustomFile.Owner;

    public string Permission => "";

    // By its own address only by who has just uploaded it.
    public Task<bool> MaySeeAsync(Guid ownerId, CancellationToken ct) => Task.FromResult(ownerId == me.Id);

    public async Task<IReadOnlySet<Guid>?> ExistingAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var all = ids.ToArray();
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = new HashSet<Guid>();
        foreach (var type in types.All.Where(t => t.HasCustomFields)) found.UnionWith(await connection.QueryAsync<Guid>(new CommandDefinition($"select id from {type.Table} where id = any(@all)", new { all }, cancellationToken: ct)));
        return found;
    }
}
