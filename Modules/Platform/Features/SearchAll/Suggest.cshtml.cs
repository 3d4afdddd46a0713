using Crm.Core;
using Crm.Platform.Searching;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SearchAll;

/// <summary>What the search box shows while one types.</summary>
[SignedIn]
internal sealed class SuggestPage(GlobalSearch search) : PageBase
{
    public async Task<IActionResult> OnGetAsync(string? q) => new JsonResult(
        (await search.FindAsync(q, perType: 8, all: 24, HttpContext.RequestAborted)).Select(f => new SearchSuggestion(
            T[f.Type], f.Title, f.As is null ? f.Subtitle : f.Subtitle.Length == 0 ? T["found as “{0}”", f.As] : T["found as “{0}”", f.As] + " · " + f.Subtitle, f.Url)));
}
