using Dapper;
using Npgsql;

namespace Crm.Data;

/// <summary>A table as an archive needs it; names are quoted for statements.</summary>
internal sealed record CatalogTable(string Name, string Sql, string Oid, string[] Columns, string ColumnsSql, string OrderSql);

/// <summary>
/// What belongs into an archive, asked of the database itself: all tables and sequences in the schemas of the modules, whoever made them. Left out are the history of migrations (an archive is taken in only where it is the
/// same) and the schema of the scheduler, which every host writes anew when it starts.
/// </summary>
internal static class ArchiveCatalog
{
    /// <summary>Makes values look the same in every session.</summary>
    public const string PlainValues = "set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set bytea_output = 'hex'; set client_encoding = 'UTF8'";

    /// <summary>The modules' schemas, and that of the plumbing.</summary>
    public static string[] Schemas(IEnumerable<ModuleDbRegistration> contexts) => [.. contexts.Select(c => c.Schema).Append(PlumbingModel.Schema).Distinct().Order(StringComparer.Ordinal)];

    public static async Task<IReadOnlyList<CatalogTable>> TablesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken ct)
    {
        // Names in their own order, not in that of the database's language: a server elsewhere sorts otherwise, and the same data must give the same archive.
        var rows = await connection.QueryAsync<(string Name, string Sql, string Oid, string[] Columns, string[] Quoted, string[]? Key)>(new CommandDefinition("""
            select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.oid::text,
              array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attname),
              array(select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attname),
              (select array_agg('t.' || quote_ident(a.attname) || case when a.attcollation <> 0 then ' collate "C"' else '' end order by k.place)
                from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k (att, place) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.att
                where i.indrelid = c.oid and i.indisprimary)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = any(@schemas) and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migrations'
            order by n.nspname, c.relname
            """, new { schemas }, cancellationToken: ct));
        return [.. rows.Select(r => new CatalogTable(r.Name, r.Sql, r.Oid, r.Columns, string.Join(", ", r.Quoted), string.Join(", ", r.Key ?? ["t::text collate \"C\""])))];
    }

    /// <summary>Sequences, each with a statement that asks for the number that comes next.</summary>
    public static async Task<IReadOnlyList<(string Name, string Sql, long Next)>> SequencesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken ct)
    {
        var found = (await connection.QueryAsync<(string Name, string Sql, long Step)>(new CommandDefinition("""
            select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), s.seqincrement
            from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = any(@schemas) order by n.nspname, c.relname
            """, new { schemas }, cancellationToken: ct))).AsList();
        var sequences = new List<(string, string, long)>();
        foreach (var (name, sql, step) in found)
        {
            var next = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"select case when is_called then last_value + @step else last_value end from {sql}", new { step }, cancellationToken: ct));
            sequences.Add((name, sql, next));
        }

        return sequences;
    }

    /// <summary>
    /// What slows a load down or does things of its own while rows come in: statements that put it aside, and those that bring it back as it was. Foreign keys are checked when they come back, over everything at once, so
    /// that tables may come in any order and a row may lead to one of its own table.
    /// </summary>
    public static async Task<(IReadOnlyList<string> Aside, IReadOnlyList<string> Back)> BurdensAsync(NpgsqlConnection connection, string[] schemas, CancellationToken ct)
    {
        List<string> aside = [], back = [];
        var rows = await connection.QueryAsync<(string Aside, string Back)>(new CommandDefinition("""
            select aside, back from (
              select 1 as place, format('alter table %s disable trigger user', c.oid::regclass) as aside, format('alter table %s enable trigger user', c.oid::regclass) as back, c.relname::text as name
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = any(@schemas) and exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal)
              union all
              select 2, format('alter table %s drop constraint %I', k.conrelid::regclass, k.conname), format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)), k.conname::text
              from pg_constraint k join pg_namespace n on n.oid = k.connamespace
              where n.nspname = any(@schemas) and k.contype = 'f' and k.conparentid = 0
              union all
              select 3, format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text
              from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = any(@schemas) and i.indisvalid and not c.relispartition and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
            ) b order by place, name
            """, new { schemas }, cancellationToken: ct));
        foreach (var row in rows)
        {
            aside.Add(row.Aside);
            // The last that went is the first to come back: keys need the indexes.
            back.Insert(0, row.Back);
        }

        return (aside, back);
    }
}
