using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.Dashboard;

/// <summary>One block, for the page that is open already.</summary>
[SignedIn]
internal sealed class BlockPage(IEnumerable<IDashboardBlock> blocks, DashboardBlocks loaded) : PageBase
{
    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string Key { get; set; } = "";

    public LoadedBlock Block { get; private set; } = null!;

    public async Task OnGetAsync()
    {
        var block = blocks.FirstOrDefault(b => b.Key == Key && b.IsFor(Me)) ?? throw new NotFound("block", Key);
        Block = await loaded.LoadAsync(block, Me.Access ?? throw new NotFound("block", Key));
    }
}
