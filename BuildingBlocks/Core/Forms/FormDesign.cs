using System.ComponentModel.DataAnnotations;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Crm.Core;

/// <summary>What a field of a designed form takes. Answers are kept as JSON: see each member.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FieldKind>))]
public enum FieldKind
{
    /// <summary>A text of one line.</summary>
    [Display(Name = "Text")]
    Text,

    /// <summary>A text of several lines.</summary>
    [Display(Name = "Long text")]
    LongText,

    /// <summary>A number.</summary>
    [Display(Name = "A number")]
    Number,

    /// <summary>Rials: a whole number.</summary>
    [Display(Name = "Money")]
    Money,

    /// <summary>A civil date: <c>2026-04-04</c>.</summary>
    [Display(Name = "Date")]
    Date,

    /// <summary>A time of day: <c>14:30</c>.</summary>
    [Display(Name = "Time of day")]
    Time,

    /// <summary>A moment in UTC: <c>2026-04-04T11:00:00Z</c>.</summary>
    [Display(Name = "Date and time")]
    Moment,

    /// <summary>true or false; with two buttons also nothing.</summary>
    [Display(Name = "Yes or no")]
    YesNo,

    /// <summary>Key of the choice.</summary>
    [Display(Name = "One of several")]
    Choice,

    /// <summary>A list of keys.</summary>
    [Display(Name = "Several of several")]
    MultiChoice,

    /// <summary>Id of a contact.</summary>
    [Display(Name = "Contact")]
    Contact,

    /// <summary>Id of a member of staff.</summary>
    [Display(Name = "Member of staff")]
    User,

    /// <summary>Id of a record of the kind named by <see cref="FormField.Of"/>.</summary>
    [Display(Name = "Link to a record")]
    Record,

    /// <summary>A field of the customer, own or custom, named by <see cref="FormField.Of"/>; written back where the form says so and the user may.</summary>
    [Display(Name = "Field of the customer")]
    CustomerField,

    /// <summary>A list of files: <c>{ id, size, name }</c>.</summary>
    [Display(Name = "Files")]
    Files,

    /// <summary>One picture: <c>{ id, size, name }</c>.</summary>
    [Display(Name = "Picture")]
    Picture,

    /// <summary>A drawn signature: <c>{ id, size, name }</c>.</summary>
    [Display(Name = "Signature")]
    Signature,

    /// <summary>A whole number from 1 (or <see cref="FormField.Min"/>) to <see cref="FormField.Max"/>.</summary>
    [Display(Name = "Rating")]
    Rating,

    /// <summary>A list of rows, each an object by the names of <see cref="FormField.Columns"/>.</summary>
    [Display(Name = "Table")]
    Table,

    /// <summary>A number that <see cref="FormField.Formula"/> gives.</summary>
    [Display(Name = "Computed")]
    Computed,

    /// <summary>A text to read; no answer.</summary>
    [Display(Name = "Text to read")]
    Note,
}

/// <summary>A text of the designer in both languages; one of them is enough. In JSON a text alone is Persian and English alike.</summary>
/// <param name="Fa">Persian.</param>
/// <param name="En">English; null where it is the same.</param>
[JsonConverter(typeof(FormTextJson))]
public sealed record FormText(string Fa, string? En = null)
{
    /// <summary>In the language of the moment, else in the other one.</summary>
    [JsonIgnore]
    public string Value => Texts.IsPersian ? (Fa.Length > 0 ? Fa : En ?? "") : (string.IsNullOrEmpty(En) ? Fa : En);

    /// <summary>Nothing in either language.</summary>
    [JsonIgnore]
    public bool IsEmpty => string.IsNullOrWhiteSpace(Fa) && string.IsNullOrWhiteSpace(En);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>The same in both languages.</summary>
    public static implicit operator FormText(string text) => new(text);
}

/// <summary>One choice.</summary>
/// <param name="Value">Its stable key: what is kept. A number counts in formulas.</param>
/// <param name="Label">As people read it.</param>
[JsonConverter(typeof(FormChoiceJson))]
public sealed record FormChoice(string Value, FormText Label)
{
    /// <summary>A choice that is its own key.</summary>
    public static implicit operator FormChoice(string text) => new(text, text);
}

