using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>
/// Where a form is designed: <c>&lt;form-designer for="Command.Design" preview-url="?handler=Preview" record="contacts" /&gt;</c> within a form, and <c>form-builder.js</c> in the page's scripts. The field is the design as JSON; without a script it
/// is shown as it is. Who uses it answers the preview: design and language in, the form in markup out.
/// </summary>
[HtmlTargetElement("form-designer", Attributes = "for", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FormDesignerTagHelper(RecordLists lists, IRecordTypes types, ICurrentUser me, Assets assets) : TagHelper
{
    private static readonly string[] s_words =
    [
        "Add a field", "Add a section", "Undo", "Redo", "Up", "Down", "Duplicate", "Delete", "Section", "Sections and fields", "Field", "Choose a field to see its properties.", "The form is empty. Choose what it asks for.",
        "Question in Persian", "Question in English", "Text in Persian", "Text in English", "Help in Persian", "Help in English", "Name in expressions", "Left empty, it gets one.", "Must be answered", "Must be answered when", "Shown when", "Read-only when", "Always", "Never",
        "Initial value", "Nothing", "A fixed value", "Data of the job or customer", "Today", "Now", "Who fills it", "Days from today", "Value", "Choice {0}", "Choices, one a line", "key | Persian | English; the key alone is enough", "Looks like", "List", "Buttons", "One below the other", "Check box",
        "At least", "At most", "First day", "Last day", "A day, or one that moves: today, today+7, today-30", "Fewest characters", "Most characters", "Pattern", "A regular expression for the whole text", "Message in Persian", "Message in English", "Checker", "No checker",
        "Unit in Persian", "Unit in English", "Decimal places", "Over all columns", "Kind of record", "Field of the customer", "The answer changes the customer", "Columns of the table", "Add a column", "Title in Persian", "Title in English", "Formula", "Steps from", "Steps to", "Kind",
        "Fields by name, + − * /, parentheses, min, max, round, abs; sum(table.column), avg, count. Dates count in days.", "Heading in Persian", "Heading in English", "Columns", "Preview", "Desktop", "Phone", "Persian", "English", "The preview could not be made.",
        "Condition", "Group of conditions", "all of these", "one of these", "Take this condition out", "Take the group out", "How the conditions hold together", "Comparison", "Holds", "Drag to move", "Required", "{0} problems",
        "Design as JSON", "Only what lists can change is written back.", "Conditions", "Checks", "Number of rows at least", "Number of rows at most",
    ];

    /// <summary>The property.</summary>
    public ModelExpression For { get; set; } = null!;

    /// <summary>Where the preview is asked for.</summary>
    public string PreviewUrl { get; set; } = "";

    /// <summary>The record whose fields a form may show and change; empty for none.</summary>
    public string Record { get; set; } = "contacts";

    /// <summary>Data that conditions and defaults may use: path and title in the language of the moment.</summary>
    public IReadOnlyList<(string Path, string Title)> Data { get; set; } = [];

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var name = ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name);
        var id = TagBuilder.CreateSanitizedId(name, "_");
        var value = ViewContext.ViewData.ModelState.TryGetValue(name, out var entry) && entry.AttemptedValue is { } typed ? typed : For.Model as string;
        var problems = new JsonArray();
        foreach (var (key, state) in ViewContext.ViewData.ModelState.Where(m => m.Key.StartsWith(name, StringComparison.Ordinal) && m.Value!.Errors.Count > 0))
            problems.Add(new JsonObject { ["place"] = key.Length > name.Length ? key[(name.Length + 1)..] : "", ["text"] = string.Join(" ", state!.Errors.Select(e => e.ErrorMessage)) });
        FieldLabels.Add(ViewContext.HttpContext, name, id, Texts.Get("Design as JSON"));
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "form-designer");
        output.Attributes.SetAttribute("data-form-designer", id);
        output.Attributes.SetAttribute("data-preview", PreviewUrl);
        output.Attributes.SetAttribute("data-sortable", assets.Url("/lib/sortablejs/Sortable.min.js"));
        output.Attributes.SetAttribute("data-forms", assets.Url("/_content/Crm.Web/forms.js"));
        output.Attributes.SetAttribute("data-catalog", (await CatalogAsync()).ToJsonString(FormDesign.Json));
        output.Attributes.SetAttribute("data-words", JsonSerializer.Serialize(s_words.ToDictionary(w => w, w => Texts.Get(w), StringComparer.Ordinal), FormDesign.Json));
        output.Attributes.SetAttribute("data-problems", problems.ToJsonString(FormDesign.Json));
        output.Content.SetHtmlContent(new Markup().Raw("<label class=\"form-label\"").Attribute("for", id).Raw(">").Text(Texts.Get("Design as JSON")).Raw("</label><textarea class=\"form-control\" rows=\"16\" dir=\"ltr\" spellcheck=\"false\"").Attribute("id", id).Attribute("name", name)
            .Raw(">\n").Text(value).Raw("</textarea>").Html());
    }

    private async Task<JsonObject> CatalogAsync()
    {
        var ct = ViewContext.HttpContext.RequestAborted;
        var customer = new JsonArray();
        if (types.Find(Record) is { } type && me.Can(type.See))
        {
            foreach (var f in await lists.FieldsAsync(type, ct))
            {
                if (f.Kind != FieldType.File && f.Listed) customer.Add(new JsonObject { ["key"] = f.Key, ["title"] = f.Text, ["kind"] = f.Kind.ToString(), ["editable"] = f.Editable });
            }
        }

        string[] operators = [.. Enum.GetValues<FieldKind>().SelectMany(FormOperators.Of).Concat(FormOperators.OfData).Distinct()];
        return new JsonObject
        {
            ["kinds"] = new JsonArray([.. Enum.GetValues<FieldKind>().Select(k => (JsonNode)new JsonObject { ["kind"] = k.ToString(), ["title"] = EnumTitles.Of(k), ["icon"] = Icon(k), ["cell"] = FormCheck.CellKinds.Contains(k), ["ops"] = new JsonArray([.. FormOperators.Of(k).Select(o => (JsonNode)o)]) })]),
            ["icons"] = new JsonObject { ["up"] = Icons.Svg("arrow-up").ToString(), ["down"] = Icons.Svg("arrow-down").ToString(), ["copy"] = Icons.Svg("copy").ToString(), ["trash"] = Icons.Svg("trash").ToString() },
            ["dataOps"] = new JsonArray([.. FormOperators.OfData.Select(o => (JsonNode)o)]),
            ["operators"] = new JsonObject(operators.Select(o => KeyValuePair.Create(o, (JsonNode?)new JsonObject { ["title"] = Texts.Get(FilterOperators.Title(o)), ["values"] = Math.Min(FilterOperators.Values(o), 9) }))),
            ["checks"] = new JsonArray([.. FormChecks.Keys.Select(c => (JsonNode)new JsonObject { ["key"] = c.Key, ["title"] = Texts.Get(c.Title) })]),
            ["customer"] = customer,
            ["records"] = new JsonArray([.. types.All.Where(t => me.Can(t.See)).Select(t => (JsonNode)new JsonObject { ["key"] = t.Key, ["title"] = Texts.Get(t.Title) })]),
            ["data"] = new JsonArray([.. Data.Select(d => (JsonNode)new JsonObject { ["path"] = d.Path, ["title"] = d.Title })]),
        };
    }

    private static string Icon(FieldKind kind) => Icons.Svg(kind switch
    {
        FieldKind.LongText or FieldKind.Note => "notes", FieldKind.Number or FieldKind.Computed => "calculator", FieldKind.Money => "coin", FieldKind.Date or FieldKind.Moment => "calendar", FieldKind.Time => "clock", FieldKind.YesNo => "checkbox",
        FieldKind.Choice or FieldKind.MultiChoice => "checklist", FieldKind.Contact or FieldKind.User or FieldKind.CustomerField => "user", FieldKind.Record => "link", FieldKind.Files => "paperclip", FieldKind.Picture => "photo", FieldKind.Signature => "pencil",
        FieldKind.Rating => "star", FieldKind.Table => "table", _ => "forms",
    }).ToString()!;
}

