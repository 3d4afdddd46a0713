using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Platform.Fields;

/// <param name="FieldId">The custom field.</param>
internal sealed record FieldIndexArguments(Guid FieldId);

/// <summary>Makes the index of a custom field that lists are sorted by, or takes it away: beside everything that goes on, without a lock that anybody waits for.</summary>
[BypassesSave("PostgreSQL makes an index concurrently outside of transactions only; no record is written.")]
internal sealed class FieldIndexJob(ConnectionSettings settings) : IBackgroundJob
{
    public const string JobKey = "platform.index-field";

    public string Key => JobKey;

    public string Title => "Index of a custom field";

    public string? Permission => PlatformPermissions.ManageFields;

    public static string NameOf(string record, string key) => $"ix_custom_{record.Replace('-', '_')}_{key}";

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var (type, field) = await run.InScopeAsync(async services =>
        {
            var id = run.Args<FieldIndexArguments>().FieldId;
            var found = await services.GetRequiredService<PlatformDb>().CustomFields.AsNoTracking().FirstOrDefaultAsync(f => f.Id == id, ct) ?? throw new NotFound("custom field", id);
            return (services.GetRequiredService<IRecordTypes>().Find(found.Record) ?? throw new NotFound("record type", found.Record), found.ToField());
        });
        var wanted = await EnsureAsync(settings, type, field, ct);
        run.Result(wanted ? "Lists are sorted by “{0}” quickly now." : "The index of “{0}” was taken away.", field.Title);
    }

    /// <summary>Brings the index into the state that the field asks for; says whether it is to be there.</summary>
    public static async Task<bool> EnsureAsync(ConnectionSettings settings, IRecordType type, CustomField field, CancellationToken ct)
    {
        var name = NameOf(type.Key, field.Key);
        var schema = type.Table[..type.Table.IndexOf('.', StringComparison.Ordinal)];
        var listed = ListedRecords.Of(field);
        var wanted = field is { Active: true, Sortable: true } && listed.Sortable;
        await using var connection = await settings.OpenPatientAsync(ct);
        await using var find = new NpgsqlCommand("select i.indisvalid from pg_index i where i.indexrelid = to_regclass($1)", connection) { Parameters = { new() { Value = $"{schema}.{name}" } } };
        var valid = await find.ExecuteScalarAsync(ct) as bool?;
        // What a host left half made when it died serves nobody.
        if (valid is not null && (!wanted || valid is false)) await RunAsync($"drop index concurrently if exists {schema}.{name}");
        if (wanted && valid is not true)
        {
            var tie = type.Fields.First(f => f.Key == type.Tie);
            await RunAsync($"create index concurrently if not exists {name} on {type.Table} (({Column(listed.Order)}), {Column(tie.Sql)}){(type.HasBin ? " where deleted_at is null" : "")}");
            await RunAsync($"analyze {type.Table}");
        }

        return wanted;

        // Declared SQL and a key of small letters, digits and underscores: nothing that anybody typed.
        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(ct);
        }

        static string Column(string sql) => sql.Replace("t.", "", StringComparison.Ordinal);
    }
}

/// <summary>The indexes of custom fields are nobody's rows: after an archive came in they are made again.</summary>
internal sealed class FieldIndexesAfterImport(PlatformDb db, IRecordTypes types, ConnectionSettings settings) : IAfterImport
{
    public async Task RunAsync(CancellationToken ct)
    {
        foreach (var field in await db.CustomFields.AsNoTracking().Where(f => f.Active && f.Sortable).OrderBy(f => f.Id).ToListAsync(ct))
        {
            if (types.Find(field.Record) is { } type) await FieldIndexJob.EnsureAsync(settings, type, field.ToField(), ct);
        }
    }
}
