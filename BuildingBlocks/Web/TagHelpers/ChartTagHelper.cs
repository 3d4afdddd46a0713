using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Crm.Core;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>
/// A chart: <c>&lt;chart data="Model.Chart" /&gt;</c>. The drawing part (ECharts) is loaded only by pages with one, also when it comes later by htmx. It is a picture with a name;
/// the numbers must stand in words or a table beside it.
/// </summary>
[HtmlTargetElement("chart", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class ChartTagHelper : TagHelper
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>What it draws.</summary>
    public ChartData? Data { get; set; }

    /// <summary>Lower, for a block of the dashboard.</summary>
    public bool Small { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Data is null || Data.IsEmpty)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        // Many bars need the room; the rest is a matter of the style sheet.
        var size = Data.Shape == ChartShape.Bars ? Data.Labels.Count switch { <= 6 => " chart-s", <= 14 => "", <= 30 => " chart-l", _ => " chart-xl" } : "";
        output.Attributes.SetAttribute("class", "chart" + (Small ? " chart-s" : size));
        output.Attributes.SetAttribute("role", "img");
        output.Attributes.SetAttribute("aria-label", Data.Title);
        output.Attributes.SetAttribute("data-chart", JsonSerializer.Serialize(new { Data.Shape, Data.Labels, Series = Data.Series.Select(s => new { s.Name, s.Values, s.Color }), Data.Urls, Rtl = Texts.IsPersian }, s_json));
    }
}
