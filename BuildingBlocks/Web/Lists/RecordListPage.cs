using Crm.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Crm.Web;

/// <summary>A narrowing that is on, as a chip with the address that takes it off.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Url">Where the list is without it.</param>
public sealed record FilterChip(string Text, string Url);

/// <summary>
/// A list of a declared record: search, conditions, saved views, columns, order and pages. The state of the list is its address. The view is the partial
/// <c>_RecordList</c>; a module's page says which record and adds its actions.
/// </summary>
public abstract class RecordListPage(RecordLists lists) : PageBase
{
    /// <summary>Key of the record.</summary>
    protected abstract string Record { get; }

    /// <summary>The record.</summary>
    public IRecordType Type { get; private set; } = null!;

    /// <summary>All fields that the user may see.</summary>
    public IReadOnlyList<ListField> Fields { get; private set; } = [];

    /// <summary>The rows.</summary>
    public RecordPage List { get; private set; } = null!;

    /// <summary>Titles of the values in the rows, by column.</summary>
    public IReadOnlyDictionary<string, FieldOption>[] Titles { get; private set; } = [];

    /// <summary>Text of the search box.</summary>
    public string? Q { get; private set; }

    /// <summary>The conditions that were built, as they stand in the address.</summary>
    public string? FilterText { get; private set; }

    /// <summary>What was wrong with the filter of the address; the list is shown without it.</summary>
    public string? FilterProblem { get; private set; }

    /// <summary>Simple conditions of the address: field and values.</summary>
    public IReadOnlyList<(ListField Field, string[] Values)> Quick { get; private set; } = [];

    /// <summary>Choices of the filter panel's fields; empty while the panel is closed.</summary>
    public IReadOnlyList<(ListField Field, IReadOnlyList<FieldOption> Choices)> QuickChoices { get; private set; } = [];

    /// <summary>What is asked for, for bulk work and exports on the same rows.</summary>
    public RecordQuery Query { get; private set; } = new();

    /// <summary>Rows of a page.</summary>
    public int Size { get; private set; } = 50;

    /// <summary>Sizes to choose from.</summary>
    public IReadOnlyList<int> Sizes => RecordQueries.Sizes;

    /// <summary>How many there are, where that is known or was asked for.</summary>
    public long? Total { get; private set; }

    /// <summary>Saved views.</summary>
    public IReadOnlyList<SavedView> Views { get; private set; } = [];

    /// <summary>The view that is open.</summary>
    public SavedView? View { get; private set; }

    /// <summary>Which panel is open: <c>filter</c>, <c>columns</c> or none.</summary>
    public string Panel { get; private set; } = "";

    /// <summary>Chips of what narrows the list.</summary>
    public IReadOnlyList<FilterChip> Chips { get; private set; } = [];

    /// <summary>What the text of the search box was read as, where nothing is called as it was typed.</summary>
    public string? FoundAs { get; private set; }

    /// <summary>First day of the period, as typed.</summary>
    public string? From { get; private set; }

    /// <summary>Last day of the period, as typed.</summary>
    public string? To { get; private set; }

    /// <summary>Numbers beside options of the choices over the list, by parameter and key with a dot between.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; protected set; } = new Dictionary<string, int>();

    /// <summary>Whether anything narrows it.</summary>
    public bool Narrowed => Query.Filter is not null || Query.Search is not null || FilterProblem is not null || Type.Choices.Any(c => Query.Choices.GetValueOrDefault(c.Parameter) is { } key && key != c.Usual);

    /// <summary>What the user may do to rows besides changing fields.</summary>
    public IReadOnlyList<RecordVerb> Verbs { get; private set; } = [];

    /// <summary>Whether rows can be chosen: there is something to do with them.</summary>
    public bool CanChoose => CanChange || CanDelete || CanExport || Verbs.Count > 0 || Type.BulkActions.Any(b => Me.Can(b.Permission));

    /// <summary>Entries in the menu of a row.</summary>
    public IReadOnlyList<RecordAction> Actions => [.. Type.Actions.Where(a => a.Permission is null || Me.Can(a.Permission))];

    /// <summary>Whether rows have a menu.</summary>
    public bool HasMenu => Actions.Count > 0 || Verbs.Count > 0 || (Type.Above is { } above && above.IsShownTo(Me, Type.Key));

    /// <summary>The choices over the list that are offered, with the options for this user.</summary>
    public IEnumerable<(RecordChoice Choice, IReadOnlyList<RecordChoiceOption> Options, string? On)> OfferedChoices => Type.Choices.Where(c => c.Offered)
        .Select(c => (c, (IReadOnlyList<RecordChoiceOption>)[.. c.Options.Where(o => o.Permission is not { } p || Me.Can(p))], Query.Choices.GetValueOrDefault(c.Parameter)));

