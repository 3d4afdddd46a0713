using Crm.Core;
using Crm.Platform.Searching;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.SearchAll;

[SignedIn]
internal sealed class SearchAllPage(GlobalSearch search) : PageBase
{
    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    public IReadOnlyList<IGrouping<string, Found>> Groups { get; private set; } = [];

    public async Task OnGetAsync() => Groups = [.. (await search.FindAsync(Q, perType: 30, all: 200, HttpContext.RequestAborted)).GroupBy(f => f.Type)];
}
