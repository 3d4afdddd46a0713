using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Crm.Core;
using Microsoft.AspNetCore.Html;

namespace Crm.Web;

/// <summary>Builds markup in which every value is encoded.</summary>
internal sealed class Markup
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new();

    /// <summary>Markup of our own, written as it is.</summary>
    public Markup Raw(string html)
    {
        _text.Append(html);
        return this;
    }

    /// <summary>Text of anybody, encoded.</summary>
    public Markup Text(string? text)
    {
        _text.Append(s_encoder.Encode(text ?? ""));
        return this;
    }

    /// <summary>An attribute with its encoded value; nothing when the value is null.</summary>
    public Markup Attribute(string name, string? value)
    {
        if (value is not null) _text.Append(' ').Append(name).Append("=\"").Append(s_encoder.Encode(value)).Append('"');
        return this;
    }

    /// <summary>An attribute without a value, when it holds.</summary>
    public Markup Flag(string name, bool holds)
    {
        if (holds) _text.Append(' ').Append(name);
        return this;
    }

    /// <summary>An icon.</summary>
    public Markup Icon(string name) => Raw(Icons.Svg(name).ToString()!);

    /// <summary>What is wrong with a field, under it.</summary>
    public Markup Wrong(string? id, string message) => Raw("<div class=\"field-error\"").Attribute("id", id).Raw(">").Icon("alert-circle").Raw("<span>").Text(message).Raw("</span></div>");

    /// <summary>The button that opens the calendar of the date field beside it; see <c>dates.js</c>, which makes the same for fields of scripts.</summary>
    public Markup DateButton() => Raw("<button type=\"button\" class=\"date-open\" data-date-open").Attribute("aria-label", Texts.Get("Choose a date")).Raw(" aria-haspopup=\"dialog\">").Icon("calendar").Raw("</button>");

    public HtmlString Html() => new(_text.ToString());
}
