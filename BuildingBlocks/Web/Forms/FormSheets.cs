using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Core;

namespace Crm.Web;

/// <summary>Opens forms: fields of the customer come from the declaration of the record, as far as this user sees them; links are looked up where lists look them up.</summary>
internal sealed class FormSheets(RecordLists lists, IRecordTypes types, ICurrentUser me, DateView dates, TimeProvider time) : IFormSheets
{
    public async Task<FormSheet> OpenAsync(FormDesign design, FormSubject? subject, JsonObject data, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(design);
        var asked = design.Fields.Where(f => f.Kind == FieldKind.CustomerField).ToList();
        var links = new Dictionary<string, FormLink>(StringComparer.Ordinal);
        if (asked.Count > 0)
        {
            foreach (var f in asked) links[f.Name] = new(null, null, false);
            if (subject is not null && types.Find(subject.Record) is { } type && (me.IsSystem || me.Can(type.See))) await LinkAsync(asked, links, type, subject, ct);
        }

        return new FormSheet(design, dates, time.GetUtcNow(), me.Id, data, links);
    }

    public async Task CheckLinksAsync(FormSheet sheet, JsonObject answers, FormProblems problems, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sheet);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(problems);
        foreach (var f in sheet.Fields)
        {
            if (sheet.IsShownOnly(f.Name) || ListOf(sheet, f) is not { } list || Ids(answers[f.Name]) is not { Count: > 0 } ids) continue;
            // What stood there before need not be chosen again, even where it is no longer offered.
            var before = Ids(sheet.Began[f.Name]);
            var known = await lists.TitlesAsync(list, ids, ct);
            if (ids.Any(id => !before.Contains(id) && (!known.TryGetValue(id, out var option) || !option.Active))) problems.Add(f.Name, "Choose one of the list.");
        }
    }

    public async Task<IReadOnlyDictionary<(string Field, string Id), FieldOption>> NamesAsync(FormSheet sheet, JsonObject answers, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sheet);
        ArgumentNullException.ThrowIfNull(answers);
        var names = new Dictionary<(string, string), FieldOption>();
        foreach (var f in sheet.Fields)
        {
            if (ListOf(sheet, f) is not { } list || Ids(answers[f.Name]) is not { Count: > 0 } ids) continue;
            foreach (var (id, option) in await lists.TitlesAsync(list, ids, ct)) names[(f.Name, id)] = option;
        }

        return names;
    }

    /// <summary>Where the choices of a field come from; null where the form has them itself, or there are none.</summary>
    public static ListField? ListOf(FormSheet sheet, FormField field)
    {
        if (sheet.Links.TryGetValue(field.Name, out var link)) return field.Kind is FieldKind.Choice or FieldKind.MultiChoice or FieldKind.Record ? WithChoices(link.Field!) : null;
        var options = field.Kind switch { FieldKind.Contact => "records/contacts", FieldKind.User => "users", FieldKind.Record => "records/" + field.Of, _ => null };
        return options is null ? null : new ListField(field.Name, field.Label.Value, FieldType.Record, FieldStore.Uuid, "") { Options = options };
    }

    private static ListField WithChoices(ListField field) => field.Custom is { Kind: FieldType.Record } custom ? field with { Options = "records/" + custom.LinksTo } : field;

    private static List<string> Ids(JsonNode? value) => value switch { null => [], JsonArray list => [.. list.Select(v => v?.ToString() ?? "")], JsonObject => [], _ => [value.ToString()] };

    private async Task LinkAsync(List<FormField> asked, Dictionary<string, FormLink> links, IRecordType type, FormSubject subject, CancellationToken ct)
    {
        var fields = (await types.FieldsAsync(type, me, ct)).ToDictionary(f => f.Key, StringComparer.Ordinal);
        var wanted = asked.Where(f => f.Of is not null && fields.TryGetValue(f.Of, out var found) && found.Kind != FieldType.File).ToList();
        if (wanted.Count == 0) return;
        if (subject.Id is not { } id)
        {
            foreach (var f in wanted) links[f.Name] = new(fields[f.Of!], null, f.Writes && fields[f.Of!].Editable && subject.Changes);
            return;
        }

        string[] columns = [.. wanted.Select(f => f.Of!).Distinct(StringComparer.Ordinal)];
        var page = await lists.Reader.PageAsync(type, new() { Ids = [id], Columns = columns, Size = 1, Whole = true }, ct);
        if (page.Rows.Count == 0) return;
        var values = page.Columns.Select((c, i) => (c.Key, Value: page.Rows[0].Values[i])).ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
        foreach (var f in wanted)
        {
            var field = fields[f.Of!];
            var changes = f.Writes && field.Editable && subject.Changes && (field.Custom?.IsChangedBy(me) ?? true) && !me.ReadOnly(type.Key, field.Right) && (me.IsSystem || (type.Change is { } right && me.Can(right)));
            links[f.Name] = new(field, Node(field, values.GetValueOrDefault(f.Of!)), changes);
        }
    }

    private static JsonNode? Node(ListField field, object? value) => value switch
    {
        null => null,
        Guid[] many => new JsonArray([.. many.Select(v => (JsonNode)JsonValue.Create(v.ToString()))]),
        string json when field.Kind == FieldType.Choices => JsonNode.Parse(json),
        string text => text.Length == 0 ? null : JsonValue.Create(text),
        bool yes => JsonValue.Create(yes),
        Guid id => JsonValue.Create(id.ToString()),
        DateOnly day => JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        DateTimeOffset moment => JsonValue.Create(moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        DateTime moment => JsonValue.Create(moment.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        TimeOnly clock => JsonValue.Create(clock.ToString("HH:mm", CultureInfo.InvariantCulture)),
        int or long or short when field.Kind is FieldType.Choice => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
        IConvertible number => JsonValue.Create(Convert.ToDecimal(number, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(value.ToString()),
    };
}
