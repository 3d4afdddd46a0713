using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Crm.Core;
using Npgsql;

namespace Crm.Data;

/// <summary>Reads lists by one statement each, without a context: what a list shows is not changed there, and rows of any columns need no class.</summary>
[BypassesSave("Reads only; its SQL is made of declarations and parameters.")]
public sealed partial class RecordReader(NpgsqlDataSource source, ConnectionSettings settings, IRecordTypes types, IEnumerable<IFieldOptions> options, ICurrentUser user, DateView dates, TimeProvider time) : IRecordReader
{
    private const int MaxSize = 500;

    /// <inheritdoc/>
    public async Task<RecordPage> PageAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        (var build, query, var columns) = await BuildAsync(type, query, ct);
        var sort = build.Sort(query);
        var size = Math.Clamp(query.Size, 1, MaxSize);
        var sql = new SqlText();
        var shape = Select(sql, build, type, columns, build.Keys(sort), user, query.Whole);
        build.Where(sql, query);
        // One more than is shown tells whether there is a next part.
        build.Page(sql, sort, query.Cursor, query.Backwards, size + 1, query.Strict);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(RecordRow Row, object Key, object Tie)>(size + 1);
        while (await reader.ReadAsync(ct)) rows.Add((Read(reader, shape), reader.GetValue(shape.Keys), reader.GetValue(shape.Keys + 1)));
        var more = rows.Count > size;
        if (more) rows.RemoveAt(size);
        if (query.Backwards) rows.Reverse();
        string? next = null, previous = null;
        if (rows.Count > 0)
        {
            if (query.Backwards || more) next = ListSql.Cursor(sort, rows[^1].Key, rows[^1].Tie);
            if (query.Backwards ? more : !string.IsNullOrEmpty(query.Cursor)) previous = ListSql.Cursor(sort, rows[0].Key, rows[0].Tie);
        }