    /// <summary>Whether the user may change rows here.</summary>
    public bool CanChange => Type.Change is { } p && Me.Can(p);

    /// <summary>Whether the user may delete rows here.</summary>
    public bool CanDelete => Type.Delete is { } p && Me.Can(p);

    /// <summary>Whether the user may take the list out.</summary>
    public bool CanExport => Type.Export is not { } p || Me.Can(p);

    /// <summary>Shows the list.</summary>
    public virtual async Task OnGetAsync(CancellationToken ct)
    {
        Type = lists.Type(Record);
        Verbs = [.. Type.Verbs.Where(v => Me.Can(v.Permission))];
        Fields = await lists.FieldsAsync(Type, ct);
        (Views, var layout) = await lists.Views.OfAsync(Type.Key, ct);
        var address = RecordQueries.Read(Type, Fields, name => Request.Query[name], Views, layout);
        (Query, Quick, FilterText, View) = (address.Query, address.Quick, address.FilterText, address.View);
        (Q, Size, Panel) = (Query.Search, Query.Size, Request.Query["panel"].ToString());
        (From, To) = (address.From, address.To);
        if (address.Problem is { } problem) FilterProblem = T.Get(problem.Fields[0].Message, problem.Fields[0].Args);
        try
        {
            List = await lists.Reader.PageAsync(Type, Query, ct);
        }
        catch (InvalidInput e)
        {
            // A condition of an old view, or one somebody wrote by hand: said where it happened, and the list stands without it.
            FilterProblem = T.Get(e.Fields[0].Message, e.Fields[0].Args);
            Query = Query with { Filter = null };
            List = await lists.Reader.PageAsync(Type, Query, ct);
        }

        // A part further on may be empty because rows went away meanwhile: what counts is whether the search finds anything at all.
        if (List.Rows.Count == 0 && Query.Search is not null && (Query.Cursor is null or "" || await lists.Reader.CountAsync(Type, Query, 1, ct) == 0) && await lists.OtherwiseAsync(Type, Query, ct) is var (other, found))
        {
            (Query, FoundAs) = (other, found);
            List = await lists.Reader.PageAsync(Type, Query, ct);
        }

        Titles = await lists.TitlesAsync(List.Columns, List.Rows, ct);
        if (List.Next is null && List.Previous is null) Total = List.Rows.Count;
        else if (Request.Query["count"] == "exact") Total = await lists.Reader.CountAsync(Type, Query, long.MaxValue, ct);
        Chips = await ChipsAsync(ct);
        if (Panel == "filter") QuickChoices = await QuickChoicesAsync(ct);
    }

    /// <summary>Columns that are shown and those that are not, for the chooser.</summary>
    public IEnumerable<(ListField Field, bool On)> ColumnChoices() =>
        List.Columns.Select(c => (c, true)).Concat(Fields.Where(f => f.Listed && !List.Columns.Contains(f)).Select(f => (f, false)));

    /// <summary>Address of this list with one thing changed; back at its first part.</summary>
    public string With(string name, string? value) => Address(name, value is null ? [] : [value]);

    /// <summary>Query of this list for bulk work and exports: everything that narrows and orders it.</summary>
    public string SameRows() => string.Join('&', State().Where(p => p.Key is not ("after" or "before" or "count" or "panel")).SelectMany(p => p.Value.Select(v => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(v!)}")));

    /// <summary><c>ascending</c>, <c>descending</c> or null.</summary>
    public string? SortedBy(ListField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return List.Sort == field.Key ? "ascending" : List.Sort == "-" + field.Key ? "descending" : null;
    }

    /// <summary>The field in whose order only records are shown that have a value of it; null in other orders.</summary>
    public ListField? OnlyValued => Fields.FirstOrDefault(f => f.SortWhere is not null && SortedBy(f) is not null);

    /// <summary>A click sorts; the next one turns it round. Numbers and days begin with the greatest.</summary>
    public string SortUrl(ListField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var downFirst = field.Kind is FieldType.Number or FieldType.Money or FieldType.Date or FieldType.Moment or FieldType.Formula;
        return With("sort", SortedBy(field) switch { "ascending" => "-" + field.Key, "descending" => field.Key, _ => downFirst ? "-" + field.Key : field.Key });
    }

    /// <summary>The present state of the address but for the parts: hidden fields of the search form.</summary>
    public IEnumerable<KeyValuePair<string, string>> Carried(params string[] without) =>
        State().Where(p => p.Key is not ("after" or "before" or "count" or "panel" or "q") && !without.Contains(p.Key)).SelectMany(p => p.Value.Select(v => KeyValuePair.Create(p.Key, v!)));

    private Dictionary<string, StringValues> State()
    {
        var state = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, values) in Request.Query)
        {
            if (values.ToString().Length > 0 || Keeps(key)) state[key] = values;
        }

        return state;
    }

