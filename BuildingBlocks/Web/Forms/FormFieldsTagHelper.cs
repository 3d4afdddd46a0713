using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Core;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>
/// A designed form to be filled: <c>&lt;form-fields sheet="Model.Sheet" typed="Model.Command.Answers" /&gt;</c> within a form with <c>enctype="multipart/form-data"</c>, and <c>forms.js</c> in the page's scripts. Without a script everything is shown and
/// the server decides. What was typed comes back after an error.
/// </summary>
[HtmlTargetElement("form-fields", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FormFieldsTagHelper(RecordLists lists) : TagHelper
{
    private Markup _html = new();
    private FormLook _look = null!;

    /// <summary>The form.</summary>
    public FormSheet Sheet { get; set; } = null!;

    /// <summary>What was typed, where the form comes back; null for a fresh one.</summary>
    public IReadOnlyDictionary<string, string[]>? Typed { get; set; }

    /// <summary>Name of the answers in the form.</summary>
    public string Prefix { get; set; } = "Command.Answers";

    /// <summary>Nothing can be sent from here: the preview of the designer.</summary>
    public bool Preview { get; set; }

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    private CancellationToken Ct => ViewContext.HttpContext.RequestAborted;

    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var began = Typed is null ? (JsonObject)Sheet.Began.DeepClone() : Sheet.ReadAll(Typed, _ => null, new FormProblems());
        // Files are judged by the owner of the form, not here: what matters for conditions is that there are some.
        if (Typed is not null)
        {
            foreach (var f in Sheet.Fields.Where(f => f.Kind is FieldKind.Files or FieldKind.Picture or FieldKind.Signature && Kept(f).Count > 0)) began[f.Name] = new JsonArray([.. Kept(f).Select(x => (JsonNode)x.ToJson())]);
        }

        _look = Sheet.Settle(began);
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "form-sheet");
        output.Attributes.SetAttribute("data-form-sheet", Prefix);
        output.Attributes.SetAttribute("data-rules", Rules().ToJsonString(FormDesign.Json));
        output.Attributes.SetAttribute("data-began", Sheet.Began.ToJsonString(FormDesign.Json));
        output.Attributes.SetAttribute("data-context", Context().ToJsonString(FormDesign.Json));
        output.Attributes.SetAttribute("data-today", Sheet.Today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        output.Attributes.SetAttribute("data-zone", Sheet.Dates.Zone.Id);
        _html = new Markup();
        for (var i = 0; i < Sheet.Design.Sections.Count; i++)
        {
            var section = Sheet.Design.Sections[i];
            var titled = section.Title is { IsEmpty: false };
            _html.Raw(titled ? "<fieldset class=\"form-part\"" : "<div class=\"form-part\"").Attribute("data-part", i.ToString(CultureInfo.InvariantCulture)).Flag("hidden", _look.HiddenSections.Contains(i)).Raw(">");
            if (titled) _html.Raw("<legend><bdi>").Text(section.Title!.Value).Raw("</bdi></legend>");
            _html.Raw("<div").Attribute("class", $"form-grid form-columns-{section.Columns}").Raw(">");
            foreach (var f in section.Fields) await FieldAsync(Sheet.Field(f.Name)!);
            _html.Raw("</div>").Raw(titled ? "</fieldset>" : "</div>");
        }

        output.Content.SetHtmlContent(_html.Html());
    }

    private async Task FieldAsync(FormField f)
    {
        var hidden = _look.Hidden.Contains(f.Name);
        if (f.Kind == FieldKind.Note)
        {
            _html.Raw("<div class=\"form-note wide\"").Attribute("data-answer", f.Name).Flag("hidden", hidden).Raw(" dir=\"auto\">").Text(f.Label.Value).Raw("</div>");
            return;
        }

        var name = Preview ? $"preview[{f.Name}]" : $"{Prefix}[{f.Name}]";
        var id = (Preview ? "preview-" : "answer-") + f.Name;
        var errors = Errors(name);
        var described = (f.Help is { IsEmpty: false } ? id + "_hint " : "") + (errors.Count > 0 ? id + "_error" : "");
        var at = new Place(f, name, id, described.Length == 0 ? null : described.Trim(), errors.Count > 0, _look.Closed.Contains(f.Name) || Sheet.IsShownOnly(f.Name));
        var group = f.Kind is FieldKind.Rating or FieldKind.Table or FieldKind.Signature || (f.Kind is FieldKind.Choice or FieldKind.MultiChoice && f.Look != "list") || (f.Kind == FieldKind.YesNo && f.Look == "buttons") || f.Kind == FieldKind.Moment;
        var box = f.Kind == FieldKind.YesNo && f.Look != "buttons";
        FieldLabels.Add(ViewContext.HttpContext, name, id, f.Label.Value);
        var tag = group ? "fieldset" : "div";
        _html.Raw("<" + tag).Attribute("class", "field" + (errors.Count > 0 ? " field-invalid" : "") + (f.Wide || f.Kind is FieldKind.LongText or FieldKind.Table ? " wide" : "")).Attribute("data-answer", f.Name)
            .Attribute("id", group ? id : null).Attribute("tabindex", group ? "-1" : null).Attribute("aria-describedby", group ? at.DescribedBy : null).Flag("hidden", hidden).Raw(">");
        var star = $"<span class=\"required\" aria-hidden=\"true\"{(_look.Required.Contains(f.Name) ? "" : " hidden")}>*</span>";
        if (group) _html.Raw("<legend class=\"form-label\"><bdi>").Text(f.Label.Value).Raw("</bdi>").Raw(star).Raw("</legend>");
        else if (!box) _html.Raw("<label class=\"form-label\"").Attribute("for", id).Attribute("id", id + "_label").Raw("><bdi>").Text(f.Label.Value).Raw("</bdi>").Raw(star).Raw("</label>");
        await InputAsync(at, star);
        if (f.Help is { IsEmpty: false } help) _html.Raw("<div class=\"form-hint\" dir=\"auto\"").Attribute("id", id + "_hint").Raw(">").Text(help.Value).Raw("</div>");
        if (errors.Count > 0) _html.Wrong(id + "_error", string.Join(" ", errors));
        _html.Raw($"</{tag}>");
    }

    private async Task InputAsync(Place at, string star)
    {
        var f = at.Field;
        var shown = ShownTexts(f);
        switch (f.Kind)
        {
            case FieldKind.YesNo when f.Look == "buttons":
                Choices(at, [new("true", new(Texts.Get("Yes"))), new("false", new(Texts.Get("No")))], shown, "radio", true);
                break;
            case FieldKind.YesNo:
                _html.Raw("<label class=\"form-check\"><input type=\"checkbox\" class=\"form-check-input\" value=\"true\"").Attribute("name", at.Name).Attribute("id", at.Id).Attribute("aria-describedby", at.DescribedBy).Attribute("aria-invalid", at.Invalid ? "true" : null)
                    .Flag("checked", shown.Any(s => s is "true" or "on")).Flag("disabled", at.Closed).Raw("><span class=\"form-check-label\"><bdi>").Text(f.Label.Value).Raw("</bdi>").Raw(star).Raw("</span></label>");
                break;
            case FieldKind.Choice or FieldKind.MultiChoice when f.Look != "list" && f.Choices is not null:
                Choices(at, f.Choices, shown, f.Kind == FieldKind.Choice ? "radio" : "checkbox", f.Look == "buttons");
                break;
            case FieldKind.Choice or FieldKind.MultiChoice or FieldKind.Contact or FieldKind.User or FieldKind.Record:
                await SelectAsync(at, shown);
                break;
            case FieldKind.Rating:
                Rating(at, shown);
                break;
            case FieldKind.Files or FieldKind.Picture or FieldKind.Signature:
                Files(at);
                break;
            case FieldKind.Table:
                Table(at);
                break;
            case FieldKind.Moment:
                Moment(at);
                break;
            case FieldKind.Computed:
                var number = _look.Values[f.Name];
                _html.Raw("<div class=\"form-computed\"><output dir=\"ltr\"").Attribute("id", at.Id).Attribute("data-computed", f.Name).Attribute("data-decimals", f.Decimals?.ToString(CultureInfo.InvariantCulture)).Raw(">").Text(number is null ? "—" : Sheet.Shown(f with { Unit = null }, number)).Raw("</output>");
                if (f.Unit is { IsEmpty: false } unit) _html.Raw(" <span class=\"form-unit\">").Text(unit.Value).Raw("</span>");
                _html.Raw("</div>");
                break;
            default:
                Line(at, at.Name, at.Id, shown.Count > 0 ? shown[0] : "");
                break;
        }
    }

    private void Line(Place at, string name, string id, string text, string? label = null)
    {
        var f = at.Field;
        var css = "form-control" + (at.Invalid ? " is-invalid" : "") + (label is null ? "" : " form-control-sm");
        if (f.Kind == FieldKind.LongText)
        {
            _html.Raw("<textarea").Attribute("rows", label is null ? "4" : "1").Raw(" dir=\"auto\"").Attribute("class", css).Attribute("name", name).Attribute("id", id).Attribute("maxlength", (f.MaxLength ?? 20_000).ToString(CultureInfo.InvariantCulture))
                .Attribute("aria-describedby", at.DescribedBy).Attribute("aria-invalid", at.Invalid ? "true" : null).Attribute("aria-label", label).Flag("readonly", at.Closed).Raw(">\n").Text(text).Raw("</textarea>");
            if (label is null && !at.Closed && !Preview)
                _html.Raw("<button type=\"button\" class=\"texts-open\" aria-haspopup=\"dialog\"").Attribute("data-texts-for", id).Attribute("aria-describedby", id + "_label").Raw(">").Icon("quote").Text(Texts.Get("Texts")).Raw("</button>");
            return;
        }

        var (money, date) = (f.Kind == FieldKind.Money, f.Kind == FieldKind.Date);
        var unit = money ? Texts.Get("Rials") : f.Unit is { IsEmpty: false } own && f.Kind == FieldKind.Number ? own.Value : null;
        var phone = f.Check is "phone" or "mobile";
        var ltr = f.Kind != FieldKind.Text || f.Check is { Length: > 0 };
        if (unit is not null && label is null) _html.Raw("<div class=\"unit-field\">");
        if (date) _html.Raw("<div class=\"date-field\">");
        _html.Raw("<input type=\"text\" autocomplete=\"off\"").Attribute("class", css).Attribute("name", name).Attribute("id", id).Attribute("value", text).Attribute("aria-describedby", at.DescribedBy).Attribute("aria-invalid", at.Invalid ? "true" : null)
            .Attribute("aria-label", label).Attribute("dir", ltr ? "ltr" : "auto").Attribute("maxlength", f.Kind == FieldKind.Text ? (f.MaxLength ?? 500).ToString(CultureInfo.InvariantCulture) : date ? "12" : "40")
            .Attribute("inputmode", f.Kind switch { FieldKind.Number => "decimal", FieldKind.Money or FieldKind.Date or FieldKind.Time => "numeric", _ => f.Check switch { "phone" or "mobile" => "tel", "nationalId" or "companyId" or "postalCode" or "card" => "numeric", "email" => "email", "url" => "url", _ => null } })
            .Flag("data-money", money).Flag("data-date", date).Flag("data-time", f.Kind == FieldKind.Time).Flag("data-phone", phone).Flag("readonly", at.Closed)
            .Attribute("placeholder", f.Kind == FieldKind.Time ? "--:--" : null).Raw(">");
        if (date)
        {
            if (!at.Closed) _html.DateButton();
            _html.Raw("</div>");
        }

        if (unit is not null && label is null) _html.Raw("<span class=\"unit\">").Text(unit).Raw("</span></div>");
    }

    private void Moment(Place at)
    {
        var moment = _look.Values[at.Field.Name] is { } v && DateTimeOffset.TryParse(v.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var m) ? m : (DateTimeOffset?)null;
        string Part(string part, string otherwise) => Typed is not null ? PersianText.Digits(Typed.GetValueOrDefault($"{at.Field.Name}.{part}")?.FirstOrDefault() ?? "") : otherwise;
        var (dayName, clockName) = (Inner(at.Name, ".date"), Inner(at.Name, ".time"));
        _html.Raw("<div class=\"moment-field\"><div class=\"date-field\"><input type=\"text\" class=\"form-control\" inputmode=\"numeric\" dir=\"ltr\" autocomplete=\"off\" maxlength=\"12\" data-date").Attribute("name", dayName).Attribute("id", at.Id + "_date")
            .Attribute("value", Part("date", moment is { } d ? Sheet.Dates.Day(Sheet.Dates.DayOf(d)) : "")).Attribute("aria-label", $"{at.Field.Label.Value}: {Texts.Get("Date")}").Attribute("aria-invalid", at.Invalid ? "true" : null).Flag("readonly", at.Closed).Raw(">");
        if (!at.Closed) _html.DateButton();
        _html.Raw("</div><input type=\"text\" class=\"form-control time-input\" inputmode=\"numeric\" dir=\"ltr\" autocomplete=\"off\" maxlength=\"8\" placeholder=\"--:--\" data-time").Attribute("name", clockName).Attribute("id", at.Id + "_time")
            .Attribute("value", Part("time", moment is { } t ? Sheet.Dates.Clock(t) : "")).Attribute("aria-label", $"{at.Field.Label.Value}: {Texts.Get("Time")}").Attribute("aria-invalid", at.Invalid ? "true" : null).Flag("readonly", at.Closed).Raw("></div>");
    }

    private void Choices(Place at, IReadOnlyList<FormChoice> choices, IReadOnlyList<string> shown, string type, bool buttons)
    {
        _html.Raw(buttons ? "<div class=\"choice-buttons\">" : "<div class=\"choice-list\">");
        foreach (var c in choices)
        {
            _html.Raw(buttons ? "<label class=\"choice-button\">" : "<label class=\"form-check\">").Raw("<input").Attribute("class", buttons ? "choice-input" : "form-check-input").Attribute("type", type).Attribute("name", at.Name).Attribute("value", c.Value)
                .Attribute("aria-invalid", at.Invalid ? "true" : null).Flag("checked", shown.Contains(c.Value)).Flag("disabled", at.Closed).Raw(buttons ? "><span><bdi>" : "><span class=\"form-check-label\"><bdi>").Text(c.Label.Value).Raw("</bdi></span></label>");
        }

        _html.Raw("</div>");
    }

    private void Rating(Place at, IReadOnlyList<string> shown)
    {
        var (low, high) = ((int)(FormSheet.Limit(at.Field.Min) ?? 1), (int)Math.Min(FormSheet.Limit(at.Field.Max) ?? 5, 20));
        var stars = low == 1 && high <= 5;
        _html.Raw(stars ? "<div class=\"rating rating-stars\">" : "<div class=\"rating choice-buttons\">");
        for (var n = low; n <= high; n++)
        {
            var text = n.ToString(CultureInfo.InvariantCulture);
            _html.Raw(stars ? "<label class=\"star\">" : "<label class=\"choice-button\">").Raw("<input class=\"choice-input\" type=\"radio\"").Attribute("name", at.Name).Attribute("value", text).Attribute("aria-label", PersianText.Digits(text)).Flag("checked", shown.Contains(text)).Flag("disabled", at.Closed)
                .Raw(stars ? "><span aria-hidden=\"true\">★</span></label>" : "><span aria-hidden=\"true\">").Raw(stars ? "" : PersianText.Digits(text)).Raw(stars ? "" : "</span></label>");
        }

        _html.Raw("</div>");
    }

    private async Task SelectAsync(Place at, IReadOnlyList<string> shown)
    {
        var f = at.Field;
        var several = f.Kind == FieldKind.MultiChoice;
        var list = FormSheets.ListOf(Sheet, f);
        var url = list is null ? null : lists.LookupUrl(list);
        var many = url is not null || several || f.Kind == FieldKind.User || f.Choices?.Count > 12;
        _html.Raw("<select").Attribute("class", "form-select" + (at.Invalid ? " is-invalid" : "")).Attribute("name", at.Name).Attribute("id", at.Id).Attribute("aria-describedby", at.DescribedBy).Attribute("aria-invalid", at.Invalid ? "true" : null)
            .Flag("multiple", several).Flag("disabled", at.Closed).Attribute("data-lookup-url", url).Flag("data-lookup", many).Raw(">");
        if (!several) _html.Raw("<option value=\"\">—</option>");
        if (f.Choices is not null) foreach (var c in f.Choices) Option(c.Value, c.Label.Value, shown.Contains(c.Value));
        else if (list is not null)
        {
            var titles = await lists.TitlesAsync(list, [.. shown.Where(s => s.Length > 0)], Ct);
            var offered = url is null ? (await lists.ChoicesAsync(list, Ct) ?? []).Where(o => o.Active || shown.Contains(o.Value)).ToList() : [];
            foreach (var o in offered) Option(o.Value, o.Text, shown.Contains(o.Value));
            foreach (var value in shown.Where(s => s.Length > 0 && !offered.Exists(o => o.Value == s))) Option(value, titles.GetValueOrDefault(value)?.Text ?? value, true);
        }

        _html.Raw("</select>");

        void Option(string value, string text, bool chosen) => _html.Raw("<option").Attribute("value", value).Flag("selected", chosen).Raw(">").Text(text).Raw("</option>");
    }

    private void Files(Place at)
    {
        var f = at.Field;
        var kept = Kept(f);
        foreach (var file in kept)
        {
            _html.Raw("<div class=\"file-kept\">").Icon("paperclip").Raw("<a").Attribute("href", $"/files/{file.Id}").Raw("><bdi>").Text(file.Name).Raw("</bdi></a>");
            if (!at.Closed)
            {
                _html.Raw("<input type=\"hidden\"").Attribute("name", at.Name).Attribute("value", file.ToString()).Raw(">");
                _html.Raw("<label class=\"form-check\"><input type=\"checkbox\" class=\"form-check-input\"").Attribute("name", at.Name).Attribute("value", "-" + file.Id).Raw("><span class=\"form-check-label\">").Text(Texts.Get("Take it out")).Raw("</span></label>");
            }

            _html.Raw("</div>");
        }

        if (at.Closed) return;
        if (f.Kind == FieldKind.Signature)
        {
            _html.Raw("<div class=\"signature\" data-signature hidden><canvas width=\"600\" height=\"200\" role=\"img\"").Attribute("aria-label", Texts.Get("Sign here with a finger or the mouse")).Raw("></canvas><input type=\"hidden\" data-signature-value").Attribute("name", at.Name)
                .Raw("><div class=\"signature-foot\"><small>").Text(Texts.Get("Sign here with a finger or the mouse")).Raw("</small><button type=\"button\" class=\"btn btn-sm\" data-signature-clear>").Icon("eraser").Text(Texts.Get("Clear")).Raw("</button></div></div>");
        }

        var label = Texts.Get(f.Kind == FieldKind.Files ? "Choose files" : "Choose a picture");
        _html.Raw("<div class=\"file-field\"><input type=\"file\" data-files").Attribute("name", at.Name).Attribute("id", f.Kind == FieldKind.Signature ? at.Id + "_file" : at.Id).Attribute("aria-describedby", at.DescribedBy).Attribute("aria-label", f.Kind == FieldKind.Signature ? label : null)
            .Attribute("accept", f.Kind == FieldKind.Files ? null : "image/png,image/jpeg,image/gif,image/webp").Flag("multiple", f.Kind == FieldKind.Files).Raw("><span class=\"btn btn-sm\" aria-hidden=\"true\">").Icon("paperclip").Text(label)
            .Raw("</span><small aria-hidden=\"true\">").Text(Texts.Get(f.Kind == FieldKind.Signature ? "or a picture of it" : "or drop it here")).Raw("</small></div>");
    }

    private void Table(Place at)
    {
        var f = at.Field;
        var columns = f.Columns ?? [];
        var rows = Rows(f);
        _html.Raw("<div class=\"table-wrap\"><table class=\"table table-cards form-lines\"").Attribute("data-lines", f.Name).Attribute("data-most", f.Max).Raw("><thead><tr>");
        foreach (var c in columns) _html.Raw("<th scope=\"col\"><bdi>").Text(c.Label.Value).Raw("</bdi>").Raw(c.Required ? "<span class=\"required\" aria-hidden=\"true\">*</span>" : "").Raw("</th>");
        _html.Raw("<th><span class=\"visually-hidden\">").Text(Texts.Get("Actions")).Raw("</span></th></tr></thead><tbody>");
        foreach (var (number, typed, value) in rows) Row(at, number, typed, value);
        _html.Raw("</tbody></table></div>");
        if (at.Closed) return;
        _html.Raw("<template").Attribute("data-line-template", f.Name).Raw(">");
        Row(at, "__n__", null, null);
        _html.Raw("</template><button type=\"button\" class=\"btn btn-sm\" hidden").Attribute("data-line-add", f.Name).Raw(">").Icon("plus").Text(Texts.Get("Add a row")).Raw("</button>");
    }

    private void Row(Place at, string number, Func<string, string[]>? typed, JsonObject? value)
    {
        _html.Raw("<tr").Attribute("data-line", number).Raw(">");
        foreach (var c in at.Field.Columns ?? [])
        {
            var name = Inner(at.Name, $".{number}.{c.Name}");
            var id = $"{at.Id}-{number}-{c.Name}";
            var errors = Errors(name);
            if (errors.Count > 0) FieldLabels.Add(ViewContext.HttpContext, name, id, $"{at.Field.Label.Value}: {c.Label.Value}");
            var cell = new Place(c, name, id, errors.Count > 0 ? id + "_error" : null, errors.Count > 0, at.Closed);
            var texts = typed is not null ? Digits(c, typed(c.Name)) : [.. Sheet.Typed(c, value?[c.Name])];
            _html.Raw("<td").Attribute("data-label", c.Label.Value).Raw("><div class=\"cell\">");
            switch (c.Kind)
            {
                case FieldKind.Computed:
                    _html.Raw("<output dir=\"ltr\"").Attribute("data-computed", c.Name).Raw(">").Text(value?[c.Name] is { } n ? Sheet.Shown(c with { Unit = null }, n) : "—").Raw("</output>");
                    break;
                case FieldKind.YesNo:
                    _html.Raw("<input type=\"checkbox\" class=\"form-check-input\" value=\"true\"").Attribute("name", name).Attribute("id", id).Attribute("aria-label", c.Label.Value).Flag("checked", texts.Any(t => t is "true" or "on")).Flag("disabled", at.Closed).Raw(">");
                    break;
                case FieldKind.Choice:
                    _html.Raw("<select").Attribute("class", "form-select form-select-sm" + (cell.Invalid ? " is-invalid" : "")).Attribute("name", name).Attribute("id", id).Attribute("aria-label", c.Label.Value).Attribute("aria-invalid", cell.Invalid ? "true" : null).Flag("disabled", at.Closed).Raw("><option value=\"\">—</option>");
                    foreach (var o in c.Choices ?? []) _html.Raw("<option").Attribute("value", o.Value).Flag("selected", texts.Contains(o.Value)).Raw(">").Text(o.Label.Value).Raw("</option>");
                    _html.Raw("</select>");
                    break;
                default:
                    Line(cell, name, id, texts.Length > 0 ? texts[0] : "", c.Label.Value);
                    break;
            }

            if (errors.Count > 0) _html.Raw("<div class=\"field-error\"").Attribute("id", id + "_error").Raw("><span>").Text(string.Join(" ", errors)).Raw("</span></div>");
            _html.Raw("</div></td>");
        }

        _html.Raw("<td>");
        if (!at.Closed) _html.Raw("<button type=\"button\" class=\"btn-icon\" hidden data-line-remove").Attribute("title", Texts.Get("Take the row out")).Attribute("aria-label", Texts.Get("Take the row out")).Raw(">").Icon("x").Raw("</button>");
        _html.Raw("</td></tr>");
    }

    private List<(string Number, Func<string, string[]>? Typed, JsonObject? Value)> Rows(FormField f)
    {
        List<(string, Func<string, string[]>?, JsonObject?)> rows = [];
        if (Typed is not null)
        {
            var numbers = Typed.Keys.Where(k => k.StartsWith(f.Name + ".", StringComparison.Ordinal)).Select(k => k.Split('.')).Where(p => p.Length == 3 && int.TryParse(p[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(p => p[1]).Distinct().OrderBy(n => int.Parse(n, CultureInfo.InvariantCulture)).Take(200).ToList();
            foreach (var n in numbers) rows.Add((n, c => Typed.GetValueOrDefault($"{f.Name}.{n}.{c}") ?? [], null));
        }
        else if (_look.Values[f.Name] is JsonArray began)
        {
            rows = [.. began.OfType<JsonObject>().Select((o, i) => (i.ToString(CultureInfo.InvariantCulture), (Func<string, string[]>?)null, (JsonObject?)o))];
        }

        // Empty ones to write into; the script adds more.
        var least = Math.Max(1, (int)Math.Min(FormSheet.Limit(f.Min) ?? 1, 50));
        for (var n = rows.Count; n < least; n++) rows.Add(((1000 + n).ToString(CultureInfo.InvariantCulture), null, null));
        return rows;
    }

    private List<CustomFile> Kept(FormField f)
    {
        var texts = Typed is null ? Sheet.Typed(f, Sheet.Began[f.Name]) : Typed.GetValueOrDefault(f.Name) ?? [];
        return [.. texts.Select(CustomFile.Read).OfType<CustomFile>().Where(x => !texts.Contains("-" + x.Id))];
    }

    private IReadOnlyList<string> ShownTexts(FormField f)
    {
        // A closed field shows what it keeps, whatever was typed before it closed.
        if (Typed is null || _look.Closed.Contains(f.Name) || Sheet.IsShownOnly(f.Name)) return Sheet.Typed(f, Sheet.Began[f.Name]);
        return Digits(f, Typed.GetValueOrDefault(f.Name)?.Where(v => !string.IsNullOrEmpty(v)).ToArray() ?? []);
    }

    // What comes back was read already, with Latin digits: numbers and dates are shown in those of the language again, and a choice whose key has Persian digits is the one that was chosen.
    private static string[] Digits(FormField f, string[] texts) => f.Kind switch
    {
        FieldKind.Number or FieldKind.Money or FieldKind.Date or FieldKind.Time => [.. texts.Select(PersianText.Digits)],
        FieldKind.Choice or FieldKind.MultiChoice when f.Choices is not null => [.. texts.Select(t => FormSheet.ChoiceOf(f, t) ?? t)],
        _ => texts,
    };

    private List<string> Errors(string name) =>
        ViewContext.ViewData.ModelState.TryGetValue(name, out var entry) ? [.. entry.Errors.Select(e => e.ErrorMessage).Where(m => m.Length > 0).Distinct()] : [];

    // Command.Answers[items] and .0.price: Command.Answers[items.0.price]. One flat list of texts is all that a form needs.
    private static string Inner(string name, string part) => name[..^1] + part + "]";

    private JsonObject Rules() => new()
    {
        ["fields"] = new JsonArray([.. Sheet.Design.Sections.SelectMany((s, i) => s.Fields.Select(f => (JsonNode)Rule(f, Sheet.Field(f.Name)!, i)))]),
        ["sections"] = new JsonArray([.. Sheet.Design.Sections.Select(s => (JsonNode)new JsonObject { ["shownWhen"] = When(s.ShownWhen) })]),
    };

    private JsonObject Rule(FormField designed, FormField f, int section)
    {
        var rule = new JsonObject { ["name"] = f.Name, ["kind"] = f.Kind.ToString(), ["section"] = section };
        if (f.Required) rule["required"] = true;
        if (When(designed.RequiredWhen) is { } required) rule["requiredWhen"] = required;
        if (When(designed.ShownWhen) is { } shown) rule["shownWhen"] = shown;
        if (When(designed.ReadOnlyWhen) is { } read) rule["readOnlyWhen"] = read;
        if (f.Look is not null) rule["look"] = f.Look;
        if (f.Formula is not null) rule["formula"] = f.Formula;
        if (f.Decimals is { } places) rule["decimals"] = places;
        if (Sheet.Links.TryGetValue(f.Name, out var link) && link.Field is null) rule["gone"] = true;
        if (Sheet.IsShownOnly(f.Name)) rule["shownOnly"] = true;
        if (f.Columns is not null) rule["columns"] = new JsonArray([.. f.Columns.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["kind"] = c.Kind.ToString(), ["formula"] = c.Formula, ["decimals"] = c.Decimals })]);
        return rule;
    }

    private static JsonNode? When(FormCondition? condition) => condition is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(condition, FormDesign.Json);

    // What the conditions ask of the job's data, and no more of it.
    private JsonObject Context()
    {
        var all = new JsonObject();
        foreach (var path in Sheet.Design.Fields.SelectMany(f => new[] { f.ShownWhen, f.RequiredWhen, f.ReadOnlyWhen }).Concat(Sheet.Design.Sections.Select(s => s.ShownWhen)).OfType<FormCondition>().SelectMany(c => c.Conditions()).Select(c => c.Field).Where(p => p.Contains('.', StringComparison.Ordinal)).Distinct())
        {
            var parts = path.Split('.');
            var at = all;
            foreach (var part in parts[..^1]) at = at[part] as JsonObject ?? (JsonObject)(at[part] = new JsonObject());
            at[parts[^1]] = Sheet.DataAt(path)?.DeepClone();
        }

        return all;
    }

    private sealed record Place(FormField Field, string Name, string Id, string? DescribedBy, bool Invalid, bool Closed);
}
