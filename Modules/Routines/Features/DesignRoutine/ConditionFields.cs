using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Routines.Activities;
using Crm.Routines.Data;
using Crm.Routines.Domain;
using Crm.Workflows;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.DesignRoutine;

/// <summary>What conditions of a drawing can ask: fields of the customer, answers of the forms of its stages, its variables, the job. As the condition builder beside the drawing takes it.</summary>
internal sealed class ConditionFields(RoutinesDb db, IContactDirectory contacts, IBaseDataDirectory lists, ICustomFields custom)
{
    private static readonly string[] s_words =
    [
        "Condition", "Group of conditions", "all of these", "one of these", "Take this condition out", "Take the group out", "How the conditions hold together", "Comparison", "Holds", "Field", "Value", "Build the condition", "Take it over", "Cancel",
        "This expression says more than can be chosen here. What is built replaces it.", "Give every condition a value.", "Search",
    ];

    // Relative days are the business of the form that is filled; an expression compares with fixed ones.
    private static readonly string[] s_scripted = ["gt", "lt", "eq", "between", "is", "not", "all", "has", "hasnt", "starts", "yes", "no", "filled", "empty", "on", "since", "until", "before", "after"];

    public async Task<JsonObject> OfAsync(WorkflowDefinition drawing, CancellationToken ct)
    {
        var fields = new JsonArray();
        void Add(string key, string title, FieldKind kind, IEnumerable<(string Value, string Title)>? choices = null) => fields.Add(new JsonObject
        {
            ["key"] = key, ["title"] = title, ["kind"] = kind.ToString(), ["ops"] = new JsonArray([.. FormOperators.Of(kind).Where(s_scripted.Contains).Select(o => (JsonNode)o)]),
            ["choices"] = choices is null ? null : new JsonArray([.. choices.Select(c => (JsonNode)new JsonObject { ["value"] = c.Value, ["title"] = c.Title })]),
        });

        var customer = Texts.Get("Customer");
        foreach (var (name, title) in contacts.Fields)
        {
            var list = name switch { "status" => "contact-status", "rank" => "contact-rank", "type" => "contact-type", "source" => "contact-source", _ => null };
            var text = $"{customer}: {Texts.Get(title)}";
            if (name == "kind") Add("customer.kind", text, FieldKind.Choice, [("person", Texts.Get("Person")), ("company", Texts.Get("Company"))]);
            else if (name is "roles" or "groups") Add("customer." + name, text, FieldKind.MultiChoice, name == "roles" ? (await lists.ListAsync("contact-role", ct)).Select(v => (v.Title, v.Title)) : null);
            else if (list is not null && name is "status" or "rank" or "type") Add($"customer.{name}Id", text, FieldKind.Choice, (await lists.ListAsync(list!, ct)).Select(v => (v.Id.ToString(), v.Title)));
            else if (name == "number") Add("customer.number", text, FieldKind.Number);
            else if (name == "birthday") Add("customer.birthday", text, FieldKind.Date);
            else Add("customer." + name, text, FieldKind.Text);
        }

        foreach (var f in await custom.OfAsync("contacts", ct))
        {
            var text = $"{customer}: {f.Title}";
            var kind = f.Kind switch { FieldType.Number or FieldType.Money or FieldType.Formula => FieldKind.Number, FieldType.Date => FieldKind.Date, FieldType.YesNo => FieldKind.YesNo, FieldType.Choice => FieldKind.Choice, FieldType.Choices => FieldKind.MultiChoice, _ => FieldKind.Text };
            if (f.Kind == FieldType.Choice) Add($"customer.custom.{f.Key}_id", text, kind, f.Options.Select(o => (o.Value, o.Title)));
            else if (f.Kind != FieldType.File) Add("customer.custom." + f.Key, text, kind, f.Kind == FieldType.Choices ? f.Options.Select(o => (o.Title, o.Title)) : null);
        }

        foreach (var field in await AnswersAsync(drawing, ct)) Add("answers." + field.Name, $"{Texts.Get("Answer")}: {field.Label.Value}", field.Kind, field.Choices?.Select(c => (c.Value, c.Label.Value)));
        foreach (var variable in drawing.Variables.Where(v => IsName(v.Name)))
        {
            var kind = variable.IsArray ? FieldKind.MultiChoice : variable.TypeName switch { "Boolean" => FieldKind.YesNo, "Int32" or "Int64" or "Double" or "Decimal" or "Single" => FieldKind.Number, "DateTime" or "DateTimeOffset" => FieldKind.Date, _ => FieldKind.Text };
            Add("variables." + variable.Name, $"{Texts.Get("Variable")}: {variable.Name}", kind);
        }

        Add("job.title", $"{Texts.Get("Job")}: {Texts.Get("Title")}", FieldKind.Text);
        Add("job.number", $"{Texts.Get("Job")}: {Texts.Get("Number")}", FieldKind.Number);
        return new JsonObject
        {
            ["fields"] = fields,
            ["operators"] = new JsonObject(s_scripted.Select(o => KeyValuePair.Create(o, (JsonNode?)new JsonObject { ["title"] = Texts.Get(FilterOperators.Title(o)), ["values"] = Math.Min(FilterOperators.Values(o), 9) }))),
            ["words"] = new JsonObject(s_words.Select(w => KeyValuePair.Create(w, (JsonNode?)Texts.Get(w)))),
        };
    }

    // The forms that the drawing names, as they are given out now; a field that several have is asked about once.
    private async Task<IReadOnlyList<FormField>> AnswersAsync(WorkflowDefinition drawing, CancellationToken ct)
    {
        var ids = drawing.AllActivities().Where(a => a.Type == Stage.TypeName).Select(a => (a.Json["formId"] as JsonObject)?["expression"]?["value"]?.ToString()).Where(v => Guid.TryParse(v, out _)).Select(v => Guid.Parse(v!)).Distinct().ToArray();
        if (ids.Length == 0) return [];
        var designs = await db.Forms.Where(f => ids.Contains(f.Id)).Join(db.Set<FormVersion>(), f => f.PublishedVersionId, v => v.Id, (f, v) => v.DesignJson).ToListAsync(ct);
        return [.. designs.SelectMany(d => FormDesign.Parse(d).Fields).Where(f => f.Kind is not (FieldKind.Note or FieldKind.Files or FieldKind.Picture or FieldKind.Signature or FieldKind.Table or FieldKind.CustomerField) && IsName(f.Name)).DistinctBy(f => f.Name)];
    }

    private static bool IsName(string name) => name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(c => char.IsLetterOrDigit(c) || c == '_');
}
