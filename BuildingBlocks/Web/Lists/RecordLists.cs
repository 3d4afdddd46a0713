using Crm.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Crm.Web;

/// <summary>What pages with lists need: records, their reader, choices, saved views.</summary>
public sealed class RecordLists(IRecordTypes types, IRecordReader reader, IEnumerable<IFieldOptions> options, ISavedViews views, ISoundSearch sound, ICurrentUser user)
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

    /// <summary>What a list shows under an address, from its first row: for files, bulk work and pages that take over the list's rows.</summary>
    /// <exception cref="InvalidInput">Its conditions can't be read: beside the list itself nobody would see that one fell away.</exception>
    public async Task<RecordQuery> QueryAsync(IRecordType type, Func<string, StringValues> address, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        var (saved, layout) = await views.OfAsync(type.Key, ct);
        var read = RecordQueries.Read(type, await FieldsAsync(type, ct), address, saved, layout);
        if (read.Problem is { } problem) throw problem;
        // What the list shows as «found as» is meant here too.
        return await MeantAsync(type, read.Query with { Cursor = null, Backwards = false }, ct);
    }

    /// <summary>The question itself, or what a search that finds nothing may have meant: lists, drop-downs and files understand the same.</summary>
    public async Task<RecordQuery> MeantAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Search is not null && await reader.CountAsync(type, query, 1, ct) == 0 && await OtherwiseAsync(type, query, ct) is var (other, _) ? other : query;
    }

    /// <summary>What else a search that found nothing may have meant: the same keys of the other keyboard, a Persian name in Latin letters. Null where that finds nothing either.</summary>
    public async Task<(RecordQuery Query, string As)?> OtherwiseAsync(IRecordType type, RecordQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(query);
        if (query.Search is not { Length: >= 2 and <= 100 } text || text.Any(char.IsDigit)) return null;
        foreach (var reading in KeyboardLayout.Readings(text))
        {
            var other = query with { Search = reading };
            if (await reader.CountAsync(type, other, 1, ct) > 0) return (other, reading);
        }

        if (type.SoundOf is not { } named) return null;
        var (ids, found) = await sound.FindAsync(named, text, ct);
        if (ids.Count == 0) return null;
        var sounds = query with { Search = null, Named = ids };
        return await reader.CountAsync(type, sounds, 1, ct) > 0 ? (sounds, found ?? text) : null;
    }

    /// <summary>The same for a query string.</summary>
    /// <exception cref="InvalidInput">Its conditions can't be read.</exception>
    public Task<RecordQuery> QueryAsync(IRecordType type, string query, CancellationToken ct)
    {
        var values = QueryHelpers.ParseQuery(query);
        return QueryAsync(type, name => values.TryGetValue(name, out var found) ? found : default, ct);
    }

    /// <summary>What can be chosen for a field, in order; null where a searching drop-down is needed (<see cref="LookupUrl"/>).</summary>
    public async ValueTask<IReadOnlyList<FieldOption>?> ChoicesAsync(ListField field, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (field.Members is { } members) return [.. members.Select(m => Member(field, m))];
        if (field.Custom is { Options.Count: > 0 } custom) return [.. custom.Options.Select(o => new FieldOption(o.Value, o.Title, o.Color))];
        return Source(field) is var (from, argument) ? await from.AllAsync(argument, ct) : null;
    }

    /// <summary>JSON endpoint of the searching drop-down of a field with too many choices; null for others.</summary>
    public string? LookupUrl(ListField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return Source(field) is var (from, argument) ? from.LookupUrl(argument) : null;
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
            // A name that came with the row needs no question.
            if (columns[i] is { Options: not null, NameOf: null })
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
        if (field.Members is { } members) return members.ToDictionary(m => m.Value, m => Member(field, m), StringComparer.OrdinalIgnoreCase);
        if (field.Custom is { Options.Count: > 0 } custom) return custom.Options.ToDictionary(o => o.Value, o => new FieldOption(o.Value, o.Title, o.Color), StringComparer.OrdinalIgnoreCase);
        return values.Count > 0 && Source(field) is var (from, argument) ? await from.FindAsync(argument, values, ct) : System.Collections.Frozen.FrozenDictionary<string, FieldOption>.Empty;
    }

    /// <summary>What records are called that a custom field links to, as far as this user sees them.</summary>
    public ValueTask<IReadOnlyDictionary<string, FieldOption>> LinkedAsync(CustomField field, IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(field);
        return TitlesAsync(new("custom." + field.Key, field.Persian, field.Kind, FieldStore.Text, "") { Options = "records/" + field.LinksTo }, ids, ct);
    }

    private static FieldOption Member(ListField field, (string Value, string Title) member) => new(member.Value, Texts.Get(member.Title), field.Colors?.GetValueOrDefault(member.Value));

    private (IFieldOptions From, string Argument)? Source(ListField field) => field.OptionSource is var (source, argument)
        ? (_options.GetValueOrDefault(source) ?? throw new InvalidOperationException($"No source of choices is called {source}."), argument)
        : null;
}
