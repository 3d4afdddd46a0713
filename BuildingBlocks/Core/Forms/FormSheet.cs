using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crm.Core;

/// <summary>The record whose form is filled: a form's fields of the customer are its fields.</summary>
/// <param name="Record">Key of the record: <c>contacts</c>.</param>
/// <param name="Id">Its id; null for the blank form, where its fields stand empty.</param>
/// <param name="Changes">The user may change it.</param>
public sealed record FormSubject(string Record, Guid? Id, bool Changes);

/// <summary>A field of the customer on a form: what it is, what stands there now.</summary>
/// <param name="Field">The record's field; null where there is none (any more), or the user does not see it.</param>
/// <param name="Value">What stands there.</param>
/// <param name="Changes">The answer is written back.</param>
public sealed record FormLink(ListField? Field, JsonNode? Value, bool Changes);

/// <summary>Opens designs for a user and a record, and looks at links that were given.</summary>
public interface IFormSheets
{
    /// <summary>The form as this user fills it.</summary>
    /// <param name="design">The design.</param>
    /// <param name="subject">Whose form it is; null for none.</param>
    /// <param name="data">What conditions and defaults may use beside the answers: <c>customer</c>, <c>job</c>, <c>answers</c> of before.</param>
    /// <param name="ct">Cancels.</param>
    Task<FormSheet> OpenAsync(FormDesign design, FormSubject? subject, JsonObject data, CancellationToken ct);

    /// <summary>Adds a problem for every contact, user, record and choice of the customer's field that is not there for this user.</summary>
    Task CheckLinksAsync(FormSheet sheet, JsonObject answers, FormProblems problems, CancellationToken ct);

    /// <summary>Names of all links in answers, by field and id, in few batches; links the user does not see have none.</summary>
    Task<IReadOnlyDictionary<(string Field, string Id), FieldOption>> NamesAsync(FormSheet sheet, JsonObject answers, CancellationToken ct);
}

/// <summary>What is wrong with answers: by field, or by <c>table.row.column</c>.</summary>
public sealed class FormProblems
{
    /// <summary>Field, English message (translation key), its values.</summary>
    public List<(string Field, string Message, object?[] Args)> All { get; } = [];

    /// <summary>Adds one; the first of a field counts.</summary>
    public void Add(string field, string message, params object?[] args)
    {
        if (!All.Exists(p => p.Field == field)) All.Add((field, message, args));
    }
}

/// <summary>
/// A form while somebody fills it. Reads what was typed into values of the right type, works out what is computed, decides by the conditions what is there, demanded and open, and checks the rest. <c>forms-logic.js</c>
/// decides the same in the browser; what counts is decided here.
/// </summary>
public sealed class FormSheet
{
    private const int MaxPasses = 20;
    private const int MaxRows = 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Opens one; made by <see cref="IFormSheets"/>, and by tests.</summary>
    public FormSheet(FormDesign design, DateView dates, DateTimeOffset now, Guid? user = null, JsonObject? data = null, IReadOnlyDictionary<string, FormLink>? links = null)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(dates);
        (Design, Dates, Now, User, Data, Links) = (design, dates, now, user, data ?? [], links ?? new Dictionary<string, FormLink>());
        Today = dates.DayOf(now);
        Fields = [.. design.Sections.SelectMany(s => s.Fields).Select(Real)];
        var began = new JsonObject();
        foreach (var f in Fields)
        {
            var value = Links.TryGetValue(f.Name, out var link) ? link.Value?.DeepClone() : Begin(f);
            if (value is not null) began[f.Name] = value;
        }

