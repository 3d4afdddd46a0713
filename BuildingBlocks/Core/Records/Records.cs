using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Core;

/// <summary>
/// A main record as lists, filters, exports, bulk changes and saved views know it: declared once by its module, found by the scan. The engine reads its table by
/// SQL that is made of these declarations alone; what people type becomes parameters.
/// </summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IRecordType
{
    /// <summary>The API's name of it, also in addresses: <c>contacts</c>.</summary>
    string Key { get; }

    /// <summary>Many of it (translation key): «Contacts».</summary>
    string Title { get; }

    /// <summary>How many (translation key with {0}): «{0} contacts».</summary>
    string Count { get; }

    /// <summary>Path of its list; a record is <c>Url/id</c>.</summary>
    string Url { get; }

    /// <summary>Its entity, whose mark says what a user's scope reaches.</summary>
    Type Entity { get; }

    /// <summary>What the empty list says belongs here (translation key).</summary>
    string Purpose { get; }

    /// <summary>Words of the search box (translation key); null where there is none.</summary>
    string? SearchHint => null;

    /// <summary>The same for one user, as translated words: it names nothing that is hidden from him.</summary>
    string? SearchHintFor(ICurrentUser user) => SearchHint is { } hint ? Texts.Get(hint) : null;

    /// <summary>Path of the form that adds one; null where there is none.</summary>
    string? AddUrl => null;

    /// <summary>Permission to add one.</summary>
    string? AddPermission => null;

    /// <summary>Words of the link that adds one (translation key).</summary>
    string AddText => "Add";

    /// <summary>Icon of the empty list.</summary>
    string Icon => "list";

    /// <summary>Table with its schema, <c>contacts.contacts</c>; its alias is <c>t</c>. It has <c>id uuid</c>.</summary>
    string Table { get; }

    /// <summary>Permission to see it.</summary>
    string See { get; }

    /// <summary>Permission to change it; null where lists change nothing.</summary>
    string? Change => null;

    /// <summary>Permission to delete it; null where lists delete nothing.</summary>
    string? Delete => null;

    /// <summary>Permission to take a list out; null for who sees it.</summary>
    string? Export => null;

    /// <summary>The rows have <c>branch_id</c>.</summary>
    bool HasBranch => true;

    /// <summary>The rows have <c>deleted_at</c>.</summary>
    bool HasBin => true;

    /// <summary>The rows have <c>custom jsonb</c>.</summary>
    bool HasCustomFields => false;

    /// <summary>Its fields, in the order of the column chooser.</summary>
    IReadOnlyList<ListField> Fields { get; }

    /// <summary>The field whose values never repeat: the second key of every order.</summary>
    string Tie => "number";

    /// <summary>The usual order: a field's key, with a minus for downwards.</summary>
    string Sort => "-number";

    /// <summary>Actions in the menu of a row.</summary>
    IReadOnlyList<RecordAction> Actions => [];

    /// <summary>Actions on chosen rows besides changing, deleting and taking out.</summary>
    IReadOnlyList<RecordBulkAction> BulkActions => [];

    /// <summary>What can be done to rows besides setting a field: done, cancelled, tried again.</summary>
    IReadOnlyList<RecordVerb> Verbs => [];

    /// <summary>Rows of choices over the list, one of each holds: whose, in which state.</summary>
    IReadOnlyList<RecordChoice> Choices => [];

    /// <summary>The field that <c>from</c> and <c>to</c> in the address narrow to days; null where there is none.</summary>
    string? Period => null;

    /// <summary>The record each row hangs on, for the menu of the row; null for none.</summary>
    RecordAbove? Above => null;

    /// <summary>Kind of record whose names the search box asks for, for names in Latin letters; null where it asks for none. Its ids stand in <see cref="SoundSql"/>.</summary>
    string? SoundOf => null;

    /// <summary>SQL of the id of the record whose name is asked for.</summary>
    string SoundSql => "t.id";

    /// <summary>Adds the condition of the search box, beginning with <c> and</c>; nothing where the record has none.</summary>
    void Search(SqlText sql, string text, ICurrentUser user)
    {
    }

    /// <summary>Adds what the user reaches with an operation, beginning with <c> and</c>, where the record keeps a scope of its own beside <c>[Record]</c>, and answers true.</summary>
    bool Scope(SqlText sql, ICurrentUser user, Operation operation) => false;
}

