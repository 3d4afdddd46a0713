using Crm.Core;

namespace Crm.Data;

/// <summary>The declared records and, behind their own fields, those that administrators added.</summary>
public sealed class ListedRecords(IEnumerable<IRecordType> types, ICustomFields custom) : IRecordTypes
{
    private readonly IRecordType[] _all = [.. types.OrderBy(t => t.Key, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IReadOnlyList<IRecordType> All => _all;

    /// <inheritdoc/>
    public IRecordType? Find(string key) => Array.Find(_all, t => t.Key == key);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ListField>> FieldsAsync(IRecordType type, ICurrentUser user, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(user);
        var own = type.Fields.Any(f => f.Permission is { } p && !user.Can(p)) ? [.. type.Fields.Where(f => f.Permission is not { } p || user.Can(p))] : type.Fields;
        // Fields that the user's roles hide are not there for him: no column, no condition, nothing in a file; those they only show can't be changed.
        if (user.Access is { HiddenFields.Count: > 0 } or { ReadOnlyFields.Count: > 0 })
            own = [.. own.Where(f => !user.Hides(f.RightOf ?? type.Key, f.Right) && !f.Tells.Any(t => user.Access.HiddenFields.Contains(t))).Select(f => f.Editable && user.ReadOnly(f.RightOf ?? type.Key, f.Right) ? f with { Editable = false } : f)];
        if (!type.HasCustomFields) return own;
        var added = await custom.OfAsync(type.Key, ct);
        return added.Count == 0 ? own : [.. own, .. added.Where(f => f.IsSeenBy(user)).Select(f => f.IsChangedBy(user) ? Of(f) : Of(f) with { Editable = false })];
    }

    /// <summary>Whether lists can be sorted by such a field.</summary>
    public static bool CanSort(FieldType kind) => kind is not (FieldType.Choices or FieldType.Record or FieldType.LongText or FieldType.File);

    /// <summary>A custom field as a field of its record. The key is checked where it is defined (a–z, digits, underscores), so that it can stand in SQL.</summary>
    public static ListField Of(CustomField f)
    {
        ArgumentNullException.ThrowIfNull(f);
        if (!f.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')) throw new InvalidOperationException($"The custom field {f.Key} has a key that can't be used.");
        var text = $"(t.custom->>'{f.Key}')";
        var (store, sql, sort) = f.Kind switch
        {
            FieldType.Number or FieldType.Money or FieldType.Formula => (FieldStore.Decimal, $"{text}::numeric", $"coalesce({text}::numeric, -1e18)"),
            // Days and moments stand there as programs write them, which order like texts; a cast of them could not stand in an index.
            FieldType.Date => (FieldStore.Date, $"{text}::date", $"coalesce({text}, '')"),
            FieldType.Moment => (FieldStore.Moment, $"{text}::timestamptz", $"coalesce({text}, '')"),
            FieldType.YesNo => (FieldStore.Bool, $"{text}::boolean", $"coalesce({text}::boolean, false)"),
            FieldType.File => (FieldStore.Text, $"(t.custom->'{f.Key}'->>'name')", $"coalesce(t.custom->'{f.Key}'->>'name', '')"),
            FieldType.Choices => (FieldStore.JsonArray, $"(t.custom->'{f.Key}')", text),
            FieldType.Record => (FieldStore.Uuid, $"{text}::uuid", text),
            _ => (FieldStore.Text, text, $"coalesce({text}, '')"),
        };
        return new("custom." + f.Key, f.Persian, f.Kind, store, sql)
        {
            Custom = f,
            Options = f.Kind == FieldType.Record ? "records/" + f.LinksTo : null,
            Shown = f.InList,
            Sortable = f.Sortable && CanSort(f.Kind),
            Indexed = f.Sortable && CanSort(f.Kind),
            SortSql = sort,
            SortStore = f.Kind is FieldType.Date or FieldType.Moment ? FieldStore.Text : null,
            Editable = f.Kind is not (FieldType.Formula or FieldType.File),
        };
    }
}