/// <summary>One question of a form, or a text to read.</summary>
public sealed record FormField
{
    /// <summary>Stable name: what expressions write after <c>answers.</c>; letters, digits and _.</summary>
    public string Name { get; init; } = "";

    /// <summary>The question as people read it; for a note the text itself.</summary>
    public FormText Label { get; init; } = new("");

    /// <summary>What it takes.</summary>
    public FieldKind Kind { get; init; }

    /// <summary>Must be answered.</summary>
    public bool Required { get; init; }

    /// <summary>Must be answered when this holds.</summary>
    public FormCondition? RequiredWhen { get; init; }

    /// <summary>There only when this holds; else it is neither asked nor kept.</summary>
    public FormCondition? ShownWhen { get; init; }

    /// <summary>Keeps the value it began with while this holds.</summary>
    public FormCondition? ReadOnlyWhen { get; init; }

    /// <summary>A line below it.</summary>
    public FormText? Help { get; init; }

    /// <summary>What it begins with: a value, or <c>=path</c> for the job's data (<c>=customer.name</c>, <c>=job.title</c>, <c>=answers.price</c>), <c>=today</c>, <c>=today+7</c>, <c>=now</c>, <c>=me</c>.</summary>
    public string? Default { get; init; }

    /// <summary>For a choice.</summary>
    public IReadOnlyList<FormChoice>? Choices { get; init; }

    /// <summary>How choices and yes or no stand: <c>list</c> (a drop-down), <c>buttons</c>; otherwise dots and check boxes.</summary>
    public string? Look { get; init; }

    /// <summary>Least number, day (<c>2026-04-04</c>, <c>today</c>), choices, files or rows; the first step of a rating.</summary>
    public string? Min { get; init; }

    /// <summary>The most of it; the last step of a rating.</summary>
    public string? Max { get; init; }

    /// <summary>Fewest characters.</summary>
    public int? MinLength { get; init; }

    /// <summary>Most characters.</summary>
    public int? MaxLength { get; init; }

    /// <summary>A regular expression that the whole text must fit.</summary>
    public string? Pattern { get; init; }

    /// <summary>What is said when it does not.</summary>
    public FormText? PatternMessage { get; init; }

    /// <summary>A checker of the house: one of <see cref="FormChecks.Keys"/>.</summary>
    public string? Check { get; init; }

    /// <summary>Unit behind a number.</summary>
    public FormText? Unit { get; init; }

    /// <summary>Places behind the point of a number or of a computed value.</summary>
    public int? Decimals { get; init; }

    /// <summary>Over all columns of its section.</summary>
    public bool Wide { get; init; }

    /// <summary>Key of the record that is linked to, or of the customer's field.</summary>
    public string? Of { get; init; }

    /// <summary>A field of the customer that is changed by the answer; else it is only shown.</summary>
    public bool Writes { get; init; }

    /// <summary>Columns of a table.</summary>
    public IReadOnlyList<FormField>? Columns { get; init; }

    /// <summary>How a computed value is worked out; see <see cref="Core.Formula"/>.</summary>
    public string? Formula { get; init; }

    /// <summary>A field by its usual parts.</summary>
    public static FormField Make(string name, FormText label, FieldKind kind, bool required = false, IReadOnlyList<FormChoice>? choices = null) => new() { Name = name, Label = label, Kind = kind, Required = required, Choices = choices };

    /// <summary>It takes an answer from people.</summary>
    [JsonIgnore]
    public bool IsAsked => Kind is not (FieldKind.Note or FieldKind.Computed);
}

/// <summary>A part of a form.</summary>
public sealed record FormSection
{
    /// <summary>Heading; none is usual for a form of one section.</summary>
    public FormText? Title { get; init; }

    /// <summary>Columns on a wide screen, 1 to 3.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>There only when this holds, with all its fields.</summary>
    public FormCondition? ShownWhen { get; init; }

    /// <summary>Its fields in order.</summary>
    public IReadOnlyList<FormField> Fields { get; init; } = [];
}