/// <summary>Something done to rows of a list, one or many: <see cref="IRecordChanges.SetAsync"/> gets it as the field <c>do.key</c> with no value.</summary>
/// <param name="Key">Stable key.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Permission">Who may.</param>
public sealed record RecordVerb(string Key, string Title, string Icon, string Permission)
{
    /// <summary>Before the field of <see cref="IRecordChanges.SetAsync"/>.</summary>
    public const string Prefix = "do.";

    /// <summary>SQL that says for which rows it stands in the row itself, as an icon; null where it stands in the menus only.</summary>
    public string? RowSql { get; init; }

    /// <summary>Asked before it is done to many (translation key); null for no question.</summary>
    public string? Question { get; init; }

    /// <summary>What has to be said with it (translation key of the label): it comes as the value of <see cref="IRecordChanges.SetAsync"/>. Null for nothing.</summary>
    public string? Asks { get; init; }
}

/// <summary>Where a list is asked from: who, in which calendar and zone, when.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Dates">His calendar and zone.</param>
/// <param name="Now">The moment.</param>
public sealed record ListMoment(ICurrentUser User, DateView Dates, DateTimeOffset Now);

/// <summary>A row of choices over a list, for example whose records it shows. In the address it is a parameter with an option's key.</summary>
/// <param name="Parameter">The parameter; goes before a field of the same key.</param>
/// <param name="Title">What is chosen (translation key).</param>
/// <param name="Usual">Key of the option that holds where the address says nothing; null for none.</param>
/// <param name="Options">The options, in order.</param>
public sealed record RecordChoice(string Parameter, string Title, string? Usual, IReadOnlyList<RecordChoiceOption> Options)
{
    /// <summary>Offered over the list; else it works in addresses only and stands among the chips.</summary>
    public bool Offered { get; init; } = true;
}

/// <summary>One option of a row of choices.</summary>
/// <param name="Key">Stable key in the address.</param>
/// <param name="Title">English title (translation key).</param>
/// <param name="Add">Adds its condition, beginning with <c> and</c>; null where it narrows nothing.</param>
public sealed record RecordChoiceOption(string Key, string Title, Action<SqlText, ListMoment>? Add = null)
{
    /// <summary>The order that the list has with it where none was asked for.</summary>
    public string? Sort { get; init; }

    /// <summary>Offered to who has this permission; null for everybody. In an address it works all the same, within what one sees.</summary>
    public string? Permission { get; init; }
}

/// <summary>The record that rows hang on.</summary>
/// <param name="Title">What the menu calls it (translation key).</param>
/// <param name="Url">Path of its list; its page is <c>Url/id</c>.</param>
/// <param name="Sql">SQL of its id.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record RecordAbove(string Title, string Url, string Sql, string Permission)
{
    /// <summary>The field of the record that says which one it is, where roles can hide that; null where they can't.</summary>
    public string? Right { get; init; }

    /// <summary>Whether the user is led there from a kind of record.</summary>
    public bool IsShownTo(ICurrentUser user, string record)
    {
        ArgumentNullException.ThrowIfNull(user);
        return user.Can(Permission) && (Right is null || !user.Hides(record, Right));
    }
}

/// <summary>An entry of a row's menu.</summary>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Path">Added to the record's address: <c>/edit</c>.</param>
/// <param name="Permission">Who may; null for everybody who sees the record.</param>
public sealed record RecordAction(string Title, string Path, string? Permission = null);

/// <summary>How a field's values are stored, which decides the type of what they are compared with.</summary>
public enum FieldStore
{
    /// <summary>text</summary>
    Text,

    /// <summary>uuid</summary>
    Uuid,

    /// <summary>uuid[]</summary>
    UuidArray,

    /// <summary>integer</summary>
    Int,

    /// <summary>bigint</summary>
    Long,

    /// <summary>numeric</summary>
    Decimal,

    /// <summary>date</summary>
    Date,

    /// <summary>timestamptz</summary>
    Moment,

    /// <summary>boolean</summary>
    Bool,

    /// <summary>jsonb array of texts</summary>
    JsonArray,
}

