using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.Snippets;

/// <summary>What the menu of a description field offers.</summary>
[SignedIn]
internal sealed class FindSnippetsPage(PlatformDb db) : PageBase
{
    private const int Most = 40;

    public async Task<IActionResult> OnGetAsync(string? q) => new JsonResult(new
    {
        mayShare = Me.Can(PlatformPermissions.ShareSnippets),
        items = (await SnippetSearch.FindAsync(db, Me, q, HttpContext.RequestAborted)).Take(Most).Select(s => new { s.Id, s.Title, s.Text, s.Shared }),
    });
}