/// <summary>A designed form on paper, filled or blank, A4: <c>&lt;form-paper sheet="Model.Sheet" answers="Model.Answers" names="Model.Names" /&gt;</c>. Without answers it has lines and boxes to write on.</summary>
[HtmlTargetElement("form-paper", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FormPaperTagHelper : TagHelper
{
    private const int BlankRows = 6;

    /// <summary>The form.</summary>
    public FormSheet Sheet { get; set; } = null!;

    /// <summary>The answers; null for a blank one.</summary>
    public JsonObject? Answers { get; set; }

    /// <summary>Names of what the answers link to.</summary>
    public IReadOnlyDictionary<(string Field, string Id), FieldOption>? Names { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var html = new Markup();
        var look = Answers is null ? null : Sheet.Settle((JsonObject)Answers.DeepClone());
        for (var i = 0; i < Sheet.Design.Sections.Count; i++)
        {
            var section = Sheet.Design.Sections[i];
            // What was not asked is not on the paper. A blank one has everything: nobody knows yet.
            var fields = section.Fields.Select(f => Sheet.Field(f.Name)!).Where(f => look is null || (!look.Hidden.Contains(f.Name) && !look.HiddenSections.Contains(i))).ToList();
            if (fields.Count == 0) continue;
            html.Raw("<section class=\"paper-part\">");
            if (section.Title is { IsEmpty: false } title) html.Raw("<h2><bdi>").Text(title.Value).Raw("</bdi></h2>");
            html.Raw("<div").Attribute("class", $"paper-grid paper-columns-{section.Columns}").Raw(">");
            foreach (var f in fields) Field(html, f);
            html.Raw("</div></section>");
        }

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", Answers is null ? "form-paper form-paper-blank" : "form-paper");
        output.Content.SetHtmlContent(html.Html());
    }

    private void Field(Markup html, FormField f)
    {
        if (f.Kind == FieldKind.Note)
        {
            if (!f.Label.IsEmpty) html.Raw("<p class=\"paper-note wide\" dir=\"auto\">").Text(f.Label.Value).Raw("</p>");
            return;
        }

        html.Raw("<div").Attribute("class", "paper-field" + (f.Wide || f.Kind is FieldKind.LongText or FieldKind.Table ? " wide" : "")).Raw("><div class=\"paper-label\"><bdi>").Text(f.Label.Value).Raw("</bdi>").Raw(Answers is null && f.Required ? " *" : "").Raw("</div>");
        var value = Answers?[f.Name];
        if (f.Kind == FieldKind.Table) Table(html, f, value as JsonArray);
        else if (Answers is null) Blank(html, f);
        else if (f.Kind is FieldKind.Picture or FieldKind.Signature && CustomFile.Of(value) is { } picture) html.Raw("<img class=\"answer-picture\"").Attribute("src", $"/files/{picture.Id}").Attribute("alt", $"{f.Label.Value}: {picture.Name}").Raw(">");
        else if (f.Kind == FieldKind.Files && value is JsonArray files)
        {
            html.Raw("<div class=\"paper-value\">");
            foreach (var file in files.Select(CustomFile.Of).OfType<CustomFile>()) html.Raw("<a class=\"paper-file\"").Attribute("href", $"/files/{file.Id}").Raw("><bdi>").Text(file.Name).Raw("</bdi></a>");
            html.Raw("</div>");
        }
        else
        {
            var text = Sheet.Shown(f, value, id => Names?.GetValueOrDefault((f.Name, id))?.Text);
            html.Raw("<div class=\"paper-value pre-line\" dir=\"auto\">").Text(text.Length == 0 ? "—" : text).Raw("</div>");
        }

        if (Answers is null && f.Help is { IsEmpty: false } help) html.Raw("<div class=\"paper-help\" dir=\"auto\">").Text(help.Value).Raw("</div>");
        html.Raw("</div>");
    }

    private static void Blank(Markup html, FormField f)
    {
        var choices = f.Kind switch { FieldKind.Choice or FieldKind.MultiChoice when f.Choices is { Count: <= 30 } => f.Choices, FieldKind.YesNo => [new FormChoice("true", new(Texts.Get("Yes"))), new("false", new(Texts.Get("No")))], _ => null };
        if (f.Kind == FieldKind.Rating)
        {
            var (low, high) = ((int)(FormSheet.Limit(f.Min) ?? 1), (int)Math.Min(FormSheet.Limit(f.Max) ?? 5, 20));
            choices = [.. Enumerable.Range(low, Math.Max(1, high - low + 1)).Select(n => new FormChoice(n.ToString(CultureInfo.InvariantCulture), new(PersianText.Digits(n.ToString(CultureInfo.InvariantCulture)))))];
        }

        if (choices is not null)
        {
            html.Raw("<div class=\"paper-choices\">");
            foreach (var c in choices) html.Raw("<span class=\"paper-choice\"><span class=\"paper-box\"></span><bdi>").Text(c.Label.Value).Raw("</bdi></span>");
            html.Raw("</div>");
            return;
        }

        html.Raw(f.Kind is FieldKind.LongText or FieldKind.Signature or FieldKind.Picture ? "<div class=\"paper-space\"></div>" : "<div class=\"paper-line\">");
        if (f.Kind is not (FieldKind.LongText or FieldKind.Signature or FieldKind.Picture)) html.Text(f.Kind == FieldKind.Money ? Texts.Get("Rials") : f.Unit?.Value ?? "").Raw("</div>");
    }

    private void Table(Markup html, FormField f, JsonArray? rows)
    {
        html.Raw("<table class=\"paper-table\"><thead><tr>");
        foreach (var c in f.Columns ?? []) html.Raw("<th><bdi>").Text(c.Label.Value).Raw("</bdi></th>");
        html.Raw("</tr></thead><tbody>");
        var all = Answers is null ? Enumerable.Repeat<JsonObject?>(null, BlankRows) : (rows ?? []).Select(r => r as JsonObject);
        foreach (var row in all)
        {
            html.Raw("<tr>");
            foreach (var c in f.Columns ?? []) html.Raw("<td dir=\"auto\">").Text(row is null ? "" : Sheet.Shown(c, row[c.Name])).Raw("</td>");
            html.Raw("</tr>");
        }

        html.Raw("</tbody></table>");
    }
}