/// <summary>One field of a record.</summary>
/// <param name="Key">Stable key: in addresses, saved views and exports.</param>
/// <param name="Title">English title (translation key), or the title itself for a custom field.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Store">How it is stored.</param>
/// <param name="Sql">SQL of its value over the alias <c>t</c>; ours, never anybody's input. <c>{now}</c> in this and the other texts of SQL stands for the moment.</param>
public sealed record ListField(string Key, string Title, FieldType Kind, FieldStore Store, string Sql)
{
    private readonly string? _right;

    /// <summary>Where choices come from: source of an <see cref="IFieldOptions"/>, a slash, its argument.</summary>
    public string? Options { get; init; }

    /// <summary>The two parts of <see cref="Options"/>: key of the source and what it is asked for; null where there is none.</summary>
    public (string Source, string Argument)? OptionSource => Options is not { } o ? null : o.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? (o[..slash], o[(slash + 1)..]) : (o, "");

    /// <summary>Choices of the field itself: an enum's members, a custom list.</summary>
    public IReadOnlyList<(string Value, string Title)>? Members { get; init; }

    /// <summary>Custom list with titles of its own.</summary>
    public CustomField? Custom { get; init; }

    /// <summary>Condition in place of <see cref="Sql"/> with <c>{0}</c> for an array of the values: for what stands in another table.</summary>
    public string? AnyOf { get; init; }

    /// <summary>
    /// A column with a trigram index whose folded words hold this field's among others. What is asked of the field is asked of that column too, so that the index finds the few rows and the field itself decides.
    /// </summary>
    public string? Within { get; init; }

    /// <summary>Its choices lie in a tree: a filter by one of them takes everything under it.</summary>
    public bool IsTree { get; init; }

    /// <summary>Can be a column.</summary>
    public bool Listed { get; init; } = true;

    /// <summary>A column without being chosen.</summary>
    public bool Shown { get; init; }

    /// <summary>Can be filtered by.</summary>
    public bool Filterable { get; init; } = true;

    /// <summary>Offered among the conditions; else a filter by it stands in addresses only.</summary>
    public bool Offered { get; init; } = true;

    /// <summary>Stands in the filter panel itself, not only among the conditions.</summary>
    public bool Quick { get; init; }

    /// <summary>Lists can be ordered by it. Such a field is never null, or says in <see cref="SortSql"/> what stands for null.</summary>
    public bool Sortable { get; init; }

    /// <summary>Expression of the order where it is another than <see cref="Sql"/>.</summary>
    public string? SortSql { get; init; }

    /// <summary>How the expression of the order is stored, where it is another than the value.</summary>
    public FieldStore? SortStore { get; init; }

    /// <summary>An index on <see cref="SortSql"/> and the tie is kept for it: conditions that can use it ask that expression.</summary>
    public bool Indexed { get; init; }

    /// <summary>Condition on the rows of a list in this order: it shows those only that have a value, which is said above it. For values that few records have, in another table.</summary>
    public string? SortWhere { get; init; }

    /// <summary>Permission without which the field is not there; null for everybody who sees the record.</summary>
    public string? Permission { get; init; }

    /// <summary>The record's name: links to its page.</summary>
    public bool Main { get; init; }

    /// <summary>SQL of a second line under the main field.</summary>
    public string? SubSql { get; init; }

    /// <summary>Key of the field that the second line tells: who does not see that does not see the line. Null where it tells nothing that roles hide.</summary>
    public string? SubOf { get; init; }

    /// <summary>SQL of the icon before the main field: a Tabler name.</summary>
    public string? IconSql { get; init; }

    /// <summary>Can be changed in the list, one at a time or many.</summary>
    public bool Editable { get; init; }

    /// <summary>Name of the field that roles give or take rights on.</summary>
    public string Right { get => _right ?? Key; init => _right = value; }

    /// <summary>Further fields (<c>contacts.emails</c>) whose values it tells: who does not see one of them does not see it.</summary>
    public IReadOnlyList<string> Tells { get; init; } = [];

    /// <summary>The kind of record whose field it is, where it is shown from another one (the telephone of a follow-up's contact); null for the record itself.</summary>
    public string? RightOf { get; init; }

    /// <summary>Key of the record that the value is an id of: its name is read with the row, within the rights of who asks. Null for other values.</summary>
    public string? NameOf { get; init; }

    /// <summary>Path that the name leads to, with a slash and the id behind it.</summary>
    public string? NameUrl { get; init; }