    // What the open view keeps is taken off by an empty parameter: without one the view would bring it back.
    private bool Keeps(string name) => View is not null && QueryHelpers.ParseQuery(View.Query).Keys.Contains(name, StringComparer.OrdinalIgnoreCase);

    private string Address(string name, IReadOnlyList<string> values, string? without = null)
    {
        if (values.Count == 0 && Keeps(name)) values = [""];
        var query = new List<string>();
        foreach (var (key, present) in State())
        {
            if (key is "after" or "before" or "count" or "panel" || string.Equals(key, name, StringComparison.OrdinalIgnoreCase) || string.Equals(key, without, StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var v in present) query.Add($"{Uri.EscapeDataString(key)}={Uri.EscapeDataString(v!)}");
        }

        foreach (var value in values) query.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
        return query.Count == 0 ? Type.Url : Type.Url + "?" + string.Join('&', query);
    }

    private async Task<IReadOnlyList<(ListField, IReadOnlyList<FieldOption>)>> QuickChoicesAsync(CancellationToken ct)
    {
        var all = new List<(ListField, IReadOnlyList<FieldOption>)>();
        foreach (var field in Fields.Where(f => f.Quick))
        {
            if (await lists.ChoicesAsync(field, ct) is not { Count: > 0 } choices) continue;
            var chosen = Quick.FirstOrDefault(q => q.Field == field).Values ?? [];
            all.Add((field, [.. choices.Where(c => c.Active || chosen.Contains(c.Value))]));
        }

        return all;
    }

    private async Task<IReadOnlyList<FilterChip>> ChipsAsync(CancellationToken ct)
    {
        var chips = new List<FilterChip>();
        foreach (var (field, values) in Quick)
            chips.Add(new(await WordsAsync(RecordQueries.Condition(field, values), ct), With(field.Key, null)));
        foreach (var choice in Type.Choices.Where(c => !c.Offered))
        {
            if (Query.Choices.TryGetValue(choice.Parameter, out var key) && choice.Options.FirstOrDefault(o => o.Key == key) is { } option) chips.Add(new($"{T[choice.Title]}: {T[option.Title]}", With(choice.Parameter, null)));
        }

        if (FilterProblem is null && Type.Period is { } period)
        {
            if (From is not null) chips.Add(new(await WordsAsync(new FilterCondition(period, "since", [From]), ct), With("from", null)));
            if (To is not null) chips.Add(new(await WordsAsync(new FilterCondition(period, "until", [To]), ct), With("to", null)));
        }

        if (FilterProblem is null && RecordFilter.Parse(FilterText) is { } built)
        {
            var root = built.Root;
            if (root.Any && root.Items.Count > 1)
            {
                chips.Add(new(await WordsAsync(root, ct), With("filter", null)));
            }
            else
            {
                for (var i = 0; i < root.Items.Count; i++)
                {
                    FilterItem[] rest = [.. root.Items.Where((_, at) => at != i)];
                    chips.Add(new(await WordsAsync(root.Items[i], ct), With("filter", rest.Length == 0 ? null : new RecordFilter(new FilterGroup(false, rest)).ToString())));
                }
            }
        }

        return chips;
    }

    /// <summary>A condition as people say it.</summary>
    private async Task<string> WordsAsync(FilterItem item, CancellationToken ct)
    {
        if (item is FilterGroup group)
        {
            var words = new List<string>();
            foreach (var part in group.Items) words.Add(part is FilterGroup { Items.Count: > 1 } ? $"({await WordsAsync(part, ct)})" : await WordsAsync(part, ct));
            return string.Join(" " + T[group.Any ? "or" : "and"] + " ", words);
        }

        var condition = (FilterCondition)item;
        if (Fields.FirstOrDefault(f => f.Key == condition.Field) is not { } field) return condition.Field;
        var titles = await lists.TitlesAsync(field, condition.Values, ct);
        // A day is kept as it was given: whoever has the other calendar reads it in his own.
        var isDay = field.Kind is FieldType.Date or FieldType.Moment && condition.Operator is not ("past" or "next" or "older");
        var values = condition.Values.Select(v => v == "me" ? T["me"].ToString() : titles.GetValueOrDefault(v)?.Text ?? (isDay && Calendars.TryParse(v, Dates.Calendar, out var day) ? Dates.Day(day) : PersianText.Digits(v)));
        var operation = condition.Operator;
        if (operation is "past" or "next" or "older") return $"{field.Text}: {T[FilterOperators.Title(operation)].ToString().Replace("…", values.First(), StringComparison.Ordinal)}";
        var list = string.Join(T[operation == "between" ? "range dash" : "List comma"], values);
        return operation == "is" ? $"{field.Text}: {list}" : $"{field.Text} {T[FilterOperators.Title(operation)]} {list}".TrimEnd();
    }
}