/// <summary>
/// A form as somebody designed it, whoever asks it: a stage of a routine, the customer's page, later a web form or a survey. A building block: the owner keeps the JSON, this and
/// <c>&lt;form-fields&gt;</c> of Crm.Web do the rest (adr/0015).
/// </summary>
public sealed record FormDesign
{
    /// <summary>How it is written: persons read and carry it, so letters stay letters and what says nothing is left out.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, MaxDepth = 24,
    };

    private static readonly FormDesign s_empty = new();

    /// <summary>Its parts.</summary>
    public IReadOnlyList<FormSection> Sections { get; init; } = [];

    /// <summary>All fields in order.</summary>
    [JsonIgnore]
    public IEnumerable<FormField> Fields => Sections.SelectMany(s => s.Fields);

    /// <summary>It asks nothing.</summary>
    [JsonIgnore]
    public bool IsEmpty => Sections.All(s => s.Fields.Count == 0);

    /// <summary>A form of one section.</summary>
    public static FormDesign Flat(IReadOnlyList<FormField> fields) => fields.Count == 0 ? s_empty : new() { Sections = [new() { Fields = fields }] };

    /// <summary>Reads a design, or the flat list of fields that forms were before there were sections.</summary>
    /// <exception cref="InvalidInput">It is none.</exception>
    public static FormDesign Parse(string? json)
    {
        if (string.IsNullOrWhiteSpace(json) || json is "[]" or "{}") return s_empty;
        try
        {
            if (!json.AsSpan().TrimStart().StartsWith("[")) return (JsonSerializer.Deserialize<FormDesign>(json, Json) ?? s_empty).Whole();
            var fields = JsonSerializer.Deserialize<List<FormField>>(json, Json) ?? [];
            // A check box of the old forms was never demanded, whatever its row said.
            return Flat([.. fields.Select(f => f.Kind == FieldKind.YesNo && f.Required ? f with { Required = false } : f)]).Whole();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw new InvalidInput("design", "This form can't be read.");
        }
    }

    /// <summary>As it is kept.</summary>
    public string Write() => IsEmpty && Sections.Count == 0 ? "[]" : JsonSerializer.Serialize(this, Json);

    // JSON of strangers may leave out or null what code takes for granted.
    private FormDesign Whole() => this with { Sections = [.. (Sections ?? []).Where(s => s is not null).Select(s => s with { Columns = Math.Clamp(s.Columns, 1, 3), Fields = [.. (s.Fields ?? []).Where(f => f is not null).Select(Whole)] })] };

    private static FormField Whole(FormField f) => f with
    {
        Name = f.Name ?? "", Label = f.Label ?? new(""), Choices = f.Choices is null ? null : [.. f.Choices.Where(c => c is not null)], Columns = f.Columns is null ? null : [.. f.Columns.Where(c => c is not null).Select(Whole)],
    };
}

internal sealed class FormTextJson : JsonConverter<FormText>
{
    public override FormText? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new(reader.GetString()!);
        if (JsonNode.Parse(ref reader) is not JsonObject o) throw new JsonException();
        var (fa, en) = ((string?)o["fa"], (string?)o["en"]);
        return string.IsNullOrEmpty(fa) ? new(en ?? "") : new(fa, string.IsNullOrEmpty(en) || en == fa ? null : en);
    }

    public override void Write(Utf8JsonWriter writer, FormText value, JsonSerializerOptions options)
    {
        if (value.En is null)
        {
            writer.WriteStringValue(value.Fa);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("fa", value.Fa);
        writer.WriteString("en", value.En);
        writer.WriteEndObject();
    }
}

internal sealed class FormChoiceJson : JsonConverter<FormChoice>
{
    public override FormChoice? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        if (JsonNode.Parse(ref reader) is not JsonObject o || (string?)o["value"] is not { } value) throw new JsonException();
        return new(value, o["label"].Deserialize<FormText>(options) ?? value);
    }

    public override void Write(Utf8JsonWriter writer, FormChoice value, JsonSerializerOptions options)
    {
        if (value.Label.En is null && value.Label.Fa == value.Value)
        {
            writer.WriteStringValue(value.Value);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("value", value.Value);
        writer.WritePropertyName("label");
        JsonSerializer.Serialize(writer, value.Label, options);
        writer.WriteEndObject();
    }
}
