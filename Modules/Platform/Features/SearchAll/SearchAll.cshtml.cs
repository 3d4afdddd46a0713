using Crm.Core;
using Crm.Platform.Searching;
using Crm.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SearchAll;

[SignedIn]
internal sealed class SearchAllPage(GlobalSearch search) : PageBase
{
    private const int OfEach = 30;
    private const int OfOne = 200;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    /// <summary>Only this kind of record.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Type { get; set; }

    public IReadOnlyList<IGrouping<string, Found>> Groups { get; private set; } = [];

    /// <summary>Kinds that were found, with how many; the last number stands for «and more».</summary>
    public IReadOnlyList<(string Type, int Count)> Facets { get; private set; } = [];

    public bool IsMore(int count) => count >= OfEach;

    public string LinkTo(string? type) => $"/search?q={Uri.EscapeDataString(Q ?? "")}{(type is null ? "" : "&type=" + Uri.EscapeDataString(type))}";

    public IHtmlContent Mark(Found found, string text) => Highlight.Html(text, found.As ?? Q);

    public async Task OnGetAsync()
    {
        var all = await search.FindAsync(Q, OfEach, OfOne, HttpContext.RequestAborted);
        Facets = [.. all.GroupBy(f => f.Type).Select(g => (g.Key, g.Count()))];
        if (!string.IsNullOrEmpty(Type)) all = await search.FindAsync(Q, OfOne, OfOne, HttpContext.RequestAborted, Type);
        Groups = [.. all.GroupBy(f => f.Type)];
    }
}