        Began = began;
    }

    /// <summary>The design.</summary>
    public FormDesign Design { get; }

    /// <summary>Calendar and zone of who fills it.</summary>
    public DateView Dates { get; }

    /// <summary>The moment.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>His day.</summary>
    public DateOnly Today { get; }

    /// <summary>Who fills it.</summary>
    public Guid? User { get; }

    /// <summary>What conditions and defaults may use beside the answers.</summary>
    public JsonObject Data { get; }

    /// <summary>Fields of the customer by the form's names.</summary>
    public IReadOnlyDictionary<string, FormLink> Links { get; }

    /// <summary>The fields, those of the customer as what they hold. A field of the customer that the user does not see is a note without text.</summary>
    public IReadOnlyList<FormField> Fields { get; }

    /// <summary>What the form begins with.</summary>
    public JsonObject Began { get; }

    /// <summary>One field.</summary>
    public FormField? Field(string name) => Fields.FirstOrDefault(f => f.Name == name);

    /// <summary>Never open to this user: a field of the customer that is only shown, or not his to change.</summary>
    public bool IsShownOnly(string name) => Links.TryGetValue(name, out var link) && !link.Changes;

    /// <summary>What is there, demanded and closed with these values; values that are not there are taken out, computed ones put in.</summary>
    /// <param name="values">Values by field; changed.</param>
    public FormLook Settle(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        HashSet<string> hidden = new(StringComparer.Ordinal), closed = new(StringComparer.Ordinal);
        var shown = new JsonObject();
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            shown = new JsonObject();
            foreach (var f in Fields.Where(f => f.IsAsked && !hidden.Contains(f.Name)))
            {
                if ((closed.Contains(f.Name) || IsShownOnly(f.Name) ? Began : values)[f.Name] is { } value) shown[f.Name] = value.DeepClone();
            }

            Compute(shown, hidden);
            HashSet<string> nextHidden = new(StringComparer.Ordinal), nextClosed = new(StringComparer.Ordinal);
            foreach (var section in Design.Sections)
            {
                var gone = section.ShownWhen is { } when && !Holds(when, shown);
                foreach (var f in section.Fields)
                {
                    if (gone || (f.ShownWhen is { } own && !Holds(own, shown)) || (Links.TryGetValue(f.Name, out var link) && link.Field is null)) nextHidden.Add(f.Name);
                    else if (f.ReadOnlyWhen is { } read && Holds(read, shown)) nextClosed.Add(f.Name);
                }
            }

            if (nextHidden.SetEquals(hidden) && nextClosed.SetEquals(closed)) break;
            (hidden, closed) = (nextHidden, nextClosed);
        }

        var required = Fields.Where(f => !hidden.Contains(f.Name) && !closed.Contains(f.Name) && !IsShownOnly(f.Name) && f.IsAsked && (f.Required || (f.RequiredWhen is { } when && Holds(when, shown)))).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        // Hidden sections are those of which nothing is there.
        var sections = Design.Sections.Select((s, i) => (s, i)).Where(x => x.s.ShownWhen is { } when && !Holds(when, shown)).Select(x => x.i).ToHashSet();
        return new(hidden, closed, required, sections, shown);
    }

    /// <summary>Takes what was typed. What can't be taken is told by field; what is hidden is neither demanded nor kept.</summary>
    /// <param name="typed">Texts by field, cells of a table as <c>table.row.column</c>.</param>
    /// <param name="file">A file that is known to belong to this form, by its id; null for none.</param>
    /// <param name="problems">What is wrong.</param>
    public JsonObject Read(IReadOnlyDictionary<string, string[]> typed, Func<Guid, CustomFile?> file, FormProblems problems)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(problems);
        var unread = new FormProblems();
        var values = ReadAll(typed, file, unread);
        var look = Settle(values);
        foreach (var (field, message, args) in unread.All)
        {
            var name = field.Split('.')[0];
            if (!look.Hidden.Contains(name) && !look.Closed.Contains(name)) problems.Add(field, message, args);
        }

        foreach (var f in Fields.Where(f => f.IsAsked && !look.Hidden.Contains(f.Name) && !look.Closed.Contains(f.Name) && !IsShownOnly(f.Name)))
        {
            var value = look.Values[f.Name];
            if (problems.All.Exists(p => p.Field == f.Name)) continue;
            if (look.Required.Contains(f.Name) && Lacks(f, value)) problems.Add(f.Name, "Please fill in “{0}”.", f.Label.Value);
            else if (value is not null) Judge(f, value, f.Name, problems);
        }

        return look.Values;
    }

    /// <summary>The values that were typed, of the right types, without any rule: what a form that came back goes on with.</summary>
    public JsonObject ReadAll(IReadOnlyDictionary<string, string[]> typed, Func<Guid, CustomFile?> file, FormProblems problems)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(problems);
        var values = new JsonObject();
        foreach (var f in Fields.Where(f => f.IsAsked && !IsShownOnly(f.Name)))
        {
            if (f.Kind == FieldKind.Table)
            {
                if (Rows(f, typed, problems) is { Count: > 0 } rows) values[f.Name] = rows;
                continue;
            }

            var texts = Texts(typed, f.Name);
            if (f.Kind == FieldKind.YesNo && f.Look != "buttons") values[f.Name] = texts.Any(IsYes);
            else if (f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature) Files(f, texts, file, values);
            else if (f.Kind == FieldKind.Moment && typed.ContainsKey(f.Name + ".date")) Moment(f, typed, values, problems);
            else if (texts.Length > 0)
            {
                if (One(f, texts, out var message, out var args) is { } value) values[f.Name] = value;
                else problems.Add(f.Name, message, args);
            }
        }

        return values;
    }

    /// <summary>The value as its inputs show it.</summary>
    public IReadOnlyList<string> Typed(FormField field, JsonNode? value)
    {
        ArgumentNullException.ThrowIfNull(field);
        return value switch
        {
            null => [],
            JsonArray list => [.. list.Select(i => CustomFile.Of(i)?.ToString() ?? i?.ToString() ?? "")],
            JsonObject when CustomFile.Of(value) is { } file => [file.ToString()],
            JsonObject => [],
            _ => field.Kind switch
            {
                FieldKind.Date when FormCondition.Day(value, Dates.Zone) is { } day => [Dates.Day(day)],
                FieldKind.Moment when DateTimeOffset.TryParse(value.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) => [Dates.DayAndTime(moment)],
                FieldKind.Money when FormCondition.Number(value) is { } rials => [PersianText.Number((long)rials)],
                FieldKind.Number or FieldKind.Computed => [PersianText.Digits(value.ToString())],
                FieldKind.Time => [PersianText.Digits(value.ToString())],
                FieldKind.YesNo => [value.GetValueKind() == JsonValueKind.True ? "true" : "false"],
                _ => [value.ToString()],
            },
        };
    }

    /// <summary>The value in words, as pages, paper and messages show it.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="named">Name of a link by its id.</param>
    public string Shown(FormField field, JsonNode? value, Func<string, string?>? named = null) => FormShow.Text(field, value, Dates, named);

    internal bool Holds(FormCondition condition, JsonObject shown) => condition.Holds(path => ValueAt(path, shown), Today, Dates.Zone);

    private JsonNode? ValueAt(string path, JsonObject shown)
    {
        if (Fields.Any(f => f.Name == path)) return shown[path];
        return DataAt(path);
    }

    /// <summary>What stands in the data at a path: <c>customer.name</c>.</summary>
    public JsonNode? DataAt(string path)
    {
        JsonNode? at = Data;
        foreach (var part in path.Split('.')) at = at is JsonObject o ? o[part] : null;
        return at;
    }

    // A field of the customer is, on the form, what it holds.
    private FormField Real(FormField f)
    {
        if (f.Kind != FieldKind.CustomerField) return f;
        if (!Links.TryGetValue(f.Name, out var link) || link.Field is not { } field) return f with { Kind = FieldKind.Note, Label = new(""), Required = false, RequiredWhen = null };
        var label = f.Label.IsEmpty ? (field.Custom is { } c ? new FormText(c.Persian, c.English) : new FormText(Core.Texts.In("fa", field.Title), Core.Texts.In("en", field.Title))) : f.Label;
        return f with
        {
            Label = label,
            Kind = field.Kind switch
            {
                FieldType.LongText => FieldKind.LongText, FieldType.Number or FieldType.Formula => FieldKind.Number, FieldType.Money => FieldKind.Money, FieldType.Date => FieldKind.Date, FieldType.Moment => FieldKind.Moment,
                FieldType.Time => FieldKind.Time, FieldType.YesNo => FieldKind.YesNo, FieldType.Choice => FieldKind.Choice, FieldType.Choices => FieldKind.MultiChoice, FieldType.Record => FieldKind.Record, FieldType.File => FieldKind.Picture, _ => FieldKind.Text,
            },
            Choices = null,
            Look = "list",
            Check = field.Kind == FieldType.Phone ? "phone" : f.Check,
            Of = field.Kind == FieldType.Record ? field.Custom?.LinksTo : f.Of,
        };
    }

    private JsonNode? Begin(FormField f)
    {
        if (f.Default is not { Length: > 0 } text) return null;
        if (text[0] != '=') return One(f, f.Kind == FieldKind.MultiChoice ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [text], out _, out _);
        var path = text[1..];
        if (path == "me") return User is { } me && f.Kind == FieldKind.User ? JsonValue.Create(me.ToString()) : null;
        if (path == "now" && f.Kind == FieldKind.Moment) return JsonValue.Create(Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (path == "now" && f.Kind == FieldKind.Time) return JsonValue.Create(TimeZoneInfo.ConvertTime(Now, Dates.Zone).ToString("HH:mm", CultureInfo.InvariantCulture));
        if (path.StartsWith("today", StringComparison.Ordinal)) return f.Kind == FieldKind.Date && FormCondition.TryDay(path, Today, out var day) ? JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) : null;
        var found = DataAt(path);
        if (FormCondition.IsEmpty(found)) return null;
        // Data of the job is brought to the field's type as if it had been typed; what does not fit is no default.
        return found is JsonArray list ? One(f, [.. list.Select(i => i?.ToString() ?? "")], out _, out _) : found is JsonObject ? null : One(f, [found!.ToString()], out _, out _);
    }

    private void Compute(JsonObject shown, HashSet<string> hidden)
    {
        // A computed field may stand before the one it needs: so often as there are of them, which is enough for any order without a circle.
        var computed = Fields.Where(f => f.Kind == FieldKind.Computed && !hidden.Contains(f.Name) && f.Formula is not null).ToList();
        foreach (var table in Fields.Where(f => f.Kind == FieldKind.Table && shown[f.Name] is JsonArray)) ComputeRows(table, (JsonArray)shown[table.Name]!);
        for (var pass = 0; pass < computed.Count; pass++)
        {
            var changed = false;
            foreach (var f in computed)
            {
                var result = Rounded(f, Try(f.Formula!, name => Operand(shown[name]), path => Column(path, shown)));
                if (result is null ? !shown.ContainsKey(f.Name) : FormCondition.Number(shown[f.Name]) == result) continue;
                if (result is { } number) shown[f.Name] = JsonValue.Create(number);
                else shown.Remove(f.Name);
                changed = true;
            }

            if (!changed) break;
        }
    }

    private void ComputeRows(FormField table, JsonArray rows)
    {
        foreach (var row in rows.OfType<JsonObject>())
        {
            foreach (var column in (table.Columns ?? []).Where(c => c.Kind == FieldKind.Computed && c.Formula is not null))
            {
                if (Rounded(column, Try(column.Formula!, name => Operand(row[name]), _ => [])) is { } number) row[column.Name] = JsonValue.Create(number);
                else row.Remove(column.Name);
            }
        }
    }

    private static decimal? Rounded(FormField f, decimal? number)
    {
        if (number is not { } n) return null;
        try
        {
            // What a browser can hold, and not more than it can be told apart by.
            n = decimal.Round(n, Math.Clamp(f.Decimals ?? 10, 0, 10), MidpointRounding.AwayFromZero);
            return Math.Abs(n) <= 9_000_000_000_000_000m ? n / 1.0000000000000000000000000000m : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static decimal? Try(string formula, Func<string, decimal?> field, Func<string, IReadOnlyList<decimal?>> column)
    {
        try
        {
            return Formula.Evaluate(formula, field, column);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private List<decimal?> Column(string path, JsonObject shown)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (shown[dot < 0 ? path : path[..dot]] is not JsonArray rows) return [];
        return dot < 0 ? [.. rows.Select(_ => (decimal?)1)] : [.. rows.OfType<JsonObject>().Select(r => Operand(r[path[(dot + 1)..]]))];
    }

    /// <summary>A value in a formula: numbers, yes as 1, a choice that is a number, a date as its day, so that two dates can be taken from each other.</summary>
    private decimal? Operand(JsonNode? value) => FormCondition.Day(value, Dates.Zone) is { } day ? day.DayNumber - 719_162 : FormCondition.Number(value);

    private static bool Lacks(FormField f, JsonNode? value) => f.Kind == FieldKind.YesNo && f.Look != "buttons" ? value?.GetValueKind() != JsonValueKind.True : FormCondition.IsEmpty(value);

    private static string[] Texts(IReadOnlyDictionary<string, string[]> typed, string name) => typed.TryGetValue(name, out var v) && v is not null ? [.. v.Where(x => !string.IsNullOrWhiteSpace(x)).Select(x => x.Trim())] : [];

    private static bool IsYes(string text) => text is "true" or "on" or "1" or "yes" or "True";

    private JsonArray Rows(FormField table, IReadOnlyDictionary<string, string[]> typed, FormProblems problems)
    {
        var start = table.Name + ".";
        var numbers = new SortedSet<int>();
        foreach (var key in typed.Keys.Where(k => k.StartsWith(start, StringComparison.Ordinal)))
        {
            var parts = key.Split('.');
            if (parts.Length == 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var n)) numbers.Add(n);
        }

        var rows = new JsonArray();
        foreach (var n in numbers.Take(MaxRows))
        {
            var row = new JsonObject();
            var unread = new FormProblems();
            var any = false;
            foreach (var c in (table.Columns ?? []).Where(c => c.Kind != FieldKind.Computed))
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{table.Name}.{n}.{c.Name}");
                var texts = Texts(typed, key);
                if (c.Kind == FieldKind.YesNo)
                {
                    row[c.Name] = texts.Any(IsYes);
                    any |= texts.Any(IsYes);
                    continue;
                }

                if (texts.Length == 0) continue;
                any = true;
                if (One(c, texts, out var message, out var args) is { } value) row[c.Name] = value;
                else unread.Add(key, message, args);
            }

            // An empty row is no row.
            if (!any) continue;
            foreach (var c in (table.Columns ?? []).Where(c => c.IsAsked))
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{table.Name}.{n}.{c.Name}");
                if (unread.All.Exists(p => p.Field == key)) continue;
                if (c.Required && Lacks(c, row[c.Name])) unread.Add(key, "Please fill in “{0}”.", c.Label.Value);
                else if (row[c.Name] is { } value) Judge(c, value, key, unread);
            }

            foreach (var (field, message, args) in unread.All) problems.Add(field, message, args);
            rows.Add(row);
        }

        return rows;
    }

    private static void Files(FormField f, string[] texts, Func<Guid, CustomFile?> file, JsonObject values)
    {
        var gone = texts.Where(t => t.StartsWith('-')).Select(t => t[1..]).ToHashSet(StringComparer.Ordinal);
        // What the form says of a file is only which one; the rest is what is kept. A file of somewhere else is none.
        var kept = texts.Select(CustomFile.Read).OfType<CustomFile>().Where(x => !gone.Contains(x.Id.ToString())).Select(x => file(x.Id)).OfType<CustomFile>().DistinctBy(x => x.Id).ToList();
        if (kept.Count == 0) return;
        values[f.Name] = f.Kind == FieldKind.Files ? new JsonArray([.. kept.Select(x => (JsonNode)x.ToJson())]) : kept[^1].ToJson();
    }

    private void Moment(FormField f, IReadOnlyDictionary<string, string[]> typed, JsonObject values, FormProblems problems)
    {
        var (day, time) = (Texts(typed, f.Name + ".date").FirstOrDefault(), Texts(typed, f.Name + ".time").FirstOrDefault());
        if (day is null && time is null) return;
        if (day is not null && time is null) problems.Add(f.Name, "Give the time as well.");
        else if (One(f, [$"{day} {time}"], out var message, out var args) is { } value) values[f.Name] = value;
        else problems.Add(f.Name, message, args);
    }

    private JsonNode? One(FormField f, string[] texts, out string message, out object?[] args)
    {
        var text = PersianText.Clean(texts[0], f.Kind == FieldKind.LongText) ?? "";
        var shown = texts[0].Length > 60 ? texts[0][..59] + "…" : texts[0];
        (message, args) = ("“{0}” does not fit here.", [shown]);
        if (text.Length == 0) return null;
        switch (f.Kind)
        {
            case FieldKind.Text or FieldKind.LongText:
                var most = f.MaxLength ?? (f.Kind == FieldKind.Text ? 500 : 20_000);
                if (text.Length > most)
                {
                    (message, args) = ("At most {0} characters.", [most]);
                    return null;
                }

                if (f.Check is { Length: > 0 } check)
                {
                    var taken = FormChecks.Take(check, text, out var says);
                    if (taken is null) (message, args) = (says, []);
                    return taken is null ? null : JsonValue.Create(taken);
                }

                return JsonValue.Create(text);
            case FieldKind.Number:
                if (!CustomValues.TryNumber(text, out var number)) return null;
                return JsonValue.Create(f.Decimals is { } places ? decimal.Round(number, Math.Clamp(places, 0, 10), MidpointRounding.AwayFromZero) : number);
            case FieldKind.Money:
                return CustomValues.TryNumber(text, out var rials) && rials == decimal.Truncate(rials) && Math.Abs(rials) <= 9_000_000_000_000_000m ? JsonValue.Create((long)rials) : null;
            case FieldKind.Rating:
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var stars) ? JsonValue.Create(stars) : null;
            case FieldKind.Date:
                (message, args) = ("This is not a date. Write it like {0}.", [Dates.Day(new DateOnly(2026, 4, 4))]);
                return Calendars.TryParse(text.Length > 10 && text[10] == 'T' ? text[..10] : text, Dates.Calendar, out var date) ? JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) : null;
            case FieldKind.Time:
                (message, args) = ("This is not a time. Write it like {0}.", [PersianText.Digits("14:30")]);
                return TryTime(text, out var time) ? JsonValue.Create(time.ToString("HH:mm", CultureInfo.InvariantCulture)) : null;
            case FieldKind.Moment:
                (message, args) = ("This is not a moment. Write it like {0}.", [Dates.Day(new DateOnly(2026, 4, 4)) + " " + PersianText.Digits("14:30")]);
                return CustomValues.TryMoment(text, Dates, out var moment) ? JsonValue.Create(moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)) : null;
            case FieldKind.YesNo:
                return JsonValue.Create(texts.Any(IsYes));
            case FieldKind.Choice:
                return f.Choices is null ? JsonValue.Create(texts[0]) : ChoiceOf(f, texts[0]) is { } one ? JsonValue.Create(one) : null;
            case FieldKind.MultiChoice:
                var several = texts.Select(t => f.Choices is null ? t : ChoiceOf(f, t)).ToList();
                return several.Contains(null) ? null : new JsonArray([.. several.Distinct(StringComparer.Ordinal).Select(v => (JsonNode)JsonValue.Create(v)!)]);
            case FieldKind.Contact or FieldKind.User or FieldKind.Record:
                message = "Choose one of the list.";
                args = [];
                return Guid.TryParse(text, out var id) ? JsonValue.Create(id.ToString()) : null;
            default:
                return null;
        }
    }

    /// <summary>Key of the choice that a text means; null when it is none. A program or an import may give the title instead of the key, and a binder may have made digits Latin.</summary>
    public static string? ChoiceOf(FormField f, string text) => f.Choices!.FirstOrDefault(c => c.Value == text)?.Value
        ?? f.Choices!.FirstOrDefault(c => PersianText.Fold(c.Value) == PersianText.Fold(text) || PersianText.Fold(c.Label.Fa) == PersianText.Fold(text) || (c.Label.En is { } en && PersianText.Fold(en) == PersianText.Fold(text)))?.Value;

    private static bool TryTime(string text, out TimeOnly time)
    {
        var t = text.Replace('.', ':').Replace('٫', ':');
        if (t.Length is 3 or 4 && !t.Contains(':', StringComparison.Ordinal)) t = t[..^2] + ":" + t[^2..];
        return TimeOnly.TryParseExact(t, ["H:mm", "HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    private void Judge(FormField f, JsonNode value, string key, FormProblems problems)
    {
        switch (f.Kind)
        {
            case FieldKind.Text or FieldKind.LongText:
                var text = value.ToString();
                if (f.MinLength is { } least && text.Length < least) problems.Add(key, "At least {0} characters.", least);
                else if (f.Pattern is { Length: > 0 } pattern && !Fits(pattern, text)) problems.Add(key, f.PatternMessage is { IsEmpty: false } own ? own.Value : "This does not have the form that is asked for.");
                break;
            case FieldKind.Number or FieldKind.Money or FieldKind.Rating:
                var n = FormCondition.Number(value) ?? 0;
                var low = Limit(f.Min) ?? (f.Kind == FieldKind.Rating ? 1 : null);
                var high = Limit(f.Max) ?? (f.Kind == FieldKind.Rating ? 5 : null);
                if (n < low) problems.Add(key, "At least {0}.", Show(low.Value));
                else if (n > high) problems.Add(key, "At most {0}.", Show(high.Value));
                break;
            case FieldKind.Date or FieldKind.Moment:
                var day = FormCondition.Day(value, Dates.Zone);
                if (FormCondition.TryDay(f.Min, Today, out var first) && day < first) problems.Add(key, "Not before {0}.", Dates.Day(first));
                else if (FormCondition.TryDay(f.Max, Today, out var last) && day > last) problems.Add(key, "Not after {0}.", Dates.Day(last));
                break;
            case FieldKind.MultiChoice or FieldKind.Files or FieldKind.Table:
                var count = (value as JsonArray)?.Count ?? 0;
                if (Limit(f.Min) is { } fewest && count < fewest) problems.Add(key, f.Kind == FieldKind.Table ? "At least {0} rows." : "At least {0} of them.", Show(fewest));
                else if (Limit(f.Max) is { } most && count > most) problems.Add(key, f.Kind == FieldKind.Table ? "At most {0} rows." : "At most {0} of them.", Show(most));
                break;
        }

        static string Show(decimal number) => PersianText.Digits(number.ToString("#,0.##########", CultureInfo.InvariantCulture));
    }

    /// <summary>A limit of the design as a number.</summary>
    public static decimal? Limit(string? text) => CustomValues.TryNumber(text, out var n) && !string.IsNullOrWhiteSpace(text) ? n : null;

    internal static bool Fits(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, $"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_patience);
        }
        catch (Exception e) when (e is RegexMatchTimeoutException or NotSupportedException or ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>How a form stands with certain values.</summary>
/// <param name="Hidden">Fields that are not there.</param>
/// <param name="Closed">Fields that keep what they began with.</param>
/// <param name="Required">Fields that must be answered.</param>
/// <param name="HiddenSections">Sections that are not there, by their place.</param>
/// <param name="Values">What is kept.</param>
public sealed record FormLook(IReadOnlySet<string> Hidden, IReadOnlySet<string> Closed, IReadOnlySet<string> Required, IReadOnlySet<int> HiddenSections, JsonObject Values);

/// <summary>Answers in words.</summary>
public static class FormShow
{
    /// <summary>One answer; rows of a table as lines.</summary>
    public static string Text(FormField field, JsonNode? value, DateView dates, Func<string, string?>? named = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(dates);
        if (FormCondition.IsEmpty(value)) return "";
        var comma = Texts.Get("List comma");
        switch (value)
        {
            case JsonArray list when field.Kind == FieldKind.Table:
                return string.Join("\n", list.OfType<JsonObject>().Select(row => string.Join(comma, (field.Columns ?? []).Where(c => !FormCondition.IsEmpty(row[c.Name])).Select(c => $"{c.Label.Value}: {Text(c, row[c.Name], dates, named)}"))));
            case JsonArray list:
                return string.Join(comma, list.Select(i => CustomFile.Of(i)?.Name ?? Title(i?.ToString() ?? "")));
            case JsonObject:
                return CustomFile.Of(value)?.Name ?? "";
        }

        var text = value!.ToString();
        string Unit(string shown) => field.Unit is { IsEmpty: false } unit ? $"{shown} {unit.Value}" : shown;
        return field.Kind switch
        {
            FieldKind.YesNo => Texts.Get(value.GetValueKind() == JsonValueKind.True ? "Yes" : "No"),
            FieldKind.Money when FormCondition.Number(value) is { } rials => PersianText.Number((long)rials),
            FieldKind.Number or FieldKind.Computed when FormCondition.Number(value) is { } number => Unit(PersianText.Digits(number.ToString("#,0.##########", CultureInfo.InvariantCulture)).Replace(",", Texts.IsPersian ? "٬" : ",", StringComparison.Ordinal)),
            FieldKind.Rating => Texts.Get("{0} of {1}", PersianText.Digits(text), PersianText.Digits((FormSheet.Limit(field.Max) ?? 5).ToString("0", CultureInfo.InvariantCulture))),
            FieldKind.Date when FormCondition.Day(value, dates.Zone) is { } day => dates.Day(day),
            FieldKind.Moment when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) => dates.DayAndTime(moment),
            FieldKind.Time => PersianText.Digits(text),
            FieldKind.Text when field.Check is "phone" or "mobile" && PhoneNumber.TryParse(text, out var phone) => PersianText.Digits(phone.ToDisplay()),
            _ => Title(text),
        };

        string Title(string key) => named?.Invoke(key) ?? field.Choices?.FirstOrDefault(c => c.Value == key)?.Label.Value ?? key;
    }
}
