using Crm.Core;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Web;

// Razor gives a text attribute whose expression is null as an empty string: what is optional below takes the two as one.

/// <summary>A state in a word: <c>&lt;badge color="green" icon="check"&gt;@T["Done"]&lt;/badge&gt;</c>. The word carries the meaning, colour helps.</summary>
[HtmlTargetElement("badge")]
public sealed class BadgeTagHelper : TagHelper
{
    /// <summary><c>green, red, orange, blue, purple</c> or <c>gray</c>.</summary>
    public string Color { get; set; } = "gray";

    /// <summary>Icon before the word.</summary>
    public string? Icon { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.Attributes.SetAttribute("class", $"mark mark-{Color}");
        if (Icon is not null) output.PreContent.SetHtmlContent(Icons.Svg(Icon));
    }
}

/// <summary>What an empty list says: what belongs here, and how to add it.</summary>
[HtmlTargetElement("empty-state", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class EmptyStateTagHelper : TagHelper
{
    /// <summary>English sentence (translation key).</summary>
    public string Title { get; set; } = "";

    /// <summary>English sentence (translation key).</summary>
    public string? Text { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Icon above.</summary>
    public string Icon { get; set; } = "inbox";

    /// <summary>Where the action leads; null where the user may not.</summary>
    public string? ActionUrl { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>English sentence (translation key) of the action.</summary>
    public string? ActionText { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "empty-state");
        var html = new Markup().Icon(Icon).Raw("<p class=\"empty-state-title\">").Text(Texts.Get(Title)).Raw("</p>");
        if (Text is not null) html.Raw("<p>").Text(Texts.Get(Text)).Raw("</p>");
        if (ActionUrl is not null && ActionText is not null) html.Raw("<a class=\"btn btn-primary\"").Attribute("href", ActionUrl).Raw(">").Text(Texts.Get(ActionText)).Raw("</a>");
        output.Content.SetHtmlContent(html.Html());
    }
}

/// <summary>Ways to the next and the previous part of a keyset-paged list; the rest of the query string stays. Nothing when there is only one part.</summary>
[HtmlTargetElement("pager", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class PagerTagHelper : TagHelper
{
    /// <summary>Cursor after the last row, or nothing at the end (Razor makes an empty text of a null in an attribute).</summary>
    public string? Next { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Cursor before the first row, or nothing at the start.</summary>
    public string? Previous { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Query parameter for <see cref="Next"/>.</summary>
    public string After { get; set; } = "after";

    /// <summary>Query parameter for <see cref="Previous"/>.</summary>
    public string Before { get; set; } = "before";

    /// <summary>What is shown, at the start of the line, as it is.</summary>
    public string? Summary { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Next is null && Previous is null && Summary is null)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "nav";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "pager d-print-none");
        output.Attributes.SetAttribute("aria-label", Texts.Get("Parts of the list"));
        var html = new Markup().Raw("<span class=\"pager-summary\">").Text(Summary).Raw("</span>");
        Way(html, Previous, Before, "Previous", "chevron-left", "prev");
        Way(html, Next, After, "Next", "chevron-right", "next");
        output.Content.SetHtmlContent(html.Html());
    }

    private void Way(Markup html, string? cursor, string parameter, string text, string icon, string rel)
    {
        var svg = Icons.Svg(icon, "icon icon-flips").ToString()!;
        var label = new Markup().Text(Texts.Get(text)).Html().Value!;
        var inner = rel == "prev" ? svg + label : label + svg;
        if (cursor is null)
        {
            if (Next is not null || Previous is not null) html.Raw("<span class=\"btn disabled\" aria-disabled=\"true\">" + inner + "</span>");
            return;
        }

        var request = ViewContext.HttpContext.Request;
        var query = QueryHelpers.ParseQuery(request.QueryString.Value);
        query.Remove(After);
        query.Remove(Before);
        var builder = new QueryBuilder(query) { { parameter, cursor } };
        html.Raw("<a class=\"btn\"").Attribute("rel", rel).Attribute("href", request.Path + builder.ToQueryString().Value).Raw(">" + inner + "</a>");
    }
}

/// <summary>A person's or company's initials in a colour that is always the same for the name.</summary>
[HtmlTargetElement("avatar", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class AvatarTagHelper : TagHelper
{
    /// <summary>The name.</summary>
    public string Name { get; set; } = "";

    /// <summary><c>sm</c>, <c>md</c> or <c>lg</c>.</summary>
    public string Size { get; set; } = "md";

    /// <summary>Picture; null for initials.</summary>
    public string? Src { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var sum = 0;
        foreach (var c in Name) sum = (sum * 31 + c) & 0xFFFF;
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", $"face face-{Size} face-{sum % 8}");
        output.Attributes.SetAttribute("aria-hidden", "true");
        var words = Name.Split([' ', '\u200C'], StringSplitOptions.RemoveEmptyEntries);
        // A number behind a name is no initial; a name of numbers only keeps them.
        if (Array.FindAll(words, w => w.Any(char.IsLetter)) is { Length: > 0 } named) words = named;
        var initials = words.Length switch
        {
            0 => "?",
            1 => First(words[0]),
            // A half-space keeps Persian letters from joining into a word of their own.
            _ => First(words[0]) + "\u200C" + First(words[^1]),
        };
        if (Src is not null) output.Content.SetHtmlContent(new Markup().Raw("<img alt=\"\" loading=\"lazy\"").Attribute("src", Src).Raw(">").Html());
        else output.Content.SetContent(initials);
    }

    private static string First(string word) => System.Globalization.StringInfo.GetNextTextElement(word, Math.Max(0, Array.FindIndex(word.ToCharArray(), char.IsLetter)));
}

/// <summary>
/// A button that posts after a question: <c>&lt;confirm-button action="?handler=Delete" question="Delete this contact?" value-id="@Model.Id" class="btn btn-danger"&gt;@T["Delete"]&lt;/confirm-button&gt;</c>.
/// </summary>
[HtmlTargetElement("confirm-button")]
public sealed class ConfirmButtonTagHelper(IHtmlGenerator generator) : TagHelper
{
    /// <summary>Where it posts; the page itself when null.</summary>
    public string? Action { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>English sentence (translation key); null posts at once.</summary>
    public string? Question { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Fillers of the question.</summary>
    public object?[]? QuestionArgs { get; set; }

    /// <summary>Icon before the text.</summary>
    public string? Icon { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Classes of the button.</summary>
    public string Class { get; set; } = "btn";

    /// <summary>Hint for those who do not know the icon.</summary>
    public string? Title { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Hidden fields: <c>value-id="…"</c>.</summary>
    [HtmlAttributeName("values", DictionaryAttributePrefix = "value-")]
    public IDictionary<string, string?> Values { get; set; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The page.</summary>
    [HtmlAttributeNotBound]
    [ViewContext]
    public ViewContext ViewContext { get; set; } = null!;

    /// <inheritdoc/>
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var text = await output.GetChildContentAsync();
        output.TagName = "form";
        output.Attributes.SetAttribute("method", "post");
        output.Attributes.SetAttribute("class", "d-inline");
        if (Action is not null) output.Attributes.SetAttribute("action", Action);
        if (Question is not null) output.Attributes.SetAttribute("data-confirm", Texts.Get(Question, QuestionArgs ?? []));
        var html = new Markup();
        foreach (var (name, value) in Values) html.Raw("<input type=\"hidden\"").Attribute("name", name).Attribute("value", value).Raw(">");
        html.Raw("<button").Attribute("class", Class).Attribute("title", Title).Raw(">");
        if (Icon is not null) html.Icon(Icon);
        output.Content.SetHtmlContent(html.Html());
        output.Content.AppendHtml(text);
        output.Content.AppendHtml("</button>");
        output.Content.AppendHtml(generator.GenerateAntiforgery(ViewContext));
    }
}

/// <summary>
/// A titled part of a page: <c>&lt;panel title="Open tasks" icon="checklist" action-url="/tasks/new" action-text="New task"&gt;…&lt;/panel&gt;</c>. With <c>src</c> it is
/// loaded when it comes into sight, and again when a live topic tells so.
/// </summary>
[HtmlTargetElement("panel")]
public sealed class PanelTagHelper : TagHelper
{
    /// <summary>English sentence (translation key).</summary>
    public string Title { get; set; } = "";

    /// <summary>Icon before the title.</summary>
    public string? Icon { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Id, for links.</summary>
    public string? Id { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Path that answers the content without the shell.</summary>
    public string? Src { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Live topic on which <see cref="Src"/> is loaded again.</summary>
    public string? Live { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Number beside the title.</summary>
    public long? Count { get; set; }

    /// <summary>Where the action leads; null where the user may not.</summary>
    public string? ActionUrl { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>English sentence (translation key) of the action.</summary>
    public string? ActionText { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Content up to the edges (tables, lists).</summary>
    public bool Flush { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "section";
        output.TagMode = TagMode.StartTagAndEndTag;
        var own = output.Attributes["class"]?.Value?.ToString();
        output.Attributes.SetAttribute("class", "card panel" + (Flush ? " panel-flush" : "") + (own is null ? "" : " " + own));
        var heading = "panel-" + (Id ?? context.UniqueId);
        output.Attributes.SetAttribute("aria-labelledby", heading);
        if (Id is not null) output.Attributes.SetAttribute("id", Id);
        var head = new Markup().Raw("<div class=\"panel-head\"><h2").Attribute("id", heading).Raw(">");
        if (Icon is not null) head.Icon(Icon);
        head.Raw("<span>").Text(Texts.Get(Title)).Raw("</span>");
        if (Count is { } n) head.Raw(" <span class=\"mark mark-gray\">").Text(PersianText.Number(n)).Raw("</span>");
        head.Raw("</h2>");
        if (ActionUrl is not null && ActionText is not null) head.Raw("<a class=\"btn btn-sm\"").Attribute("href", ActionUrl).Raw(">").Text(Texts.Get(ActionText)).Raw("</a>");
        head.Raw("</div><div class=\"panel-body\"");
        if (Src is not null) head.Attribute("hx-get", Src).Attribute("hx-trigger", "revealed" + (Live is null ? "" : $", live:{Live} from:body")).Raw(" aria-busy=\"true\" data-lazy");
        head.Raw(">");
        if (Src is not null) head.Raw("<div class=\"skeleton\" aria-hidden=\"true\"><span></span><span></span><span></span></div>");
        output.PreContent.SetHtmlContent(head.Html());
        output.PostContent.SetHtmlContent("</div>");
    }
}

/// <summary>A searching drop-down outside of a command's form, for filters: <c>&lt;lookup name="owner" label="Owner" url="/users/lookup" value="@id" text="@name" /&gt;</c>.</summary>
[HtmlTargetElement("lookup", Attributes = "name", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class LookupTagHelper : TagHelper
{
    /// <summary>Name of the field.</summary>
    public string Name { get; set; } = "";

    /// <summary>English sentence (translation key).</summary>
    public string Label { get; set; } = "";

    /// <summary>JSON endpoint (<c>?q=</c> → list of <see cref="LookupItem"/>); null when all values are in <see cref="Items"/>.</summary>
    public string? Url { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Endpoint that adds a value in place.</summary>
    public string? AddUrl { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Value chosen now.</summary>
    public string? Value { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Its text.</summary>
    public string? Text { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Values known from the start: it works without script then.</summary>
    public IEnumerable<SelectListItem>? Items { get; set; }

    /// <summary>Several values.</summary>
    public bool Multiple { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var id = TagBuilder.CreateSanitizedId(Name, "_");
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "field");
        var html = new Markup().Raw("<label class=\"form-label\"").Attribute("for", id).Raw(">").Text(Texts.Get(Label)).Raw("</label><select class=\"form-select\" data-lookup")
            .Attribute("name", Name).Attribute("id", id).Attribute("data-lookup-url", Url).Attribute("data-lookup-add", AddUrl).Flag("multiple", Multiple).Raw(">");
        if (!Multiple) html.Raw("<option value=\"\">—</option>");
        foreach (var item in Items ?? []) html.Raw("<option").Attribute("value", item.Value ?? item.Text).Flag("selected", item.Selected || (Value is not null && (item.Value ?? item.Text) == Value)).Raw(">").Text(item.Text).Raw("</option>");
        if (Value is { Length: > 0 } && Text is not null && Items?.Any(i => i.Value == Value) != true) html.Raw("<option selected").Attribute("value", Value).Raw(">").Text(Text).Raw("</option>");
        output.Content.SetHtmlContent(html.Raw("</select>").Html());
    }
}