    /// <summary>SQL of a mark beside the value: colour, colon, English word (translation key): <c>red:Late</c>. Null for none.</summary>
    public string? MarkSql { get; init; }

    /// <summary>SQL of the value as a page of the list shows it, shortened; files and forms have all of it.</summary>
    public string? ShortSql { get; init; }

    /// <summary>A number that is a percentage.</summary>
    public bool IsPercent { get; init; }

    /// <summary>Colours of <see cref="Members"/>' badges by value; null for plain text.</summary>
    public IReadOnlyDictionary<string, string>? Colors { get; init; }

    /// <summary>Its title in the language of the moment.</summary>
    public string Text => Custom?.Title ?? Texts.Get(Title);

    /// <summary>Expression of the order.</summary>
    public string Order => SortSql ?? Sql;

    /// <summary>An enum's members with their titles (translation keys).</summary>
    public static IReadOnlyList<(string Value, string Title)> Of<T>(Func<T, string> title) where T : struct, Enum => [.. Enum.GetValues<T>().Select(v => (v.ToString(), title(v)))];
}

/// <summary>SQL under construction with its parameters, <c>$1</c> and up.</summary>
public sealed class SqlText
{
    private readonly StringBuilder _text = new(400);

    /// <summary>Values of the parameters.</summary>
    public List<object> Parameters { get; } = [];

    /// <summary>Adds SQL of our own.</summary>
    public SqlText Add(string sql)
    {
        _text.Append(sql);
        return this;
    }

    /// <summary>Adds a parameter and its place.</summary>
    public SqlText Value(object value) => Add(Parameter(value));

    /// <summary>A parameter's place, to be put into the text.</summary>
    public string Parameter(object value)
    {
        Parameters.Add(value);
        return "$" + Parameters.Count.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}

/// <summary>What a list asks for.</summary>
public sealed record RecordQuery
{
    /// <summary>Text of the search box.</summary>
    public string? Search { get; init; }

    /// <summary>Conditions; null for none.</summary>
    public RecordFilter? Filter { get; init; }

    /// <summary>A field's key, with a minus for downwards; the record's usual order where null or unknown.</summary>
    public string? Sort { get; init; }

    /// <summary>Keys of the columns to read.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Cursor of the last row seen, or of the first where <see cref="Backwards"/>.</summary>
    public string? Cursor { get; init; }

    /// <summary>What stands before the cursor.</summary>
    public bool Backwards { get; init; }

    /// <summary>Rows.</summary>
    public int Size { get; init; } = 50;

    /// <summary>Only these.</summary>
    public IReadOnlyCollection<Guid>? Ids { get; init; }

    /// <summary>Only those of these names (<see cref="IRecordType.SoundSql"/>).</summary>
    public IReadOnlyCollection<Guid>? Named { get; init; }

    /// <summary>Options that hold, by the parameter of their <see cref="RecordChoice"/>.</summary>
    public IReadOnlyDictionary<string, string> Choices { get; init; } = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>Values in full where a page would shorten them.</summary>
    public bool Whole { get; init; }

    /// <summary>What the rows are read for, where that is more than to see them: only those that the right to it reaches.</summary>
    public Operation For { get; init; } = Operation.See;

    /// <summary>A cursor that can't be read is refused; else the list begins at its start.</summary>
    public bool Strict { get; init; }
}

/// <summary>One row: values in the order of the columns.</summary>
/// <param name="Id">Id of the record.</param>
/// <param name="Values">Texts, uuids, numbers, dates, moments, arrays, or null.</param>
/// <param name="Sub">Second line of the main field.</param>
/// <param name="Icon">Icon of the main field.</param>
public sealed record RecordRow(Guid Id, object?[] Values, string? Sub, string? Icon)
{
    /// <summary>Beside each value: the name of the record it is an id of, or its mark; null where nothing is declared.</summary>
    public string?[]? Notes { get; init; }

    /// <summary>Id of the record it hangs on.</summary>
    public Guid? Above { get; init; }

    /// <summary>For each verb with a place in the row whether it stands there.</summary>
    public bool[]? Verbs { get; init; }

