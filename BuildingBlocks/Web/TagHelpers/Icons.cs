using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Crm.Web;

/// <summary>Tabler icons as inline SVG: nothing to load, no shift of the layout, the colour of the text around.</summary>
public static class Icons
{
    private static readonly Lazy<FrozenDictionary<string, string>> s_all = new(Read);
    private static readonly ConcurrentDictionary<(string Name, string Css), HtmlString> s_made = new();

    /// <summary>Whether there is an icon of this name.</summary>
    public static bool Has(string name) => s_all.Value.ContainsKey(name);

    /// <summary>The icon's markup. Decoration: the text beside it carries the meaning.</summary>
    /// <exception cref="InvalidOperationException">No such icon; says how to add it.</exception>
    public static IHtmlContent Svg(string name, string css = "icon") => s_made.GetOrAdd((name, css), static key =>
    {
        if (!s_all.Value.TryGetValue(key.Name, out var inner))
            throw new InvalidOperationException($"There is no icon “{key.Name}” in BuildingBlocks/Web/Icons/icons.txt; take.mjs beside it adds icons by name.");
        // How it is drawn stands in site.css (.icon): a list of 50 rows carries it a hundred times.
        // An arrow along the line points against the reading direction wherever it isn't mirrored, also where only its name was passed on (buttons, badges, tabs).
        var css = key.Name is "arrow-right" or "arrow-left" && !key.Css.Contains("icon-flips", StringComparison.Ordinal) ? key.Css + " icon-flips" : key.Css;
        return new HtmlString($"<svg class=\"{css}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">{inner}</svg>");
    });

    private static FrozenDictionary<string, string> Read()
    {
        using var reader = new StreamReader(typeof(Icons).Assembly.GetManifestResourceStream("Crm.Web.Icons.icons.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).ToFrozenDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
    }
}

/// <summary><c>&lt;icon name="user-plus" /&gt;</c></summary>
[HtmlTargetElement("icon", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class IconTagHelper : TagHelper
{
    /// <summary>Name of a Tabler icon (outline), without <c>ti-</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>More classes.</summary>
    public string? Class { get; set; }

    /// <summary>Direction has a meaning (arrows, chevrons): the icon is mirrored right to left.</summary>
    public bool Flips { get; set; }

    /// <inheritdoc/>
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        output.Content.SetHtmlContent(Icons.Svg(Name, (Flips, Class) switch { (false, null) => "icon", (true, null) => "icon icon-flips", (false, _) => $"icon {Class}", _ => $"icon icon-flips {Class}" }));
    }
}
