using System.Runtime.CompilerServices;
using Crm.Core;
using Npgsql;

namespace Crm.Data;

/// <summary>Reads lists by one statement each, without a context: what a list shows is not changed there, and rows of any columns need no class.</summary>
[BypassesSave("Reads only; its SQL is made of declarations and parameters.")]
public sealed class RecordReader(NpgsqlDataSource source, ConnectionSettings settings, IRecordTypes types, IEnumerable<IFieldOptions> options, ICurrentUser user, DateView dates, TimeProvider time) : IRecordReader
{
    private const int MaxSize = 500;

    /// <inheritdoc/>
    public async Task<RecordPage> PageAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        (var build, query, var columns) = await BuildAsync(type, query, ct);
        var sort = build.Sort(query.Sort);
        var size = Math.Clamp(query.Size, 1, MaxSize);
        var sql = new SqlText();
        var shape = Select(sql, type, columns, build.Keys(sort));
        build.Where(sql, query);
        // One more than is shown tells whether there is a next part.
        build.Page(sql, sort, query.Cursor, query.Backwards, size + 1);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = Command(connection, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(RecordRow Row, object Key, object Tie)>(size + 1);
        while (await reader.ReadAsync(ct)) rows.Add((Read(reader, shape), reader.GetValue(shape.Count), reader.GetValue(shape.Count + 1)));
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
        var sort = build.Sort(query.Sort);
        var shape = Select(sql, type, columns, null);
        build.Where(sql, query);
        build.Page(sql, sort, null, false, 0);
        // A million rows take longer than a page may: a session of its own, without the limit.
        await using var connection = await settings.OpenAloneAsync(ct);
        await using (var limits = new NpgsqlCommand("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0", connection)) await limits.ExecuteNonQueryAsync(ct);
        await using var command = Command(connection, sql);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess, ct);
        while (await reader.ReadAsync(ct)) yield return Read(reader, shape);
    }

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
        return (new(type, fields, user, dates, time.GetUtcNow()), query, columns);
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

    // Values stand in the row as: id, columns, [sub], [icon], [order key, tie].
    private static Shape Select(SqlText sql, IRecordType type, IReadOnlyList<ListField> columns, (string Key, string Tie)? keys)
    {
        sql.Add("select t.id");
        foreach (var column in columns) sql.Add(", ").Add(column.Sql);
        var main = columns.FirstOrDefault(c => c.Main);
        var at = columns.Count + 1;
        int? sub = null, icon = null;
        if (main?.SubSql is { } s)
        {
            sql.Add(", ").Add(s);
            sub = at++;
        }

        if (main?.IconSql is { } i)
        {
            sql.Add(", ").Add(i);
            icon = at++;
        }

        if (keys is var (key, tie)) sql.Add(", ").Add(key).Add(", ").Add(tie);
        sql.Add(" from ").Add(type.Table).Add(" t where ");
        return new(columns.Count, sub, icon, at);
    }

    private static RecordRow Read(NpgsqlDataReader reader, Shape shape)
    {
        var id = reader.GetGuid(0);
        var values = new object?[shape.Columns];
        for (var i = 0; i < values.Length; i++) values[i] = reader.IsDBNull(i + 1) ? null : reader.GetValue(i + 1);
        var sub = shape.Sub is { } s && !reader.IsDBNull(s) ? reader.GetString(s) : null;
        var icon = shape.Icon is { } n && !reader.IsDBNull(n) ? reader.GetString(n) : null;
        return new(id, values, sub, icon);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, SqlText sql)
    {
        var command = new NpgsqlCommand(sql.ToString(), connection);
        foreach (var value in sql.Parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private sealed record Shape(int Columns, int? Sub, int? Icon, int Count);
}
