using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Crm.Core;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// A whole form field: label above, the input that its type asks for, hint, error beside it, and, after a save that met a newer version, the value that
/// stands there now. <c>&lt;field for="Command.Name" label="Name" /&gt;</c>. What is required and how long it may be comes from the command's validator.
/// </summary>
[HtmlTargetElement("field", Attributes = "for", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FieldTagHelper : TagHelper
{
    private string _name = "";
    private string _id = "";
    private string? _describedBy;
    private bool _invalid;
    private int? _maxLength;

    /// <summary>The property.</summary>
    public ModelExpression For { get; set; } = null!;

    /// <summary>English sentence (translation key).</summary>
    public string Label { get; set; } = "";

    /// <summary>English sentence (translation key) under the input.</summary>
    public string? Hint { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>
    /// Only where the property's type and attributes do not say it: <c>text, textarea, select, checkbox, switch, checks, radios, phone, email, url, money, number, date, moment, time, password, file, color, hidden</c>.
    /// </summary>
    public string? Kind { get; set; }

    /// <summary>Marks it as required where the validator can't say it.</summary>
    public bool Required { get; set; }

    /// <summary>Values to choose from; enums bring their own.</summary>
    public IEnumerable<SelectListItem>? Items { get; set; }

    /// <summary>English sentence (translation key) of the empty choice; «—» by default where nothing need be chosen.</summary>
    public string? Empty { get; set; }

    /// <summary>JSON endpoint (<c>?q=</c> → list of <see cref="LookupItem"/>) of a searching drop-down.</summary>
    public string? LookupUrl { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Text of the value that is chosen now, for a drop-down with <see cref="LookupUrl"/>.</summary>
    public string? LookupText { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Endpoint that adds a value in place (POST <c>text=</c> → one <see cref="LookupItem"/>). Null where the user may not.</summary>
    public string? AddUrl { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Text shown in the empty input, as it is.</summary>
    public string? Placeholder { get; set; }

    /// <summary>Lines of a text area.</summary>
    public int Rows { get; set; } = 4;

    /// <summary>False for a text area that is no description: a formula, a list of addresses. Otherwise kept texts can be put in (COM-7).</summary>
    public bool KeptTexts { get; set; } = true;

    /// <summary>Unit after the input, as it is.</summary>
    public string? Suffix { get; set; }

    /// <summary>Value of the autocomplete attribute.</summary>
    public string? Autocomplete { get; set; }

    /// <summary><c>ltr</c> for codes, addresses of the web and the like.</summary>
    public string? Dir { get; set; }

    /// <summary>Several files or several values.</summary>
    public bool Multiple { get; set; }

    /// <summary>Kinds of file.</summary>
    public string? Accept { get; set; }

    /// <summary>The first field of a page that is there only to be filled.</summary>
    public bool Autofocus { get; set; }

    /// <summary>Shown but not to be changed.</summary>
    public bool Readonly { get; set; }

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    private IServiceProvider Services => ViewContext.HttpContext.RequestServices;

    private DateView Dates => Services.GetRequiredService<DateView>();

    private Type ValueType => Nullable.GetUnderlyingType(For.ModelExplorer.ModelType) ?? For.ModelExplorer.ModelType;

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        _name = ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name);
        _id = TagBuilder.CreateSanitizedId(_name, "_");
        var rule = ViewContext.ViewData[FieldRights.Key] is Func<string, FieldRule> rules ? rules(_name) : FieldRule.Open;
        if (rule == FieldRule.Hidden)
        {
            output.SuppressOutput();
            return;
        }

        Readonly |= rule == FieldRule.ReadOnly;
        var kind = Kind ?? KindOf();
        if (kind == "hidden")
        {
            output.TagName = null;
            output.Content.SetHtmlContent(new Markup().Raw("<input type=\"hidden\"").Attribute("name", _name).Attribute("id", _id).Attribute("value", Value(PlainText)).Raw(">").Html());
            return;
        }

        var (required, maxLength) = FieldRules.Of(For.Metadata.ContainerType, For.Metadata.PropertyName, Services);
        required |= Required || (For.Metadata.IsRequired && ValueType != typeof(bool) && ValueType.IsValueType);
        _maxLength = maxLength;
        var label = Label.Length > 0 ? Texts.Get(Label) : "";
        FieldLabels.Add(ViewContext.HttpContext, _name, kind is "moment" ? _id + "_date" : _id, label);

        var errors = ViewContext.ViewData.ModelState.TryGetValue(_name, out var entry) ? entry.Errors.Select(e => e.ErrorMessage).Where(m => m.Length > 0).Distinct().ToList() : [];
        _invalid = errors.Count > 0;
        var newer = Newer();
        if (newer is not null) FieldLabels.AddNewer(ViewContext.HttpContext, kind is "moment" ? _id + "_date" : _id, label);
        string?[] describes = [Hint is null ? null : _id + "_hint", _invalid ? _id + "_error" : null, newer is null ? null : _id + "_newer"];
        _describedBy = describes.Any(d => d is not null) ? string.Join(' ', describes.Where(d => d is not null)) : null;

        var group = kind is "checks" or "radios" or "moment";
        output.TagName = group ? "fieldset" : "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        var own = output.Attributes["class"]?.Value?.ToString();
        output.Attributes.SetAttribute("class", "field" + (_invalid ? " field-invalid" : "") + (own is null ? "" : " " + own));

        var html = new Markup();
        var star = required ? "<span class=\"required\" aria-hidden=\"true\">*</span>" : "";
        if (kind is "checkbox" or "switch")
        {
            html.Raw(kind == "switch" ? "<label class=\"form-check form-switch\">" : "<label class=\"form-check\">");
            html.Raw("<input type=\"checkbox\" class=\"form-check-input\" value=\"true\"").Attribute("name", _name).Attribute("id", _id).Attribute("aria-describedby", _describedBy)
                .Flag("checked", Value(PlainText) is { } v && v.StartsWith("true", StringComparison.OrdinalIgnoreCase)).Flag("disabled", Readonly).Raw(">");
            html.Raw("<span class=\"form-check-label\">").Text(label).Raw("</span></label>");
            html.Raw("<input type=\"hidden\" value=\"false\"").Attribute("name", _name).Raw(">");
        }
        else
        {
            if (group) html.Raw("<legend class=\"form-label\">").Text(label).Raw(star).Raw("</legend>");
            else html.Raw("<label class=\"form-label\"").Attribute("for", _id).Attribute("id", kind == "textarea" ? _id + "_label" : null).Raw(">").Text(label).Raw(star).Raw("</label>");
            Input(html, kind, required);
        }

        if (Hint is not null) html.Raw("<div class=\"form-hint\"").Attribute("id", _id + "_hint").Raw(">").Text(Texts.Get(Hint)).Raw("</div>");
        if (_invalid) html.Wrong(_id + "_error", string.Join(" ", errors));
        if (newer is not null)
        {
            html.Raw("<div class=\"field-newer\"").Attribute("id", _id + "_newer").Raw(">").Icon("history").Raw("<span>")
                .Text(Texts.Get("Now saved by somebody else:")).Raw(" <q>").Text(newer.Length == 0 ? "—" : newer).Raw("</q></span>");
            if (kind is "text" or "textarea" or "number" or "money" or "date" or "phone" or "email" or "url" or "time")
                html.Raw("<button type=\"button\" class=\"btn btn-sm\"").Attribute("data-take", newer).Attribute("data-take-into", _id).Raw(">").Text(Texts.Get("Take this")).Raw("</button>");
            html.Raw("</div>");
        }

        output.Content.SetHtmlContent(html.Html());
    }

    private void Input(Markup html, string kind, bool required)
    {
        switch (kind)
        {
            case "textarea":
                html.Raw("<textarea").Attribute("rows", Rows.ToString(CultureInfo.InvariantCulture));
                Common(html, "form-control", required);
                html.Raw(">\n").Text(Value(PlainText)).Raw("</textarea>");
                if (KeptTexts && !Readonly && Dir != "ltr" && Services.GetRequiredService<ICurrentUser>().Access is not null)
                {
                    html.Raw("<button type=\"button\" class=\"texts-open\" aria-haspopup=\"dialog\"").Attribute("data-texts-for", _id)
                        .Attribute("aria-describedby", _id + "_label").Raw(">").Icon("quote").Text(Texts.Get("Texts")).Raw("</button>");
                }

                break;
            case "select":
                Select(html, required);
                break;
            case "checks":
            case "radios":
                Choices(html, kind == "checks" ? "checkbox" : "radio");
                break;
            case "date":
                Date(html, _name, _id, Value(m => m is DateOnly d ? Dates.Day(d) : ""), required);
                break;
            case "moment":
                var moment = For.Model as DateTimeOffset?;
                html.Raw("<div class=\"moment-field\">");
                Date(html, _name + ".date", _id + "_date", Attempted(_name + ".date") ?? (moment is { } m1 ? Dates.Day(Dates.DayOf(m1)) : ""), required);
                html.Raw("<input type=\"text\" class=\"form-control time-input\" inputmode=\"numeric\" dir=\"ltr\" autocomplete=\"off\" maxlength=\"8\" data-time").Attribute("name", _name + ".time").Attribute("id", _id + "_time")
                    .Attribute("value", Attempted(_name + ".time") ?? (moment is { } m2 ? Dates.Clock(m2) : "")).Attribute("aria-label", Texts.Get("Time")).Attribute("placeholder", "--:--")
                    .Attribute("aria-invalid", _invalid ? "true" : null).Raw("></div>");
                break;
            case "file":
                var several = Multiple || typeof(IEnumerable).IsAssignableFrom(For.ModelExplorer.ModelType);
                html.Raw("<div class=\"file-field\"><input type=\"file\" data-files").Attribute("accept", Accept).Flag("multiple", several);
                Common(html, "file-input", required);
                html.Raw("><span class=\"btn btn-sm\" aria-hidden=\"true\">").Icon("paperclip").Text(Texts.Get(several ? "Choose files" : "Choose a file"))
                    .Raw("</span><small aria-hidden=\"true\">").Text(Texts.Get("or drop it here")).Raw("</small></div>");
                break;
            default:
                if (Suffix is not null || kind == "money") html.Raw("<div class=\"unit-field\">");
                // No type of the browser's that it checks: it would complain in its own language and keep back what the server says of the other fields.
                html.Raw("<input").Attribute("type", kind switch { "password" => "password", "color" => "color", _ => "text" })
                    .Attribute("value", kind == "password" ? null : Value(Shown))
                    .Attribute("inputmode", kind switch { "phone" => "tel", "money" or "number" or "time" => "numeric", "email" => "email", "url" => "url", _ => null })
                    .Attribute("autocapitalize", kind is "email" or "url" ? "off" : null).Attribute("spellcheck", kind is "email" or "url" ? "false" : null)
                    .Flag("data-phone", kind == "phone").Flag("data-money", kind == "money").Flag("data-time", kind == "time");
                if (kind is "phone" or "email" or "url" or "money" or "number" or "time" && Dir is null) Dir = "ltr";
                Common(html, "form-control", required);
                html.Raw(">");
                if (Suffix is not null || kind == "money")
                    html.Raw("<span class=\"unit\">").Text(Suffix ?? Texts.Get("Rials")).Raw("</span></div>");
                break;
        }
    }

    private void Date(Markup html, string name, string id, string value, bool required)
    {
        html.Raw("<div class=\"date-field\"><input type=\"text\" class=\"form-control\" inputmode=\"numeric\" dir=\"ltr\" autocomplete=\"off\" maxlength=\"12\" data-date").Attribute("name", name).Attribute("id", id)
            .Attribute("value", value).Attribute("aria-describedby", _describedBy).Attribute("aria-invalid", _invalid ? "true" : null).Attribute("aria-required", required ? "true" : null)
            .Attribute("aria-label", name == _name ? null : Texts.Get("Date")).Flag("readonly", Readonly).Flag("autofocus", Autofocus)
            .Attribute("placeholder", Texts.Get("e.g. {0}", PersianText.Digits(Dates.Calendar == CalendarKind.Jalali ? "1405/01/31" : "2026-04-20"))).Raw(">");
        if (!Readonly) html.DateButton();
        html.Raw("</div>");
    }

    private void Common(Markup html, string css, bool required) => html
        .Attribute("name", _name).Attribute("id", _id).Attribute("class", css + (_invalid ? " is-invalid" : ""))
        .Attribute("aria-describedby", _describedBy).Attribute("aria-invalid", _invalid ? "true" : null).Attribute("aria-required", required ? "true" : null)
        .Attribute("placeholder", Placeholder).Attribute("maxlength", _maxLength?.ToString(CultureInfo.InvariantCulture))
        .Attribute("autocomplete", Autocomplete).Attribute("dir", Dir ?? (Kind is null or "text" or "textarea" ? "auto" : null))
        .Flag("readonly", Readonly).Flag("autofocus", Autofocus);

    private void Select(Markup html, bool required)
    {
        var multiple = Multiple || (For.ModelExplorer.ModelType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(For.ModelExplorer.ModelType));
        var chosen = Chosen();
        html.Raw("<select").Attribute("name", _name).Attribute("id", _id).Attribute("class", "form-select" + (_invalid ? " is-invalid" : ""))
            .Attribute("aria-describedby", _describedBy).Attribute("aria-invalid", _invalid ? "true" : null).Attribute("aria-required", required ? "true" : null)
            .Flag("multiple", multiple).Flag("disabled", Readonly).Flag("autofocus", Autofocus)
            .Attribute("data-lookup-url", LookupUrl).Attribute("data-lookup-add", AddUrl).Flag("data-lookup", LookupUrl is not null || AddUrl is not null || multiple).Raw(">");
        if (!multiple) html.Raw("<option value=\"\">").Text(Empty is not null ? Texts.Get(Empty) : required ? Texts.Get("Choose…") : "—").Raw("</option>");
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        string? group = null;
        foreach (var item in AllItems())
        {
            known.Add(item.Value ?? item.Text);
            if (item.Group?.Name != group)
            {
                if (group is not null) html.Raw("</optgroup>");
                group = item.Group?.Name;
                if (group is not null) html.Raw("<optgroup").Attribute("label", group).Raw(">");
            }

            html.Raw("<option").Attribute("value", item.Value ?? item.Text).Flag("selected", item.Selected && chosen.Count == 0 || chosen.Contains(item.Value ?? item.Text)).Flag("disabled", item.Disabled).Raw(">").Text(item.Text).Raw("</option>");
        }

        if (group is not null) html.Raw("</optgroup>");

        // The value chosen now may not be among the few items that were loaded.
        if (LookupUrl is not null)
        {
            foreach (var value in chosen.Where(c => !known.Contains(c)))
                html.Raw("<option selected").Attribute("value", value).Raw(">").Text(LookupText ?? value).Raw("</option>");
        }

        html.Raw("</select>");
    }

    private void Choices(Markup html, string type)
    {
        var chosen = Chosen();
        html.Raw("<div class=\"choices\"").Attribute("id", _id).Attribute("aria-describedby", _describedBy).Raw(" tabindex=\"-1\">");
        foreach (var item in AllItems())
        {
            html.Raw("<label class=\"form-check\"><input class=\"form-check-input\"").Attribute("type", type).Attribute("name", _name).Attribute("value", item.Value ?? item.Text)
                .Flag("checked", item.Selected && chosen.Count == 0 || chosen.Contains(item.Value ?? item.Text)).Flag("disabled", item.Disabled || Readonly)
                .Raw("><span class=\"form-check-label\">").Text(item.Text).Raw("</span></label>");
        }

        html.Raw("</div>");
    }

    private IEnumerable<SelectListItem> AllItems() => Items ?? (ElementType() is { IsEnum: true } e ? EnumTitles.Items(e)
        : ValueType == typeof(bool) ? [new(Texts.Get("Yes"), "true"), new(Texts.Get("No"), "false")] : []);

    private HashSet<string> Chosen()
    {
        var set = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (ViewContext.ViewData.ModelState.TryGetValue(_name, out var entry) && entry.RawValue is not null)
        {
            foreach (var v in entry.RawValue as string[] ?? [entry.AttemptedValue ?? ""]) if (v.Length > 0) set.Add(v);
        }
        else if (For.Model is string s)
        {
            if (s.Length > 0) set.Add(s);
        }
        else if (For.Model is IEnumerable many)
        {
            foreach (var v in many) set.Add(PlainText(v));
        }
        else if (For.Model is not null)
        {
            set.Add(PlainText(For.Model));
        }

        return set;
    }

    private Type ElementType()
    {
        var type = For.ModelExplorer.ModelType;
        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type))
            type = type.IsArray ? type.GetElementType()! : type.GetGenericArguments().FirstOrDefault() ?? type;
        return Nullable.GetUnderlyingType(type) ?? type;
    }

    private string? Attempted(string name) => ViewContext.ViewData.ModelState.TryGetValue(name, out var e) ? e.AttemptedValue : null;

    private string Value(Func<object?, string> show) => Attempted(_name) is { } typed ? typed : show(For.Model);

    private static string PlainText(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        Enum e => e.ToString(),
        DateOnly d => d.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset m => m.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private string Shown(object? value) => value switch
    {
        null => "",
        DateOnly d => Dates.Day(d),
        TimeOnly t => PersianText.Digits(t.ToString("HH:mm", CultureInfo.InvariantCulture)),
        DateTimeOffset m => Dates.DayAndTime(m),
        string s when (Kind ?? KindOf()) == "phone" => PersianText.Digits(PhoneNumber.TryParse(s, out var p) ? p.ToDisplay() : s),
        long or int or short or decimal when (Kind ?? KindOf()) == "money" => PersianText.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        long or int or short or decimal or double => PersianText.Digits(PlainText(value)),
        _ => PlainText(value),
    };

    private string KindOf()
    {
        if (LookupUrl is not null) return "select";
        var type = ValueType;
        var data = For.Metadata.DataTypeName;
        if (typeof(IFormFile).IsAssignableFrom(type) || typeof(IEnumerable<IFormFile>).IsAssignableFrom(type)) return "file";
        if (type == typeof(bool)) return Nullable.GetUnderlyingType(For.ModelExplorer.ModelType) is null ? "checkbox" : "select";
        if (type == typeof(DateOnly)) return "date";
        if (type == typeof(TimeOnly)) return "time";
        if (type == typeof(DateTimeOffset)) return "moment";
        if (type.IsEnum) return "select";
        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type)) return "checks";
        if (Items is not null) return "select";
        if (data is nameof(DataType.Currency)) return "money";
        if (type == typeof(int) || type == typeof(long) || type == typeof(short) || type == typeof(decimal) || type == typeof(double)) return "number";
        return data switch
        {
            nameof(DataType.MultilineText) or nameof(DataType.Html) => "textarea",
            nameof(DataType.Password) => "password",
            nameof(DataType.EmailAddress) => "email",
            nameof(DataType.PhoneNumber) => "phone",
            nameof(DataType.Url) => "url",
            _ => "text",
        };
    }

    /// <summary>The value saved by somebody else meanwhile, where it differs from the one in the form.</summary>
    private string? Newer()
    {
        // In view data, not the model: a form in a partial has a model of its own.
        if (ViewContext.ViewData[nameof(PageBase.Newer)] is not { } newer) return null;
        object? value = newer;
        // Command.Address.City: the first part is the command itself.
        foreach (var part in For.Name.Split('.').Skip(1))
        {
            if (value?.GetType().GetProperty(part, BindingFlags.Public | BindingFlags.Instance) is not { } property) return null;
            value = property.GetValue(value);
        }

        if (For.Name.EndsWith("Version", StringComparison.Ordinal)) return null;
        var (theirs, mine) = (Shown(value), Shown(For.Model));
        if (theirs == mine) return null;
        return value is null ? "" : AllItems().FirstOrDefault(i => string.Equals(i.Value, PlainText(value), StringComparison.OrdinalIgnoreCase))?.Text ?? theirs;
    }
}

/// <summary>Titles of enum members: their name as words (<c>PhoneIn</c> → «Phone in») or <c>[Display(Name = "…")]</c>, translated.</summary>
public static class EnumTitles
{
    /// <summary>Title of one member.</summary>
    public static string Of(Enum value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Texts.Get(Key(value.GetType(), value.ToString()));
    }

    /// <summary>All members, for a drop-down.</summary>
    public static IEnumerable<SelectListItem> Items(Type type) => Enum.GetNames(type).Select(n => new SelectListItem(Texts.Get(Key(type, n)), n));

    /// <summary>The translation key of a member.</summary>
    public static string Key(Type type, string member)
    {
        if (type.GetField(member)?.GetCustomAttribute<DisplayAttribute>()?.Name is { } given) return given;
        return string.Concat(member.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : c.ToString()));
    }
}