    /// <summary>What stands beside a value.</summary>
    public string? Note(int column) => Notes?[column];
}

/// <summary>A page of a list.</summary>
/// <param name="Columns">The columns that were read.</param>
/// <param name="Rows">The rows, in order.</param>
/// <param name="Sort">The order that holds.</param>
/// <param name="Next">Cursor behind the last row; null at the end.</param>
/// <param name="Previous">Cursor before the first row; null at the start.</param>
public sealed record RecordPage(IReadOnlyList<ListField> Columns, IReadOnlyList<RecordRow> Rows, string Sort, string? Next, string? Previous);

/// <summary>All declared records with their custom fields.</summary>
public interface IRecordTypes
{
    /// <summary>All of them.</summary>
    IReadOnlyList<IRecordType> All { get; }

    /// <summary>One by its key; null for none.</summary>
    IRecordType? Find(string key);

    /// <summary>Its own and its custom fields, as far as this user may see them.</summary>
    ValueTask<IReadOnlyList<ListField>> FieldsAsync(IRecordType type, ICurrentUser user, CancellationToken ct);
}

/// <summary>Reads records by their declarations, within the rights of the present user.</summary>
public interface IRecordReader
{
    /// <summary>One page.</summary>
    /// <exception cref="InvalidInput">The filter names a field or operator that is not there.</exception>
    Task<RecordPage> PageAsync(IRecordType type, RecordQuery query, CancellationToken ct);

    /// <summary>How many there are; stops at <paramref name="limit"/> and answers it.</summary>
    Task<long> CountAsync(IRecordType type, RecordQuery query, long limit, CancellationToken ct);

    /// <summary>All rows in order, streamed: memory does not grow with them.</summary>
    IAsyncEnumerable<RecordRow> AllAsync(IRecordType type, RecordQuery query, CancellationToken ct);

    /// <summary>The rows as <c>select t.* …</c>, to be put into another statement: its parameters stand in the text as <c>{0}</c> and up. No order, no part.</summary>
    Task<(string Sql, object[] Parameters)> RowsAsync(IRecordType type, RecordQuery query, CancellationToken ct);

    /// <summary>Ids in the order of the tie, streamed, from behind one.</summary>
    Task<IReadOnlyList<Guid>> IdsAsync(IRecordType type, RecordQuery query, Guid? after, int take, CancellationToken ct);
}

/// <summary>Changes records from a list: one field of one row in place, or of many in the background. One command per batch, so that rules, history and events are those of a form.</summary>
[Contribution]
public interface IRecordChanges
{
    /// <summary>Key of the record.</summary>
    string Record { get; }

    /// <summary>How many records one call takes; more are refused as a whole. Work over many goes in parts of this size.</summary>
    int Most => 500;

    /// <summary>Sets a field of these records.</summary>
    /// <param name="ids">At most <see cref="Most"/>.</param>
    /// <param name="field">Key of an editable field.</param>
    /// <param name="values">Texts as typed or chosen; empty clears.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>How many were changed; those that had the value already are not.</returns>
    /// <exception cref="InvalidInput">The value can't be taken.</exception>
    Task<int> SetAsync(IReadOnlyCollection<Guid> ids, string field, IReadOnlyList<string> values, CancellationToken ct);

    /// <summary>Moves these records to the recycle bin.</summary>
    /// <returns>How many.</returns>
    Task<int> DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}

/// <summary>An action on many records of a list, with a page of its own: it gets <c>ids</c>, or the list's own query and <c>list=true</c>.</summary>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Url">Path.</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Permission">Who may.</param>
public sealed record RecordBulkAction(string Title, string Url, string Icon, string Permission);

/// <summary>A list as somebody saved it.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">As he called it.</param>
/// <param name="Query">Query string without the question mark: filter, order, columns, size.</param>
/// <param name="Mine">Whether the present user may change it.</param>
/// <param name="Shared">Whether others see it.</param>
public sealed record SavedView(Guid Id, string Name, string Query, bool Mine, bool Shared);

/// <summary>Columns and size that a user left a list with.</summary>
/// <param name="Columns">Keys in order.</param>
/// <param name="Size">Rows of a page.</param>
public sealed record ListLayout(IReadOnlyList<string> Columns, int Size);

/// <summary>What a user has saved of a list, and what others share with him.</summary>
public interface ISavedViews
{
    /// <summary>Views by name, own ones first, and the layout; from a snapshot of at most five seconds.</summary>
    ValueTask<(IReadOnlyList<SavedView> Views, ListLayout? Layout)> OfAsync(string record, CancellationToken ct);
}