        return new(columns, [.. rows.Select(r => r.Row)], sort, next, previous);
    }

    /// <inheritdoc/>
    public async Task<long> CountAsync(IRecordType type, RecordQuery query, long limit, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        (var build, query, _) = await BuildAsync(type, query, ct);
        var sql = new SqlText().Add("select count(*) from (select 1 from ").Add(type.Table).Add(" t where ");
        build.Where(sql, query);
        sql.Add(" limit ").Value(limit).Add(") x");
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordRow> AllAsync(IRecordType type, RecordQuery query, [EnumeratorCancellation] CancellationToken ct)
    {
        (var build, query, var columns) = await BuildAsync(type, query, ct);
        var sql = new SqlText();
        var sort = build.Sort(query);
        var shape = Select(sql, build, type, columns, null, user, true);
        build.Where(sql, query);
        build.Page(sql, sort, null, false, 0);
        // A million rows take longer than a page may: a session of its own, without limits.
        await using var connection = await settings.OpenPatientAsync(ct);
        await using var command = Command(connection, sql);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess, ct);
        while (await reader.ReadAsync(ct)) yield return Read(reader, shape);
    }

    /// <inheritdoc/>
    public async Task<(string Sql, object[] Parameters)> RowsAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        (var build, query, _) = await BuildAsync(type, query, ct);
        var sql = new SqlText().Add("select t.* from ").Add(type.Table).Add(" t where ");
        build.Where(sql, query);
        // What reads it takes braces for places of parameters; ours are numbered from one.
        return (Place().Replace(sql.ToString().Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal), m => "{" + (int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture) + "}"), [.. sql.Parameters]);
    }

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Place();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> IdsAsync(IRecordType type, RecordQuery query, Guid? after, int take, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        (var build, query, _) = await BuildAsync(type, query, ct);
        var sql = new SqlText().Add("select t.id from ").Add(type.Table).Add(" t where ");
        build.Where(sql, query);
        if (after is { } id) sql.Add(" and t.id > ").Value(id);
        sql.Add(" order by t.id limit ").Value(take);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql);
        command.CommandTimeout = 300;
        var ids = new List<Guid>(Math.Min(take, 1000));
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    private async ValueTask<(ListSql Build, RecordQuery Query, IReadOnlyList<ListField> Columns)> BuildAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var fields = await types.FieldsAsync(type, user, ct);
        // A column that went away since a view was saved is left out; a filter that names it is refused, for it would show what was not asked for.
        var columns = new List<ListField>(query.Columns.Count);
        foreach (var key in query.Columns)
        {
            if (fields.FirstOrDefault(f => f.Key == key && f.Listed) is { } field && !columns.Contains(field)) columns.Add(field);
        }

        if (query.Filter is { } filter && fields.Any(f => f.IsTree)) query = query with { Filter = new((FilterGroup)await WithAllUnderAsync(filter.Root, fields, ct)) };
        return (new(type, fields, types, user, dates, time.GetUtcNow()), query, columns);
    }

    private async ValueTask<FilterItem> WithAllUnderAsync(FilterItem item, IReadOnlyList<ListField> fields, CancellationToken ct)
    {
        if (item is FilterGroup group)
        {
            var items = new List<FilterItem>(group.Items.Count);
            foreach (var inner in group.Items) items.Add(await WithAllUnderAsync(inner, fields, ct));
            return group with { Items = items };
        }

        var condition = (FilterCondition)item;
        if (condition.Operator is not ("is" or "not") || fields.FirstOrDefault(f => f.Key == condition.Field) is not { IsTree: true, OptionSource: var (source, argument) }) return item;
        return condition with { Values = [.. await options.First(o => o.Source == source).WithAllUnderAsync(argument, condition.Values, ct)] };
    }

    // In the order of the row, which a reader that streams goes through once: id, columns each with what stands beside it, then on pages what rows show besides, order key and tie.
    private static Shape Select(SqlText sql, ListSql build, IRecordType type, IReadOnlyList<ListField> columns, (string Key, string Tie)? keys, ICurrentUser user, bool whole)
    {
        var shape = new Shape { Columns = new (int, int?)[columns.Count] };
        var at = 1;
        sql.Add("select t.id");
        int Read(string declared)
        {
            // Parameters take their numbers before the text around them is joined.
            var text = build.Put(sql, declared);
            sql.Add(", ").Add(text);
            return at++;
        }

        for (var i = 0; i < columns.Count; i++)
        {
            var column = columns[i];
            var value = Read(whole ? column.Sql : column.ShortSql ?? column.Sql);
            shape.Columns[i] = (value, (build.Name(sql, column) ?? (keys is null ? null : column.MarkSql)) is { } note ? Read(note) : null);
            shape.HasNotes |= shape.Columns[i].Note is not null;
        }

        if (columns.FirstOrDefault(c => c.Main) is { } main)
        {
            if (main.SubSql is { } sub && (main.SubOf is not { } told || build.Field(told) is not null)) shape.Sub = Read(sub);
            if (main.IconSql is { } icon && keys is not null) shape.Icon = Read(icon);
        }

        if (keys is var (key, tie))
        {
            if (type.Above is { } above && above.IsShownTo(user, type.Key)) shape.Above = Read(above.Sql);
            shape.Verbs = [.. type.Verbs.Where(v => v.RowSql is not null && user.Can(v.Permission)).Select(v => Read(v.RowSql!))];
            shape.Keys = Read(key);
            Read(tie);
        }

        sql.Add(" from ").Add(type.Table).Add(" t where ");
        return shape;
    }

    private static RecordRow Read(NpgsqlDataReader reader, Shape shape)
    {
        var id = reader.GetGuid(0);
        var values = new object?[shape.Columns.Length];
        var notes = shape.HasNotes ? new string?[values.Length] : null;
        for (var i = 0; i < values.Length; i++)
        {
            var (value, note) = shape.Columns[i];
            values[i] = reader.IsDBNull(value) ? null : reader.GetValue(value);
            if (note is { } n) notes![i] = reader.IsDBNull(n) ? null : reader.GetString(n);
        }

        var sub = shape.Sub is { } s && !reader.IsDBNull(s) ? reader.GetString(s) : null;
        var icon = shape.Icon is { } c && !reader.IsDBNull(c) ? reader.GetString(c) : null;
        return new(id, values, sub, icon)
        {
            Notes = notes,
            Above = shape.Above is { } above && !reader.IsDBNull(above) ? reader.GetGuid(above) : null,
            Verbs = shape.Verbs.Length == 0 ? null : [.. shape.Verbs.Select(v => !reader.IsDBNull(v) && reader.GetBoolean(v))],
        };
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, SqlText sql)
    {
        var command = new NpgsqlCommand(sql.ToString(), connection);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    // Where in a row things stand.
    private sealed class Shape
    {
        public required (int Value, int? Note)[] Columns { get; init; }

        public bool HasNotes { get; set; }

        public int? Sub { get; set; }

        public int? Icon { get; set; }

        public int? Above { get; set; }

        public int[] Verbs { get; set; } = [];

        public int Keys { get; set; }
    }
}
