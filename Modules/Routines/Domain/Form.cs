using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>What a field of a form takes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FieldKind>))]
internal enum FieldKind
{
    Text,
    LongText,
    Number,
    Money,
    Date,
    YesNo,
    Choice,
    MultiChoice,
}

/// <summary>One question.</summary>
/// <param name="Name">Stable name: what expressions write after <c>answers.</c>; letters, digits and _.</param>
/// <param name="Label">As people read it.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Required">Must be answered before the stage is done.</param>
/// <param name="Choices">For a choice.</param>
/// <param name="Help">A line below it.</param>
internal sealed record FormField(string Name, string Label, FieldKind Kind, bool Required, IReadOnlyList<string>? Choices = null, string? Help = null);

/// <summary>A form that stages ask for. A stage keeps the fields as they were when it opened.</summary>
internal sealed class Form : Entity, IStamped, IVersioned, ISoftDeletable
{
    private Form()
    {
    }

    public Form(string name) => Name = name;

    public string Name { get; set; } = "";

    public string? Description { get; set; }

    /// <summary>The fields in order, as JSON.</summary>
    [Display(Name = "Fields")]
    public string FieldsJson { get; private set; } = "[]";

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    public uint Version { get; private set; }

    public IReadOnlyList<FormField> Fields => FormFields.Parse(FieldsJson);

    public void SetFields(IReadOnlyList<FormField> fields) => FieldsJson = FormFields.Write(fields);
}

internal sealed class FormMapping : IEntityTypeConfiguration<Form>
{
    public void Configure(EntityTypeBuilder<Form> builder)
    {
        builder.ToTable("Forms");
        builder.Property(f => f.Name).HasMaxLength(200);
        builder.Property(f => f.Description).HasMaxLength(1000);
        builder.Property(f => f.FieldsJson).HasColumnName("Fields").HasColumnType("jsonb");
        builder.Ignore(f => f.Fields);
        builder.HasIndex(f => f.Name).IsUnique().HasFilter("deleted_at is null");
    }
}

/// <summary>Fields as JSON, and answers checked against them.</summary>
internal static class FormFields
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<FormField> Parse(string? json) => string.IsNullOrEmpty(json) ? [] : JsonSerializer.Deserialize<List<FormField>>(json, s_json) ?? [];

    public static string Write(IReadOnlyList<FormField> fields) => JsonSerializer.Serialize(fields, s_json);

    /// <summary>Takes what was typed and answers it by its kind: text, number, true/false, ISO date, list. What can't be taken is named by field.</summary>
    public static JsonObject Read(IReadOnlyList<FormField> fields, IReadOnlyDictionary<string, string[]> typed, CalendarKind calendar, List<(string Field, string Message, object?[] Args)> problems)
    {
        var answers = new JsonObject();
        foreach (var field in fields)
        {
            var values = typed.TryGetValue(field.Name, out var v) ? v.Where(x => !string.IsNullOrWhiteSpace(x)).Select(x => x.Trim()).ToArray() : [];
            if (values.Length == 0)
            {
                if (field.Required && field.Kind != FieldKind.YesNo) problems.Add((field.Name, "Please fill in “{0}”.", [field.Label]));
                if (field.Kind == FieldKind.YesNo) answers[field.Name] = false;
                continue;
            }

            if (ReadOne(field, values, calendar) is { } answer) answers[field.Name] = answer;
            else problems.Add((field.Name, "“{0}” does not fit here.", [values[0]]));
        }

        return answers;
    }

    private static JsonNode? ReadOne(FormField field, string[] values, CalendarKind calendar)
    {
        var text = values[0];
        switch (field.Kind)
        {
            case FieldKind.Text:
                return text.Length <= 500 ? JsonValue.Create(text) : null;
            case FieldKind.LongText:
                return text.Length <= 20_000 ? JsonValue.Create(text) : null;
            case FieldKind.Number:
                return decimal.TryParse(Latin(text), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : null;
            case FieldKind.Money:
                return long.TryParse(Latin(text), NumberStyles.AllowThousands | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var money) ? JsonValue.Create(money) : null;
            case FieldKind.Date:
                return Calendars.TryParse(text, calendar, out var date)
                    ? JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) : null;
            case FieldKind.YesNo:
                return JsonValue.Create(values.Any(x => x is "true" or "on" or "1" or "yes"));
            case FieldKind.Choice:
                return field.Choices?.Contains(text) == true ? JsonValue.Create(text) : null;
            case FieldKind.MultiChoice:
                return values.All(x => field.Choices?.Contains(x) == true) ? new JsonArray([.. values.Select(x => (JsonNode)JsonValue.Create(x)!)]) : null;
            default:
                return null;
        }
    }

    private static string Latin(string text) => PersianText.LatinDigits(text).Replace('٫', '.').Replace("٬", "", StringComparison.Ordinal).Replace("،", "", StringComparison.Ordinal);
}
