using Crm.Core;
using Crm.Platform.Data;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.Tokens;

[Requires(PlatformPermissions.ManageTokens)]
internal sealed class AllTokensPage(PlatformDb db, TimeProvider time) : PageBase
{
    public IReadOnlyList<TokenRow> Rows { get; private set; } = [];

    public Task OnGetAsync() => LoadAsync();

    public Task<IActionResult> OnPostRevokeAsync(Guid token) => Send(new RevokeTokenCommand(token), then: () =>
    {
        Toast("The token was revoked.");
        return Redirect("/settings/tokens");
    });

    protected override async Task LoadAsync() => Rows = await TokenRow.LoadAsync(db.ApiTokens, db, time.GetUtcNow());
}
