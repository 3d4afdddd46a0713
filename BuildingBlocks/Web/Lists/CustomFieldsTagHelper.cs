using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>
/// The custom fields of a record on its form, in their parts: <c>&lt;custom-fields record="contacts" prefix="Command.Custom" values="@json" /&gt;</c>. What was typed
/// comes back after an error; fields the user may not see are not there.
/// </summary>
[HtmlTargetElement("custom-fields", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class CustomFieldsTagHelper(ICustomFields custom, ICurrentUser user, DateView dates, RecordLists lists) : TagHelper
{
    /// <summary>Key of the record.</summary>
    public string Record { get; set; } = "";

    /// <summary>Name of the command's property.</summary>
    public string Prefix { get; set; } = "Command.Custom";

    /// <summary>The values that stand in the record, as JSON.</summary>
    public string? Values { get; set; }

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        var fields = (await custom.OfAsync(Record, ViewContext.HttpContext.RequestAborted)).Where(f => f.IsSeenBy(user)).Select(f => f.For(user)).OrderBy(f => f.Order).ToList();
        if (fields.Count == 0) return;
        var values = CustomValues.Parse(string.IsNullOrEmpty(Values) ? null : Values);
        var html = new Markup();
        foreach (var part in fields.GroupBy(f => f.Section ?? ""))
        {
            html.Raw("<fieldset class=\"form-part\"><legend>").Text(part.Key.Length == 0 ? Texts.Get("More") : part.Key).Raw("</legend><div class=\"form-grid\">");
            foreach (var field in part) await FieldAsync(html, field, values);
            html.Raw("</div></fieldset>");
        }

        output.Content.SetHtmlContent(html.Html());
    }

    private async Task FieldAsync(Markup html, CustomField f, JsonObject values)
    {
        var name = $"{Prefix}[{f.Key}]";
        var id = TagBuilder.CreateSanitizedId(name, "_");
        var state = ViewContext.ViewData.ModelState;
        var errors = state.TryGetValue(name, out var entry) ? entry.Errors.Select(e => e.ErrorMessage).Where(m => m.Length > 0).Distinct().ToList() : [];
        var typed = entry?.RawValue as string[] ?? (entry?.AttemptedValue is { } one ? [one] : null);
        // Values of a list of texts are bound one by one.
        if (typed is null && ViewContext.HttpContext.Request.HasFormContentType && ViewContext.HttpContext.Request.Form.TryGetValue(name, out var sent)) typed = [.. sent.Select(s => s ?? "")];
        var shown = typed ?? CustomValues.Typed(f, values[f.Key], dates);
        var changes = f.IsChangedBy(user);
        FieldLabels.Add(ViewContext.HttpContext, name, id, f.Title);
        html.Raw("<div").Attribute("class", "field" + (errors.Count > 0 ? " field-invalid" : "") + (f.Kind == FieldType.LongText ? " wide" : ""))
            .Attribute("data-shown-when", f.ShownWhenField is { } on ? $"{Prefix}[{on}]" : null).Attribute("data-shown-value", f.ShownWhenField is null ? null : f.ShownWhenValue).Raw(">");
        var text = shown.Count > 0 ? shown[^1] : "";
        var described = errors.Count > 0 ? id + "_error" : f.Hint is null ? null : id + "_hint";
        if (f.Kind == FieldType.YesNo)
        {
            html.Raw("<label class=\"form-check\"><input type=\"checkbox\" class=\"form-check-input\" value=\"true\"").Attribute("name", name).Attribute("id", id).Attribute("aria-describedby", described)
                .Flag("checked", shown.Contains("true")).Flag("disabled", !changes).Raw("><span class=\"form-check-label\">").Text(f.Title).Raw("</span></label>");
            if (changes) html.Raw("<input type=\"hidden\" value=\"false\"").Attribute("name", name).Raw(">");
        }
        else
        {
            html.Raw("<label class=\"form-label\"").Attribute("for", id).Raw("><bdi>").Text(f.Title).Raw("</bdi>").Raw(f.Required ? "<span class=\"required\" aria-hidden=\"true\">*</span>" : "").Raw("</label>");
            if (f.Kind == FieldType.Formula) html.Raw("<output class=\"form-control-plaintext\"").Attribute("id", id).Raw(">").Text(text.Length > 0 ? text : Texts.Get("Worked out when it is saved")).Raw("</output>");
            else if (f.Kind == FieldType.File) Upload(html, f, name, id, described, shown, changes);
            else if (f.Kind is FieldType.Choice or FieldType.Choices or FieldType.Record) await SelectAsync(html, f, name, id, described, shown, changes, errors.Count > 0);
            else Input(html, f, name, id, described, text, changes, errors.Count > 0);
        }

        if (f.Hint is not null) html.Raw("<div class=\"form-hint\"").Attribute("id", id + "_hint").Raw(">").Text(f.Hint).Raw("</div>");
        if (errors.Count > 0) html.Wrong(id + "_error", string.Join(" ", errors));
        html.Raw("</div>");
    }

    private async Task SelectAsync(Markup html, CustomField f, string name, string id, string? described, IReadOnlyList<string> shown, bool changes, bool invalid)
    {
        var several = f.Kind == FieldType.Choices;
        var field = new ListField("custom." + f.Key, f.Persian, f.Kind, FieldStore.Text, "") { Custom = f, Options = f.Kind == FieldType.Record ? "records/" + f.LinksTo : null };
        var url = f.Kind == FieldType.Record ? lists.LookupUrl(field) : null;
        // Nothing chosen among several is sent as nothing: the empty value before it says that the field was on the form.
        if (several && changes) html.Raw("<input type=\"hidden\" value=\"\"").Attribute("name", name).Raw(">");
        html.Raw("<select").Attribute("class", "form-select" + (invalid ? " is-invalid" : "")).Attribute("name", name).Attribute("id", id).Attribute("aria-describedby", described)
            .Attribute("aria-invalid", invalid ? "true" : null).Flag("multiple", several).Flag("disabled", !changes).Attribute("data-lookup-url", url).Flag("data-lookup", several || url is not null).Raw(">");
        if (!several) html.Raw("<option value=\"\">—</option>");
        if (url is null)
        {
            foreach (var o in f.Options) html.Raw("<option").Attribute("value", o.Value).Flag("selected", shown.Contains(o.Value)).Raw(">").Text(o.Title).Raw("</option>");
        }
        else
        {
            var titles = await lists.TitlesAsync(field, [.. shown.Where(s => s.Length > 0)], ViewContext.HttpContext.RequestAborted);
            foreach (var value in shown.Where(s => s.Length > 0)) html.Raw("<option selected").Attribute("value", value).Raw(">").Text(titles.GetValueOrDefault(value)?.Text ?? value).Raw("</option>");
        }

        html.Raw("</select>");
    }

    private void Upload(Markup html, CustomField f, string name, string id, string? described, IReadOnlyList<string> shown, bool changes)
    {
        // What was uploaded with a form that came back is kept already.
        var file = ViewContext.HttpContext.Items[name] as CustomFile ?? shown.Select(CustomFile.Read).LastOrDefault(x => x is not null);
        if (file is not null)
        {
            html.Raw("<div class=\"file-kept\">").Icon("paperclip").Raw("<bdi>").Text(file.Name).Raw("</bdi>");
            if (changes)
            {
                html.Raw("<input type=\"hidden\"").Attribute("name", name).Attribute("value", file.ToString()).Raw(">");
                html.Raw("<label class=\"form-check\"><input type=\"checkbox\" class=\"form-check-input\" value=\"-\"").Attribute("name", name).Raw("><span class=\"form-check-label\">").Text(Texts.Get("Take it out")).Raw("</span></label>");
            }

            html.Raw("</div>");
        }

        // The browser's own field would speak the browser's language.
        if (changes)
        {
            html.Raw("<div class=\"file-field\"><input type=\"file\" class=\"file-input\" data-files").Attribute("name", name).Attribute("id", id).Attribute("aria-describedby", described).Attribute("aria-required", f.Required && file is null ? "true" : null)
                .Raw("><span class=\"btn btn-sm\" aria-hidden=\"true\">").Icon("paperclip").Text(Texts.Get("Choose a file")).Raw("</span><small aria-hidden=\"true\">").Text(Texts.Get("or drop it here")).Raw("</small></div>");
        }
    }

    private void Input(Markup html, CustomField f, string name, string id, string? described, string text, bool changes, bool invalid)
    {
        var css = "form-control" + (invalid ? " is-invalid" : "");
        if (f.Kind == FieldType.LongText)
        {
            html.Raw("<textarea rows=\"4\" dir=\"auto\"").Attribute("class", css).Attribute("name", name).Attribute("id", id).Attribute("aria-describedby", described).Attribute("aria-invalid", invalid ? "true" : null).Flag("readonly", !changes)
                .Raw(">\n").Text(text).Raw("</textarea>");
            return;
        }

        var unit = f.Kind == FieldType.Money;
        var date = f.Kind == FieldType.Date;
        if (unit) html.Raw("<div class=\"unit-field\">");
        if (date) html.Raw("<div class=\"date-field\">");
        html.Raw("<input type=\"text\" autocomplete=\"off\"").Attribute("class", css).Attribute("name", changes ? name : null).Attribute("id", id).Attribute("value", text).Attribute("aria-describedby", described)
            .Attribute("aria-invalid", invalid ? "true" : null).Attribute("dir", f.Kind == FieldType.Text ? "auto" : "ltr")
            .Attribute("inputmode", f.Kind switch { FieldType.Number => "decimal", FieldType.Money or FieldType.Date or FieldType.Time => "numeric", FieldType.Phone => "tel", _ => null })
            .Flag("data-money", unit).Flag("data-date", date).Flag("data-phone", f.Kind == FieldType.Phone).Flag("data-time", f.Kind == FieldType.Time).Flag("readonly", !changes)
            .Attribute("placeholder", f.Kind == FieldType.Moment ? dates.Day(new DateOnly(2026, 4, 4)) + " " + PersianText.Digits("14:30") : null).Raw(">");
        if (date)
        {
            if (changes) html.DateButton();
            html.Raw("</div>");
        }

        if (unit) html.Raw("<span class=\"unit\">").Text(Texts.Get("Rials")).Raw("</span></div>");
    }
}

/// <summary>The custom values of a record among its facts (<c>dt</c>, <c>dd</c>): <c>&lt;custom-facts record="contacts" values="@json" /&gt;</c>. Empty ones are left out.</summary>
[HtmlTargetElement("custom-facts", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class CustomFactsTagHelper(ICustomFields custom, ICurrentUser user, DateView dates, RecordLists lists) : TagHelper
{
    /// <summary>Key of the record.</summary>
    public string Record { get; set; } = "";

    /// <summary>The values that stand in the record, as JSON.</summary>
    public string? Values { get; set; }

    /// <summary>Id of the record, for its files.</summary>
    public Guid RecordId { get; set; }

    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        if (string.IsNullOrEmpty(Values)) return;
        var values = CustomValues.Parse(Values);
        var html = new Markup();
        foreach (var f in (await custom.OfAsync(Record, CancellationToken.None)).Where(f => f.IsSeenBy(user) && values[f.Key] is not null).Select(f => f.For(user)).OrderBy(f => f.Order))
        {
            IReadOnlyDictionary<string, FieldOption>? titles = null;
            if (f.Kind == FieldType.Record)
                titles = await lists.LinkedAsync(f, [values[f.Key]!.ToString()], CancellationToken.None);
            html.Raw("<dt><bdi>").Text(f.Title).Raw("</bdi></dt><dd dir=\"auto\">");
            if (f.Kind == FieldType.File && RecordId != Guid.Empty) html.Icon("paperclip").Raw("<a").Attribute("href", $"/lists/{Record}/{RecordId}/file?field=custom.{f.Key}").Raw("><bdi>").Text(CustomFile.Of(values[f.Key])?.Name ?? "").Raw("</bdi></a>");
            else if (titles?.Values.FirstOrDefault() is { Url: { } url } link) html.Raw("<a").Attribute("href", url).Raw(">").Text(link.Text).Raw("</a>");
            else html.Text(CustomValues.Shown(f, values[f.Key], dates, v => titles?.GetValueOrDefault(v)?.Text));
            html.Raw("</dd>");
        }

        output.Content.SetHtmlContent(html.Html());
    }
}
