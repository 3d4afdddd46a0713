using Crm.Core;

namespace Crm.Web;

/// <summary>What pages with lists need: records, their reader, choices, saved views.</summary>
public sealed class RecordLists(IRecordTypes types, IRecordReader reader, IEnumerable<IFieldOptions> options, ISavedViews views, ICurrentUser user)
{
    private readonly Dictionary<string, IFieldOptions> _options = options.ToDictionary(o => o.Source, StringComparer.Ordinal);

    /// <summary>Reads records.</summary>
    public IRecordReader Reader => reader;

    /// <summary>Saved views.</summary>
    public ISavedViews Views => views;

    /// <summary>The record that the user may see.</summary>
    /// <exception cref="NotFound">There is none of this key.</exception>
    /// <exception cref="Forbidden">He may not see it.</exception>
    public IRecordType Type(string key)
    {
        var type = types.Find(key) ?? throw new NotFound("record type", key);
        return user.Can(type.See) ? type : throw new Forbidden(type.See);
    }

    /// <summary>Its fields, as far as this user may see them.</summary>
    public ValueTask<IReadOnlyList<ListField>> FieldsAsync(IRecordType type, CancellationToken ct) => types.FieldsAsync(type, user, ct);

    /// <summary>What can be chosen for a field, in order; null where a searching drop-down is needed (<see cref="LookupUrl"/>).</summary>
    public async ValueTask<IReadOnlyList<FieldOption>?> ChoicesAsync(ListField field, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (field.Members is { } members) return [.. members.Select(m => new FieldOption(m.Value, Texts.Get(m.Title)))];
        if (field.Custom is { Options.Count: > 0 } custom) return [.. custom.Options.Select(o => new FieldOption(o.Value, o.Title, o.Color))];
        if (field.Options is not { } source) return null;
        var (from, argument) = Split(source);
        return await from.AllAsync(argument, ct);
    }

    /// <summary>JSON endpoint of the searching drop-down of a field with too many choices; null for others.</summary>
    public string? LookupUrl(ListField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (field.Options is not { } source) return null;
        var (from, argument) = Split(source);
        return from.LookupUrl(argument);
    }

    /// <summary>Titles of all values that stand in the rows, by column: one batch per source.</summary>
    public async Task<IReadOnlyDictionary<string, FieldOption>[]> TitlesAsync(IReadOnlyList<ListField> columns, IReadOnlyList<RecordRow> rows, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        var titles = new IReadOnlyDictionary<string, FieldOption>[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            var values = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (columns[i].Options is not null)
            {
                foreach (var row in rows)
                {
                    if (row.Values[i] is Guid[] many) foreach (var one in many) values.Add(one.ToString());
                    else if (row.Values[i] is { } value) values.Add(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
                }
            }

            titles[i] = await TitlesAsync(columns[i], values, ct);
        }

        return titles;
    }

    /// <summary>Titles of some values of a field.</summary>
    public async ValueTask<IReadOnlyDictionary<string, FieldOption>> TitlesAsync(ListField field, IReadOnlyCollection<string> values, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(values);
        if (field.Members is { } members) return members.ToDictionary(m => m.Value, m => new FieldOption(m.Value, Texts.Get(m.Title)), StringComparer.OrdinalIgnoreCase);
        if (field.Custom is { Options.Count: > 0 } custom) return custom.Options.ToDictionary(o => o.Value, o => new FieldOption(o.Value, o.Title, o.Color), StringComparer.OrdinalIgnoreCase);
        if (field.Options is not { } source || values.Count == 0) return System.Collections.Frozen.FrozenDictionary<string, FieldOption>.Empty;
        var (from, argument) = Split(source);
        return await from.FindAsync(argument, values, ct);
    }

    private (IFieldOptions Source, string Argument) Split(string options)
    {
        var slash = options.IndexOf('/', StringComparison.Ordinal);
        var (source, argument) = slash < 0 ? (options, "") : (options[..slash], options[(slash + 1)..]);
        return (_options.GetValueOrDefault(source) ?? throw new InvalidOperationException($"No source of choices is called {source}."), argument);
    }
}
